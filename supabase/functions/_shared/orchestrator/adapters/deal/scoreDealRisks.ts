import { z } from "zod";
import { Temporal } from "temporal-polyfill";
import { defineAdapter } from "../defineAdapter.ts";
import { HIGH_RISK, MEDIUM_RISK, type RiskSignal, ScannedDeal, ScoredDeal } from "./_risk.ts";

const Input = z.object({
  payload: z.object({}),
  outputs: z.object({
    "scan-active-deals": z.object({ deals: z.array(ScannedDeal) }).nullish(),
  }),
});

/** Output of `score-deal-risks`. `scores` is what the high-risk hand-off reads: the share of the worst score. */
export const ScoreDealRisksOutput = z.object({
  scored_deals: z.array(ScoredDeal),
  high_risk_count: z.number().int(),
  medium_risk_count: z.number().int(),
  scores: z.array(z.object({
    deal_id: z.string(),
    deal_name: z.string(),
    risk_score: z.number(),
    score: z.number().int(),
    owner_id: z.string().nullable(),
    signals: z.array(z.string()),
    signal_types: z.array(z.string()),
  })),
});

const LATE_STAGES = /\b(?:negotiat|proposal|contract|clos|verbal)/i;
/** All signals at once: `risk_score` 1. */
const WORST_SCORE = 80;
/** Above this a single thread is a larger risk. */
const LARGE_DEAL = 10_000;

/**
 * Weighs what speaks against a deal, out of 100 (source: the specification of score-deal-risks). Unknown
 * idle days count as none. `today` is a calendar day.
 */
export function riskSignals(deal: ScannedDeal, today: string): readonly RiskSignal[] {
  const signals: RiskSignal[] = [];
  const add = (
    type: RiskSignal["type"],
    [score, max_score]: readonly [number, number],
    description: string,
  ) => signals.push({ type, score, max_score, description });
  const idle = deal.days_since_last_activity ?? 0;

  if (idle >= 14) add("engagement_drop", [25, 25], `Nothing happened for ${idle} days`);
  else if (idle >= 7) add("engagement_drop", [15, 25], `Nothing happened for ${idle} days`);
  else if (deal.emails_last_30d === 0) add("engagement_drop", [25, 25], "No mail in 30 days");
  else if (deal.emails_last_30d < 3) {
    add("engagement_drop", [10, 25], `Only ${deal.emails_last_30d} mails in 30 days`);
  }

  const who = deal.primary_contact_name ?? "The main contact";
  if (deal.contact_emails_last_30d === 0) {
    add("champion_quiet", [20, 20], `${who} wrote nothing in 30 days`);
  } else if (deal.contact_emails_last_30d === 1) {
    add("champion_quiet", [10, 20], `${who} exchanged one mail in 30 days`);
  }

  if (deal.expected_close_date !== null) {
    const days = Temporal.PlainDate.from(today).until(deal.expected_close_date).days;
    const isLate = LATE_STAGES.test(deal.current_stage ?? "");
    if (days < 0) {
      add("timeline_slipping", [15, 15], `The close date ${deal.expected_close_date} has passed`);
    } else if (days <= 7 && !isLate) {
      const stage = deal.current_stage ?? "no stage";
      add("timeline_slipping", [10, 15], `${days} days to the close date, still in ${stage}`);
    }
  }

  if (deal.contact_count <= 1) {
    const isLarge = (deal.deal_value ?? 0) > LARGE_DEAL;
    const people = deal.contact_count === 1 ? "Only one contact" : "No contact";
    add("single_threaded", [isLarge ? 15 : 10, 15], `${people} on a deal of ${valueOf(deal)}`);
  }
  if (deal.meetings_last_30d === 0 && idle >= 14) {
    add("ghost_pattern", [5, 5], `No meeting in 30 days and silent for ${idle}`);
  }
  return signals;
}

function valueOf({ deal_value }: ScannedDeal): string {
  return deal_value === null ? "unknown value" : String(deal_value);
}

/** Sum of the signals, at most 100. */
export function scoreOf(signals: readonly RiskSignal[]): number {
  return Math.min(100, signals.reduce((sum, signal) => sum + signal.score, 0));
}

/** `score-deal-risks`: a score out of 100 per deal with its reasons; one row per deal and scan. */
export const scoreDealRisks = defineAdapter({
  skill: "score-deal-risks",
  effectMode: "db",
  cpuMs: 80,
  input: Input,
  output: ScoreDealRisksOutput,
  async run({ outputs }, ctx) {
    const deals = outputs["scan-active-deals"]?.deals ?? [];
    const { crm, clock } = ctx.ports;
    ctx.signal.throwIfAborted();
    // What this run itself stored before a crash is not the scan before.
    const earlier = await crm.listRiskScores(ctx.orgId, deals.map((deal) => deal.deal_id), {
      exceptScan: ctx.jobId,
    });
    const known = new Map(earlier.map((score) => [score.deal_id, score]));
    const today = Temporal.Instant.fromEpochMilliseconds(clock.now()).toZonedDateTimeISO("UTC")
      .toPlainDate().toString();
    const scored: ScoredDeal[] = [];
    for (const deal of deals) {
      ctx.signal.throwIfAborted();
      const signals = [...riskSignals(deal, today)];
      const score = scoreOf(signals);
      const before = known.get(deal.deal_id);
      const { id } = await crm.applyChange({
        orgId: ctx.orgId,
        entity: "deal_risk_score",
        id: null,
        effectKey: ctx.effectKey(`score:${deal.deal_id}`),
        change: {
          deal_id: deal.deal_id,
          scan_id: ctx.jobId,
          score,
          previous_score: before?.score ?? null,
          signals,
        },
      });
      scored.push({
        deal_id: deal.deal_id,
        deal_name: deal.deal_name,
        score,
        previous_score: before?.score ?? null,
        alerted_score: before?.alerted_score ?? null,
        score_id: id,
        signals,
        deal_value: deal.deal_value,
        current_stage: deal.current_stage,
        expected_close_date: deal.expected_close_date,
        owner_id: deal.owner_id,
        owner_name: deal.owner_name,
        company_name: deal.company_name,
      });
    }
    const count = (from: number, below: number) =>
      scored.filter(({ score }) => score >= from && score < below).length;
    return {
      output: {
        scored_deals: scored,
        high_risk_count: count(HIGH_RISK, Infinity),
        medium_risk_count: count(MEDIUM_RISK, HIGH_RISK),
        scores: scored.map((deal) => ({
          deal_id: deal.deal_id,
          deal_name: deal.deal_name,
          risk_score: Math.round(deal.score / WORST_SCORE * 100) / 100,
          score: deal.score,
          owner_id: deal.owner_id,
          signals: deal.signals.map(({ description }) => description),
          signal_types: deal.signals.map(({ type }) => type),
        })),
      },
      engine: "code",
    };
  },
});
