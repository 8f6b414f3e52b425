import { z } from "zod";
import { defineAdapter } from "../defineAdapter.ts";
import { Briefing, writeBrief } from "./_brief.ts";
import { CompanyProfile, Enriched, History, LeadProfile } from "./_people.ts";

const Input = z.object({
  payload: z.object({
    title: z.string().nullish().catch(null),
    start_time: z.iso.datetime({ offset: true }).nullish().catch(null),
  }),
  context: z.object({ user: z.object({ timezone: z.string() }).nullish() }),
  outputs: z.object({
    "enrich-attendees": Enriched.nullish().catch(null),
    "pull-crm-history": History.nullish().catch(null),
    "research-company-news": z.object({
      company_profile: CompanyProfile,
      lead_profile: LeadProfile.nullable(),
    }).nullish().catch(null),
  }),
});

/** Output of `generate-briefing`. */
export const GenerateBriefingOutput = z.object({ briefing: Briefing });

const NOBODY: Enriched = {
  attendees: [],
  primary: null,
  company: null,
  deal: null,
  classification: { relationship: "unknown", meeting_type: "general" },
};
const NO_HISTORY: History = {
  contact: null,
  recent_meetings: [],
  recent_emails: [],
  open_action_items: [],
  previous_objections: [],
  deal: null,
  meeting_count: 0,
};

/** `generate-briefing`: the pre-meeting brief out of everything gathered. */
export const generateBriefing = defineAdapter({
  skill: "generate-briefing",
  effectMode: "pure",
  cpuMs: 25,
  input: Input,
  output: GenerateBriefingOutput,
  async run({ payload, context, outputs }, ctx) {
    ctx.signal.throwIfAborted();
    const enriched = outputs["enrich-attendees"] ?? NOBODY;
    const { crm, clock } = ctx.ports;
    const [risk] = enriched.deal === null
      ? []
      : await crm.listRiskScores(ctx.orgId, [enriched.deal.id]);
    return {
      output: {
        briefing: writeBrief({
          title: payload.title ?? "",
          startTime: payload.start_time ?? null,
          timezone: context.user?.timezone ?? "UTC",
          enriched,
          history: outputs["pull-crm-history"] ?? NO_HISTORY,
          profile: outputs["research-company-news"]?.company_profile ?? null,
          lead: outputs["research-company-news"]?.lead_profile ?? null,
          riskScore: risk?.score ?? null,
          now: clock.now(),
        }),
      },
      engine: "rules",
    };
  },
});
