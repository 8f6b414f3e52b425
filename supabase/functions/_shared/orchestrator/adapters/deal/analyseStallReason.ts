import { z } from "zod";
import { STALL_REASON } from "../../../prompts/stallReason.v1.ts";
import { cut } from "../../core/cut.ts";
import { keepKnownFigures } from "../../core/figures.ts";
import { defineAdapter, type SkillRun } from "../defineAdapter.ts";
import { Opportunity, type TriggerSignal, WatchedDeal } from "./_revival.ts";

const Input = z.object({
  payload: z.object({}),
  outputs: z.object({
    "research-trigger-events": z.object({ watchlist_items: z.array(WatchedDeal) }).nullish(),
  }),
});

/** Output of `analyse-stall-reason`. The single fields tell of the best opportunity: hand-offs and tasks read them. */
export const AnalyseStallReasonOutput = z.object({
  scored_opportunities: z.array(Opportunity),
  deal_id: z.string().nullable(),
  owner_id: z.string().nullable(),
  reason: z.string().nullable(),
  reasoning: z.string().nullable(),
  recommended_action: z.enum(["send_proposal", "re_engage", "wait"]).nullable(),
});

const DAY_MS = 86_400_000;

/** How well a second approach fits each reason, out of 20 (source: the specification). */
const REASON_POINTS = { budget: 20, timing: 20, champion: 15, competitor: 10, fit: 5, other: 12 };
type Reason = keyof typeof REASON_POINTS;
const REASON_NAMES = Object.keys(REASON_POINTS) as [Reason, ...Reason[]];

/** Why deals are lost, by the words of who lost them, and how to begin again. */
const REASONS: readonly (readonly [pattern: RegExp, reason: Reason, approach: string])[] = [
  [
    /\b(?:budget|price|cost|expensive|money|funds?)\b/i,
    "budget",
    "Offer a smaller start that fits this year's budget",
  ],
  [
    /\b(?:timing|time|later|postpon\w*|priorit\w+|not now|next year|freeze)\b/i,
    "timing",
    "Ask whether the time they named has come",
  ],
  [
    /\b(?:champion|left|contact (?:gone|left)|reorg\w*|nobody)\b/i,
    "champion",
    "Find who took over and start with their goals",
  ],
  [
    /\b(?:competitor|competition|rival|another vendor|alternative|incumbent)\b/i,
    "competitor",
    "Ask how the other choice works out, without running it down",
  ],
  [
    /\b(?:fit|feature|missing|requirement|too (?:small|large))\b/i,
    "fit",
    "Write only if what was missing exists by now",
  ],
];
const OTHER_APPROACH = "Ask what would have to be different today";

const SIGNAL_POINTS = { strong: 40, moderate: 20, weak: 10 } as const;

export function signalScore(signals: readonly TriggerSignal[]): number {
  return Math.max(0, ...signals.map(({ strength }) => SIGNAL_POINTS[strength]));
}

/** By days since the deal ended; an open deal has none to wait for. */
export function timingScore(days: number | null): number {
  if (days === null) return 10;
  if (days < 90) return 0;
  if (days < 180) return 20;
  if (days < 270) return 15;
  return days < 365 ? 10 : 5;
}

export function relationshipScore(deal: WatchedDeal): number {
  const isGone = deal.signals.some(({ type }) => type === "champion_job_change");
  if (isGone || deal.contact_count === 0) return 5;
  return deal.contact_count > 1 ? 20 : 10;
}

export interface Judgement {
  readonly reason: Reason;
  /** How to open, in one sentence. */
  readonly approach: string;
}

export function judgeReason(lossReason: string | null): Judgement {
  const [, reason, approach] = REASONS.find(([pattern]) => pattern.test(lossReason ?? "")) ??
    [null, "other", OTHER_APPROACH] as const;
  return { reason, approach };
}

