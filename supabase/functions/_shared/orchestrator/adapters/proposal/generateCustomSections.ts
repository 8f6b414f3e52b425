import { z } from "zod";
import { cut } from "../../core/cut.ts";
import { defineAdapter } from "../defineAdapter.ts";
import {
  CustomSections,
  PopulatedProposal,
  ProposalContext,
  ProposalPayload,
  Selection,
} from "./_proposal.ts";

const Input = z.object({
  payload: ProposalPayload,
  context: ProposalContext,
  outputs: z.object({
    "select-proposal-template": Selection.nullish().catch(null),
    "populate-proposal": z.object({ proposal: PopulatedProposal }),
  }),
});

/** Output of `generate-custom-sections`. */
export const GenerateCustomSectionsOutput = CustomSections;

export interface SectionFacts {
  readonly company: string | null;
  readonly organization: string;
  readonly request: string;
  /** What was said in earlier meetings, newest first. */
  readonly summaries: readonly string[];
  readonly objections: readonly string[];
  readonly idealCustomer: string | null;
  readonly products: PopulatedProposal["products"];
  readonly deadline: string | null;
}

const sentence = (text: string) => (/[.!?]$/.test(text.trim()) ? text.trim() : `${text.trim()}.`);

/** The sections by rules: what is on record, and no figure that nobody named. */
export function writeSections(facts: SectionFacts): CustomSections {
  const whom = facts.company ?? "you";
  const heard = facts.summaries.slice(0, 2).map((text) => sentence(cut(text, 400)));
  const asked = facts.request.split("\n")[0]?.trim() ?? "";
  const summary = [
    heard.length > 0
      ? `From our talks with ${whom}: ${heard.join(" ")}`
      : `This proposal sets out how ${facts.organization || "we"} can help ${whom}.`,
    ...asked === "" ? [] : [`It answers what was asked: “${cut(asked, 200)}”`],
  ].join(" ");
  const priced = facts.products.filter(({ price }) => price !== null).map((product) =>
    `${product.name} at ${product.price!.toLocaleString("en-US")} ${product.currency}${
      product.unit === null ? "" : ` per ${product.unit}`
    }`
  );
  const roi = [
    facts.idealCustomer === null ? null : sentence(`We work with ${lower(facts.idealCustomer)}`),
    priced.length === 0
      ? null
      : sentence(`To compare with what the problem costs today: ${priced.join("; ")}`),
  ].filter((text) => text !== null).join(" ");
  const sections: { title: string; content: string }[] = [];
  if (facts.objections.length > 0) {
    sections.push({
      title: "Open points",
      content: facts.objections.slice(0, 5).map((one) => `- ${cut(one, 200)}`).join("\n"),
    });
  }
  if (facts.deadline !== null) {
    sections.push({ title: "Timing", content: `You named ${facts.deadline}; we plan for it.` });
  }
  return { executive_summary: summary, roi_projections: roi, custom_sections: sections };
}

const lower = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);

/** `generate-custom-sections`: summary, value case and what else this customer needs to read. */
export const generateCustomSections = defineAdapter({
  skill: "generate-custom-sections",
  effectMode: "pure",
  cpuMs: 20,
  input: Input,
  output: GenerateCustomSectionsOutput,
  async run({ payload, context, outputs }, ctx) {
    ctx.signal.throwIfAborted();
    const { crm } = ctx.ports;
    const [summaries, ideal] = await Promise.all([
      context.contact ? crm.listMeetingSummaries(ctx.orgId, context.contact.id, 3) : [],
      crm.getIdealCustomer(ctx.orgId),
    ]);
    return {
      output: writeSections({
        company: context.company?.name ?? null,
        organization: context.org?.name ?? "",
        request: outputs["select-proposal-template"]?.request ?? "",
        summaries: summaries.map(({ summary }) => summary).filter((text) => text !== ""),
        objections: summaries.flatMap(({ objections }) =>
          objections.filter(({ resolved }) => resolved !== true).map(({ objection }) => objection)
        ),
        idealCustomer: ideal?.description || null,
        products: outputs["populate-proposal"].proposal.products,
        deadline: z.iso.date().safeParse(payload.deadline).data ?? null,
      }),
      engine: "rules",
    };
  },
});
