import { z } from "zod";
import type { CrmProduct, CrmProposalTemplate } from "../../../ports/crm.ts";
import { SELECT_PROPOSAL_TEMPLATE } from "../../../prompts/selectProposalTemplate.v1.ts";
import { cut } from "../../core/cut.ts";
import { keepKnownFigures } from "../../core/figures.ts";
import { defineAdapter, type SkillRun } from "../defineAdapter.ts";
import { ownWords } from "../email/_body.ts";
import { dropOrders } from "../email/_mail.ts";
import { ProposalContext, ProposalPayload, Selection } from "./_proposal.ts";

const Input = z.object({ payload: ProposalPayload, context: ProposalContext });
type Input = z.output<typeof Input>;

/** Output of `select-proposal-template`. Without a template of its own an organisation gets the built-in one. */
export const SelectProposalTemplateOutput = Selection;

export const BUILT_IN = "Built-in proposal";
const MAX_FOCUS = 6;
const MAX_REQUEST = 2000;
const STOP = new Set(
  "a an and are as at be by can could do for from get give have i i'll in is it let me of on or our please send that the then this to up us we we'll what will with would you your"
    .split(" "),
);

/** Words of a text that mean something, in lower case and without their endings. */
export function stemsOf(text: string): ReadonlySet<string> {
  const words = text.toLowerCase().slice(0, 20_000).match(/\p{L}[\p{L}'’]{1,30}/gu) ?? [];
  return new Set(
    words.filter((word) => !STOP.has(word)).map((word) => word.replace(/(?:ings?|ed|es|s)$/, "")),
  );
}

function overlap(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let count = 0;
  for (const word of a) if (b.has(word)) count++;
  return count;
}

/** The template whose description shares most words with what was asked; the first by name where none does. */
export function chooseTemplate(
  templates: readonly CrmProposalTemplate[],
  wanted: string,
): { readonly template: CrmProposalTemplate | null; readonly reason: string } {
  const words = stemsOf(wanted);
  const ranked = templates
    .map((template) => ({
      template,
      score: overlap(words, stemsOf(`${template.name} ${template.description}`)),
    }))
    .sort((a, b) => b.score - a.score || a.template.name.localeCompare(b.template.name));
  const general = templates.find(({ name, description }) =>
    /\b(?:general|standard|default)\b/i.test(`${name} ${description}`)
  );
  const [best] = ranked;
  if (best === undefined) return { template: null, reason: "the organisation has no template" };
  if (best.score > 0) {
    return {
      template: best.template,
      reason: `its description fits ${best.score} words asked for`,
    };
  }
  return { template: general ?? best.template, reason: "nothing asked for points to another" };
}

export interface FocusFacts {
  readonly request: string;
  readonly products: readonly CrmProduct[];
  readonly objections: readonly string[];
  readonly nextSteps: string | null;
}

/** What the proposal should be about: what was asked for, products that were named, open objections. */
export function focusAreas(facts: FocusFacts): readonly string[] {
  const asked =
    /\b(?:proposal|quote|offer|pricing|contract)\s+(?:with|for|on|about|covering|including)\s+([^.;!?\n]{4,120})/i
      .exec(facts.request)?.[1]
      .replace(/\s+(?:by|until|before|tomorrow|today|next|this|end of)\b.*$/i, "").trim();
  const words = stemsOf(facts.request);
  const named = facts.products.filter(({ name, description }) =>
    overlap(words, stemsOf(`${name} ${description}`)) > 0
  );
  const products = (named.length > 0 ? named : facts.products).map(({ name, description }) =>
    description === "" ? name : `${name}: ${description}`
  );
  return [
    ...asked === undefined ? [] : [asked[0].toUpperCase() + asked.slice(1)],
    ...products,
    ...facts.objections.map((objection) => `An answer to: ${objection}`),
    ...facts.nextSteps === null ? [] : [facts.nextSteps],
  ].map((line) => cut(line, 200)).slice(0, MAX_FOCUS);
}

/** The words that asked for the proposal: of the meeting, else of the mail. */
async function requestOf({ payload }: Input, ctx: SkillRun): Promise<string> {
  const mail = payload.email_id
    ? await ctx.ports.crm.findEmail(ctx.orgId, { id: payload.email_id })
    : null;
  const texts = [
    payload.quote,
    payload.trigger_phrase,
    mail === null ? null : dropOrders(ownWords(mail.body_text ?? "")),
  ].filter((text) => text) as string[];
  const kept = texts.filter((text, at) =>
    !texts.slice(0, at).some((known) => known.includes(text))
  );
  return cut(kept.join("\n"), MAX_REQUEST);
}

const ModelChoice = z.object({
  template: z.number().int().nullable(),
  reason: z.string(),
  focus_areas: z.array(z.string()),
});

/** Template and focus as a model sees them; it can only point at a template that is there. */
async function askForChoice(
  facts: FocusFacts,
  templates: readonly CrmProposalTemplate[],
  ctx: SkillRun,
) {
  const material = JSON.stringify({
    request: facts.request,
    templates: templates.map(({ name, description }, number) => ({ number, name, description })),
    products: facts.products.map(({ name, description }) => ({ name, description })),
    open_objections: facts.objections,
    next_step: facts.nextSteps,
  });
  const answer = await ctx.ports.llm.ask({
    prompt: SELECT_PROPOSAL_TEMPLATE,
    material,
    answer: ModelChoice,
    maxOutputTokens: 600,
    // What it chooses leaves the house.
    mayDegrade: false,
  }, ctx);
  if (answer === null) return null;
  ctx.signal.throwIfAborted();
  const { template, reason, focus_areas } = answer.value;
  return {
    engine: answer.engine,
    template: template === null ? undefined : templates[template],
    reason: cut(keepKnownFigures(reason, material), 200),
    focus: focus_areas.map((line) => cut(keepKnownFigures(line, material), 200))
      .filter((line) => line !== "").slice(0, MAX_FOCUS),
  };
}

/** `select-proposal-template`: what the proposal is about and which template it takes. */
export const selectProposalTemplate = defineAdapter({
  skill: "select-proposal-template",
  effectMode: "pure",
  cpuMs: 40,
  input: Input,
  output: SelectProposalTemplateOutput,
  async run(input, ctx) {
    ctx.signal.throwIfAborted();
    const { crm } = ctx.ports;
    const { contact, deal } = input.context;
    const [request, templates, products, summaries, row] = await Promise.all([
      requestOf(input, ctx),
      crm.listProposalTemplates(ctx.orgId),
      crm.listProducts(ctx.orgId),
      contact ? crm.listMeetingSummaries(ctx.orgId, contact.id, 3) : [],
      deal ? crm.getDeal(ctx.orgId, deal.id) : null,
    ]);
    const isPriceOnly = input.payload.intent === "pricing_request";
    const { template, reason } = chooseTemplate(
      templates,
      isPriceOnly ? `${request} price quote cost` : request,
    );
    const objections = summaries.flatMap(({ objections }) =>
      objections.filter(({ resolved }) => resolved !== true).map(({ objection }) => objection)
    );
    const facts = { request, products, objections, nextSteps: row?.next_steps ?? null };
    const byModel = await askForChoice(facts, templates, ctx);
    const chosen = byModel?.template ?? template;
    return {
      output: {
        success: true,
        focus_areas: [...byModel?.focus ?? focusAreas(facts)],
        template: {
          id: chosen?.id ?? null,
          name: chosen?.name ?? BUILT_IN,
          reason: byModel?.template === undefined ? reason : byModel.reason,
        },
        request,
      },
      engine: byModel?.engine ?? "rules",
    };
  },
});
