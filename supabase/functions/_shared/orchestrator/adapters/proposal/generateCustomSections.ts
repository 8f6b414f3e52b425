import { z } from "zod";
import { PROPOSAL_SECTIONS } from "../../../prompts/proposalSections.v1.ts";
import { cut } from "../../core/cut.ts";
import { keepKnownFigures } from "../../core/figures.ts";
import { defineAdapter, type SkillRun } from "../defineAdapter.ts";
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

const MAX_PART = 2000;
const MAX_SECTIONS = 3;

/** The sections in a model's words; a sentence with a figure that is not on record falls away. */
async function askForSections(facts: SectionFacts, ctx: SkillRun) {
  const material = JSON.stringify(facts);
  const answer = await ctx.ports.llm.ask({
    prompt: PROPOSAL_SECTIONS,
    material,
    answer: CustomSections,
    maxOutputTokens: 2048,
    // The customer reads it: nobody gets other words than the engine that was chosen writes.
    mayDegrade: false,
  }, ctx);
  if (answer === null) return null;
  ctx.signal.throwIfAborted();
  const part = (text: string, max = MAX_PART) => cut(keepKnownFigures(text, material), max);
  const { executive_summary, roi_projections, custom_sections } = answer.value;
  return {
    engine: answer.engine,
    sections: {
      executive_summary: part(executive_summary) || writeSections(facts).executive_summary,
      roi_projections: part(roi_projections),
      custom_sections: custom_sections.slice(0, MAX_SECTIONS)
        .map(({ title, content }) => ({
          title: part(title.replaceAll(/\s+/g, " "), 120),
          content: part(content),
        }))
        .filter(({ title, content }) => title !== "" && content !== ""),
    },
  };
}

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
    const facts: SectionFacts = {
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
    };
    const byModel = await askForSections(facts, ctx);
    return {
      output: byModel?.sections ?? writeSections(facts),
      engine: byModel?.engine ?? "rules",
    };
  },
});
