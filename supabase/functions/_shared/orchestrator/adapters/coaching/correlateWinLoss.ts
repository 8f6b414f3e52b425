import { z } from "zod";
import type { CrmCoachingAnalysis } from "../../../ports/crm.ts";
import { WIN_LOSS_PATTERNS } from "../../../prompts/winLossPatterns.v1.ts";
import { cut } from "../../core/cut.ts";
import { keepKnownFigures } from "../../core/figures.ts";
import { defineAdapter, type SkillRun } from "../defineAdapter.ts";
import { averagesOf, type Metric, METRIC_NAMES, METRICS, Pattern, spoken } from "./_week.ts";

const Input = z.object({ payload: z.object({}) });

/** Output of `correlate-win-loss`. */
export const CorrelateWinLossOutput = z.object({
  patterns: z.array(Pattern),
  /** Meetings of deals that ended. */
  sample_size: z.number().int(),
  /** Whose meetings: the rep's own, or everybody's where the rep has too few. */
  sample_of: z.enum(["user", "organization"]),
  /** Why there is no pattern; null when there is one. */
  message: z.string().nullable(),
});

const LOOK_BACK_MS = 365 * 86_400_000;
/** Fewer meetings on either side are anecdotes. */
const MIN_EACH = 3;
/** A smaller difference of means is noise. */
const TELLING: Readonly<Record<Metric, number>> = {
  talk_ratio: 0.05,
  question_quality_score: 5,
  objection_handling_score: 5,
  discovery_depth_score: 5,
  overall_score: 5,
};

export function splitByOutcome(analyses: readonly CrmCoachingAnalysis[]) {
  const won = analyses.filter(({ deal_status }) => deal_status === "won");
  const lost = analyses.filter(({ deal_status }) => deal_status === "lost");
  return { won, lost, isEnough: won.length >= MIN_EACH && lost.length >= MIN_EACH };
}

/** Where meetings of won deals differ from those of lost ones, the largest difference first. */
export function findPatterns(
  won: readonly CrmCoachingAnalysis[],
  lost: readonly CrmCoachingAnalysis[],
): readonly Pattern[] {
  const ofWon = averagesOf(won), ofLost = averagesOf(lost);
  const found = METRICS.flatMap((metric) => {
    const [won_avg, lost_avg] = [ofWon[metric], ofLost[metric]];
    if (won_avg === null || lost_avg === null) return [];
    const weight = Math.abs(won_avg - lost_avg) / TELLING[metric];
    if (weight < 1) return [];
    const insight = `${METRIC_NAMES[metric]}: ${spoken(metric, won_avg)} in won deals, ${
      spoken(metric, lost_avg)
    } in lost ones`;
    return [{ weight, pattern: { metric, won_avg, lost_avg, insight } }];
  });
  return found.sort((a, b) => b.weight - a.weight).map(({ pattern }) => pattern);
}

const MAX_INSIGHT = 400;
const ModelPatterns = z.object({
  patterns: z.array(z.object({ metric: z.enum(METRICS), meaning: z.string() })),
});

/** Each measured difference with what it may mean in a model's words. */
async function askForMeanings(patterns: readonly Pattern[], ctx: SkillRun) {
  if (patterns.length === 0) return null;
  const material = JSON.stringify(patterns.map(({ metric, insight }) => ({ metric, insight })));
  const answer = await ctx.ports.llm.ask({
    prompt: WIN_LOSS_PATTERNS,
    material,
    answer: ModelPatterns,
    maxOutputTokens: 600,
    mayDegrade: true,
  }, ctx);
  if (answer === null) return null;
  ctx.signal.throwIfAborted();
  const meanings = new Map(answer.value.patterns.map(({ metric, meaning }) => [metric, meaning]));
  return {
    engine: answer.engine,
    patterns: patterns.map((pattern) => {
      const meaning = keepKnownFigures(meanings.get(pattern.metric) ?? "", material);
      return { ...pattern, insight: cut(`${pattern.insight}. ${meaning}`.trim(), MAX_INSIGHT) };
    }),
  };
}

/** `correlate-win-loss`: how conduct in meetings went with won and lost deals of the last year. */
export const correlateWinLoss = defineAdapter({
  skill: "correlate-win-loss",
  effectMode: "pure",
  cpuMs: 25,
  input: Input,
  output: CorrelateWinLossOutput,
  async run(_input, ctx) {
    ctx.signal.throwIfAborted();
    const { crm, clock } = ctx.ports;
    const now = clock.now();
    const range = {
      fromIso: new Date(now - LOOK_BACK_MS).toISOString(),
      toIso: new Date(now).toISOString(),
    };
    const own = ctx.userId === null
      ? null
      : splitByOutcome(await crm.listCoachingAnalyses(ctx.orgId, { userId: ctx.userId, ...range }));
    const sample_of = own?.isEnough ? "user" as const : "organization" as const;
    const sample = own?.isEnough
      ? own
      : splitByOutcome(await crm.listCoachingAnalyses(ctx.orgId, range));
    const { won, lost } = sample;
    const patterns = sample.isEnough ? findPatterns(won, lost) : [];
    const message = patterns.length > 0
      ? null
      : sample.isEnough
      ? "Meetings of won and lost deals did not differ"
      : `Too few meetings of ended deals to compare: ${won.length} won, ${lost.length} lost, ` +
        `${MIN_EACH} of each are needed`;
    const byModel = await askForMeanings(patterns, ctx);
    return {
      output: {
        patterns: [...byModel?.patterns ?? patterns],
        sample_size: won.length + lost.length,
        sample_of,
        message,
      },
      engine: byModel?.engine ?? "rules",
    };
  },
});
