import { z } from "zod";
import { FatalError } from "../../core/errors.ts";
import { defineAdapter } from "../defineAdapter.ts";
import {
  mark,
  PopulatedProposal,
  Product,
  ProposalContext,
  ProposalPayload,
  SECTIONS,
  Selection,
} from "./_proposal.ts";
import { BUILT_IN_TEMPLATE, renderTemplate } from "./_render.ts";

const Input = z.object({
  payload: ProposalPayload,
  context: ProposalContext,
  outputs: z.object({ "select-proposal-template": Selection }),
});

/** Output of `populate-proposal`. */
export const PopulateProposalOutput = z.object({ proposal: PopulatedProposal });

/** `populate-proposal`: the chosen template with the facts of deal, contact, company and products. */
export const populateProposal = defineAdapter({
  skill: "populate-proposal",
  effectMode: "pure",
  cpuMs: 90,
  input: Input,
  output: PopulateProposalOutput,
  async run({ context, outputs }, ctx) {
    ctx.signal.throwIfAborted();
    const { crm } = ctx.ports;
    const { template, focus_areas } = outputs["select-proposal-template"];
    const [templates, rows, deal, [lastMeeting]] = await Promise.all([
      template.id === null ? [] : crm.listProposalTemplates(ctx.orgId),
      crm.listProducts(ctx.orgId),
      context.deal ? crm.getDeal(ctx.orgId, context.deal.id) : null,
      context.contact ? crm.listMeetingsOfContact(ctx.orgId, context.contact.id, 1) : [],
    ]);
    const chosen = templates.find(({ id }) => id === template.id);
    if (template.id !== null && chosen === undefined) {
      throw new FatalError("template_gone", "Cannot write the proposal: its template was deleted");
    }
    const products = rows.map((row) => Product.parse(row));
    const company = context.company?.name ?? null;
    const { text, missing } = await renderTemplate(chosen?.body ?? BUILT_IN_TEMPLATE, {
      organization: { name: context.org?.name ?? "" },
      user: { name: context.user?.name ?? "", email: context.user?.email ?? "" },
      company: { name: company },
      contact: {
        name: context.contact?.name ?? null,
        email: context.contact?.email ?? null,
        title: context.contact?.title ?? null,
      },
      deal: {
        name: deal?.name ?? null,
        value: deal?.value ?? null,
        currency: deal?.currency ?? null,
        close_date: deal?.close_date ?? null,
        stage: deal?.stage ?? null,
        next_steps: deal?.next_steps ?? null,
      },
      meeting: { title: lastMeeting?.title ?? null, date: lastMeeting?.started_at ?? null },
      products,
      focus_areas,
      sections: Object.fromEntries(SECTIONS.map((name) => [name, mark(name)])),
    });
    const whom = company ?? context.contact?.name ?? null;
    return {
      output: {
        proposal: {
          title: whom === null ? template.name : `${template.name} for ${whom}`,
          template_id: template.id,
          template_name: template.name,
          body: text,
          products,
          missing: [...missing],
        },
      },
      engine: "code",
    };
  },
});
