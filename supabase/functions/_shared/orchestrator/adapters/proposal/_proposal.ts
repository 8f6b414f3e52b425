import { z } from "zod";

/** What started the run: a promise in a meeting, a mail, a stalled deal, or somebody who asked for it. */
export const ProposalPayload = z.object({
  trigger_phrase: z.string().max(8_000).nullish().catch(null),
  quote: z.string().max(8_000).nullish().catch(null),
  intent: z.string().nullish().catch(null),
  meeting_id: z.string().nullish().catch(null),
  email_id: z.uuid().nullish().catch(null),
  deadline: z.string().nullish().catch(null),
});

export const Product = z.object({
  name: z.string(),
  description: z.string(),
  price: z.number().nullable(),
  currency: z.string(),
  unit: z.string().nullable(),
});

/** Output of `select-proposal-template`. */
export const Selection = z.object({
  success: z.boolean(),
  focus_areas: z.array(z.string()),
  template: z.object({ id: z.string().nullable(), name: z.string(), reason: z.string() }),
  /** What the person asked for, in their words; empty when nobody said. */
  request: z.string(),
});
export type Selection = z.output<typeof Selection>;

/** Names of the parts that `generate-custom-sections` writes and a template may place. */
export const SECTIONS = ["executive_summary", "value_case"] as const;

export const PopulatedProposal = z.object({
  title: z.string(),
  template_id: z.string().nullable(),
  template_name: z.string(),
  /** The template filled in; `[[section]]` marks where a section goes. */
  body: z.string(),
  products: z.array(Product),
  /** Facts that the template names and nobody knows. */
  missing: z.array(z.string()),
});
export type PopulatedProposal = z.output<typeof PopulatedProposal>;

export const CustomSections = z.object({
  executive_summary: z.string(),
  roi_projections: z.string(),
  custom_sections: z.array(z.object({ title: z.string(), content: z.string() })),
});
export type CustomSections = z.output<typeof CustomSections>;

/** Context slices that proposals read. */
export const ProposalContext = z.object({
  org: z.object({ name: z.string() }).nullish(),
  user: z.object({ id: z.string(), name: z.string(), email: z.string() }).nullish(),
  contact: z.object({
    id: z.string(),
    name: z.string(),
    email: z.string().nullable(),
    title: z.string().nullable(),
  }).nullish(),
  company: z.object({ name: z.string() }).nullish(),
  deal: z.object({
    id: z.string(),
    name: z.string(),
    stage: z.string().nullable(),
    value: z.number().nullable(),
    currency: z.string().nullable(),
    close_date: z.string().nullable(),
  }).nullish(),
});
export type ProposalContext = z.output<typeof ProposalContext>;

export const mark = (section: string): string => `[[${section}]]`;

/** Puts the written sections where the template wants them; what it does not place is appended. */
export function assemble(proposal: PopulatedProposal, sections: CustomSections | null): string {
  const parts: Readonly<Record<(typeof SECTIONS)[number], string>> = {
    executive_summary: sections?.executive_summary ?? "",
    value_case: sections?.roi_projections ?? "",
  };
  let body = proposal.body;
  for (const name of SECTIONS) body = body.replaceAll(mark(name), () => parts[name]);
  const more = (sections?.custom_sections ?? []).map(({ title, content }) =>
    `## ${title}\n\n${content}`
  );
  return [body.trim(), ...more].join("\n\n").replaceAll(/\n{3,}/g, "\n\n");
}
