import { z } from "zod";
import { defineAdapter } from "../defineAdapter.ts";
import {
  DigestItem,
  HIGH_RISK,
  MEDIUM_RISK,
  RiskAlert,
  type RiskSignal,
  ScoredDeal,
  type Trend,
} from "./_risk.ts";

const Input = z.object({
  payload: z.object({}),
  outputs: z.object({
    "score-deal-risks": z.object({ scored_deals: z.array(ScoredDeal) }).nullish(),
  }),
});

/** Output of `generate-risk-alerts`. An alert is raised once per score: an unchanged one is not told again. */
export const GenerateRiskAlertsOutput = z.object({
  alerts: z.array(RiskAlert),
  digest_items: z.array(DigestItem),
  /** High scores that somebody was told of already. */
  unchanged: z.number().int(),
  summary: z.object({
    high_risk_count: z.number().int(),
    medium_risk_count: z.number().int(),
    total_scanned: z.number().int(),
  }),
});

/** A change has to be larger to be one. */
const TREND_POINTS = 10;

/** Against the scan before; 0 is a score. */
export function trendOf(score: number, previous: number | null): Trend {
  if (previous === null) return "new";
  if (score - previous > TREND_POINTS) return "worsening";
  return previous - score > TREND_POINTS ? "improving" : "stable";
}

const RESCUES: Readonly<Record<RiskSignal["type"], (deal: ScoredDeal) => string>> = {
  engagement_drop: (deal) =>
    `Call ${companyOf(deal)} and agree on one next step with a date; do not send another recap.`,
  champion_quiet: () => "Ask the main contact by phone what changed, and who else should be heard.",
  timeline_slipping: (deal) =>
    `Agree on a new close date${
      deal.expected_close_date ? ` instead of ${deal.expected_close_date}` : ""
    } and what has to happen before it.`,
  single_threaded: (deal) => `Ask for a second person at ${companyOf(deal)} who decides or signs.`,
  ghost_pattern: () =>
    "Offer a short call on one open question; set the deal back if nobody answers.",
};

/** What helps most against the strongest signals; the two heaviest, heaviest first. */
export function suggestRescue(deal: ScoredDeal): string {
  return heaviest(deal).slice(0, 2).map(({ type }) => RESCUES[type](deal)).join(" ");
}

function heaviest({ signals }: ScoredDeal): readonly RiskSignal[] {
  return signals.toSorted((a, b) => b.score - a.score);
}

function companyOf(deal: ScoredDeal): string {
  return deal.company_name ?? "the buyer";
}

/** `generate-risk-alerts`: high scores become alerts with a suggested rescue, medium ones a digest. */
export const generateRiskAlerts = defineAdapter({
  skill: "generate-risk-alerts",
  effectMode: "pure",
  cpuMs: 10,
  input: Input,
  output: GenerateRiskAlertsOutput,
  run({ outputs }, ctx) {
    ctx.signal.throwIfAborted();
    const scored = outputs["score-deal-risks"]?.scored_deals ?? [];
    const high = scored.filter(({ score }) => score >= HIGH_RISK);
    const medium = scored.filter(({ score }) => score >= MEDIUM_RISK && score < HIGH_RISK);
    const told = high.filter((deal) => deal.alerted_score === deal.score);
    const alerts = high.filter((deal) => deal.alerted_score !== deal.score)
      .toSorted((a, b) => b.score - a.score)
      .map((deal): RiskAlert => ({
        deal_id: deal.deal_id,
        deal_name: deal.deal_name,
        deal_value: deal.deal_value,
        company_name: deal.company_name,
        current_stage: deal.current_stage,
        owner_id: deal.owner_id,
        owner_name: deal.owner_name,
        score: deal.score,
        previous_score: deal.previous_score,
        score_delta: deal.previous_score === null ? null : deal.score - deal.previous_score,
        trend: trendOf(deal.score, deal.previous_score),
        top_signals: heaviest(deal).slice(0, 3),
        suggested_action: suggestRescue(deal),
        score_id: deal.score_id,
      }));
    return Promise.resolve({
      output: {
        alerts,
        digest_items: medium.map((deal) => ({
          deal_id: deal.deal_id,
          deal_name: deal.deal_name,
          owner_id: deal.owner_id,
          score: deal.score,
          top_signal: heaviest(deal)[0]?.description ?? null,
        })),
        unchanged: told.length,
        summary: {
          high_risk_count: high.length,
          medium_risk_count: medium.length,
          total_scanned: scored.length,
        },
      },
      engine: "code",
    });
  },
});