/** `now` in ms since the epoch; `judged` by a model, the rules judge where it is left out. */
export function scoreOpportunity(
  deal: WatchedDeal,
  now: number,
  judged: Judgement | null = null,
): Opportunity {
  const days = deal.close_date === null
    ? null
    : Math.max(0, Math.floor((now - Date.parse(deal.close_date)) / DAY_MS));
  const { reason, approach } = judged ?? judgeReason(deal.loss_reason);
  const parts = {
    signal_score: signalScore(deal.signals),
    timing_score: timingScore(days),
    relationship_score: relationshipScore(deal),
    reason_compatibility_score: REASON_POINTS[reason],
  };
  const primary = deal.signals.toSorted((a, b) => b.confidence - a.confidence)[0] ?? null;
  return {
    deal_id: deal.deal_id,
    deal_name: deal.deal_name,
    status: deal.status,
    company_name: deal.company_name,
    contact_name: deal.contact_name,
    contact_email: deal.contact_email,
    owner_id: deal.owner_id,
    deal_value: deal.deal_value,
    loss_reason: deal.loss_reason,
    close_date: deal.close_date,
    days_since_close: days,
    signals: deal.signals,
    score: Object.values(parts).reduce((sum, part) => sum + part, 0),
    ...parts,
    primary_signal: primary,
    recommended_approach: primary === null || judged !== null
      ? approach
      : `${approach}; open with “${cut(primary.title, 120)}”`,
  };
}

/** What to do about the best one: an open deal that moves gets its proposal, a ripe one a mail. */
function actionOf(best: Opportunity): "send_proposal" | "re_engage" | "wait" {
  if (best.status === "open" && best.signal_score >= SIGNAL_POINTS.strong) return "send_proposal";
  return best.score >= 50 ? "re_engage" : "wait";
}

const ModelReasons = z.object({
  deals: z.array(z.object({
    number: z.number().int(),
    reason: z.enum(REASON_NAMES),
    approach: z.string(),
  })),
});

/** Reasons by position as a model judged them; the points are the rules' own. */
async function askForReasons(deals: readonly WatchedDeal[], ctx: SkillRun) {
  if (deals.length === 0) return null;
  const material = JSON.stringify(deals.map((deal, number) => ({
    number,
    deal: deal.deal_name,
    company: deal.company_name,
    contact: deal.contact_name,
    status: deal.status,
    noted_reason: deal.loss_reason,
    closed_at: deal.close_date,
    news: deal.signals.map(({ title, published_at }) => ({ title, published_at })),
  })));
  const answer = await ctx.ports.llm.ask({
    prompt: STALL_REASON,
    material,
    answer: ModelReasons,
    maxOutputTokens: 1500,
    mayDegrade: true,
  }, ctx);
  if (answer === null) return null;
  ctx.signal.throwIfAborted();
  const judgements = answer.value.deals.flatMap(({ number, reason, approach }) => {
    const sentence = cut(keepKnownFigures(approach, material), 300);
    return sentence === "" ? [] : [[number, { reason, approach: sentence }] as const];
  });
  return { byPosition: new Map<number, Judgement>(judgements), engine: answer.engine };
}

/** `analyse-stall-reason`: the chance of revival of each deal, out of 100, best first. */
export const analyseStallReason = defineAdapter({
  skill: "analyse-stall-reason",
  effectMode: "pure",
  cpuMs: 10,
  input: Input,
  output: AnalyseStallReasonOutput,
  async run({ outputs }, ctx) {
    ctx.signal.throwIfAborted();
    const now = ctx.ports.clock.now();
    const deals = outputs["research-trigger-events"]?.watchlist_items ?? [];
    const byModel = await askForReasons(deals, ctx);
    const scored = deals
      .map((deal, at) => scoreOpportunity(deal, now, byModel?.byPosition.get(at) ?? null))
      .sort((a, b) => b.score - a.score);
    const [best] = scored;
    const reason = best === undefined ? null : best.loss_reason ??
      (best.status === "open" ? "The deal is at risk" : "No reason was noted");
    return {
      output: {
        scored_opportunities: scored,
        deal_id: best?.deal_id ?? null,
        owner_id: best?.owner_id ?? null,
        reason: best === undefined ? null : `${best.deal_name}: ${reason}`,
        reasoning: best === undefined ? null : best.recommended_approach,
        recommended_action: best === undefined ? null : actionOf(best),
      },
      engine: byModel?.engine ?? "rules",
    };
  },
});
