import { z } from "zod";
import { PRE_MEETING_BRIEF } from "../../../prompts/preMeetingBrief.v1.ts";
import { cut } from "../../core/cut.ts";
import { keepKnownFigures } from "../../core/figures.ts";
import { defineAdapter, type SkillRun } from "../defineAdapter.ts";
import { type BriefFacts, Briefing, MAX_LINES, writeBrief } from "./_brief.ts";
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

const ModelBrief = z.object({
  executive_summary: z.string().min(1),
  talking_points: z.array(z.string()),
  risk_signals: z.array(z.string()),
  questions_to_ask: z.array(z.string()),
});

/** The brief with its prose from a model; who is who and what is owed stays as it is on record. */
async function askForBrief(facts: BriefFacts, ctx: SkillRun) {
  const byRules = writeBrief(facts);
  const { enriched, history, profile, lead, riskScore, title, startTime, timezone, now } = facts;
  const material = JSON.stringify({
    now: new Date(now).toISOString(),
    meeting: { title, startTime, timezone },
    people: enriched,
    history,
    company: profile,
    person: lead,
    risk_score_of_100: riskScore,
    brief_by_rules: byRules,
  });
  const answer = await ctx.ports.llm.ask({
    prompt: PRE_MEETING_BRIEF,
    material,
    answer: ModelBrief,
    maxOutputTokens: 1024,
    mayDegrade: true,
  }, ctx);
  if (answer === null) return { briefing: byRules, engine: "rules" };
  ctx.signal.throwIfAborted();
  const lines = (list: readonly string[]) =>
    list.map((line) => cut(keepKnownFigures(line, material), 300)).filter((line) => line !== "")
      .slice(0, MAX_LINES);
  const { executive_summary, talking_points, risk_signals, questions_to_ask } = answer.value;
  return {
    briefing: {
      ...byRules,
      executive_summary: cut(keepKnownFigures(executive_summary, material), 1000) ||
        byRules.executive_summary,
      talking_points: lines(talking_points),
      risk_signals: lines(risk_signals),
      questions_to_ask: lines(questions_to_ask),
    },
    engine: answer.engine,
  };
}

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
    const { briefing, engine } = await askForBrief({
      title: payload.title ?? "",
      startTime: payload.start_time ?? null,
      timezone: context.user?.timezone ?? "UTC",
      enriched,
      history: outputs["pull-crm-history"] ?? NO_HISTORY,
      profile: outputs["research-company-news"]?.company_profile ?? null,
      lead: outputs["research-company-news"]?.lead_profile ?? null,
      riskScore: risk?.score ?? null,
      now: clock.now(),
    }, ctx);
    return { output: { briefing }, engine };
  },
});
