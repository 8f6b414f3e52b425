import { z } from "zod";
import { COACHING_DIGEST } from "../../../prompts/coachingDigest.v1.ts";
import { cut } from "../../core/cut.ts";
import { defineAdapter, type SkillRun } from "../defineAdapter.ts";
import {
  Averages,
  METRIC_NAMES,
  METRICS,
  Pattern,
  spoken,
  Week,
  WeekAdvice,
  WeekInsight,
} from "./_week.ts";

const Input = z.object({
  payload: z.object({}),
  outputs: z.object({
    "aggregate-weekly-metrics": Week,
    "correlate-win-loss": z.object({ patterns: z.array(Pattern) }).nullish().catch(null),
  }),
});

/** Output of `generate-coaching-digest`. */
export const GenerateCoachingDigestOutput = z.object({
  summary: z.string(),
  overall_score: z.number().nullable(),
  metrics: Averages,
  /** One line per metric, with the change since the week before. */
  lines: z.array(z.string()),
  insights: z.array(WeekInsight),
  recommendations: z.array(WeekAdvice),
  patterns: z.array(Pattern),
  meetings_analyzed: z.number().int(),
});

/** "Questions: 72/100 (+8)", for every metric that the week tells of. */
export function metricLines(week: Week): readonly string[] {
  return METRICS.flatMap((metric) => {
    const value = week[metric];
    if (value === null) return [];
    const before = week.previous?.[metric] ?? null;
    const scale = metric === "talk_ratio" ? 100 : 1;
    const change = before === null ? 0 : Math.round((value - before) * scale);
    const trend = before === null
      ? ""
      : change === 0
      ? " (as the week before)"
      : ` (${change > 0 ? "+" : "−"}${Math.abs(change)}${scale === 100 ? " points" : ""})`;
    return [`${METRIC_NAMES[metric]}: ${spoken(metric, value)}${trend}`];
  });
}

/** Two or three sentences; nothing that the week's rows do not say. */
export function summarise(week: Week): string {
  const count = week.raw_metrics.meetings_analyzed;
  if (count === 0) return "No meeting was analysed in the last seven days.";
  const sentences = [`${count} ${count === 1 ? "meeting" : "meetings"} in the last seven days.`];
  if (week.overall_score !== null) {
    const before = week.previous?.overall_score ?? null;
    const trend = before === null || before === week.overall_score
      ? ""
      : week.overall_score > before
      ? `, up from ${before}`
      : `, down from ${before}`;
    sentences.push(`Overall ${week.overall_score}/100${trend}.`);
  }
  const [first] = week.recommendations;
  if (first !== undefined) sentences.push(`First thing to work on: ${first.action}`);
  return sentences.join(" ");
}

const MAX_SUMMARY = 800;
const ModelSummary = z.object({ summary: z.string().min(1) });

/** The week in a model's words over the same figures. */
async function askForSummary(week: Week, ctx: SkillRun) {
  if (week.raw_metrics.meetings_analyzed === 0) return null;
  const { insights, recommendations } = week;
  const answer = await ctx.ports.llm.ask({
    prompt: COACHING_DIGEST,
    material: JSON.stringify({ figures: metricLines(week), insights, recommendations }, null, 1),
    answer: ModelSummary,
    maxOutputTokens: 400,
    mayDegrade: true,
  }, ctx);
  if (answer === null) return null;
  ctx.signal.throwIfAborted();
  return { summary: cut(answer.value.summary.trim(), MAX_SUMMARY), engine: answer.engine };
}

/** `generate-coaching-digest`: the week in words. */
export const generateCoachingDigest = defineAdapter({
  skill: "generate-coaching-digest",
  effectMode: "pure",
  cpuMs: 15,
  input: Input,
  output: GenerateCoachingDigestOutput,
  async run({ outputs }, ctx) {
    ctx.signal.throwIfAborted();
    const week = outputs["aggregate-weekly-metrics"];
    const byModel = await askForSummary(week, ctx);
    return {
      output: {
        summary: byModel?.summary ?? summarise(week),
        overall_score: week.overall_score,
        metrics: Averages.parse(week),
        lines: [...metricLines(week)],
        insights: week.insights,
        recommendations: week.recommendations,
        patterns: outputs["correlate-win-loss"]?.patterns ?? [],
        meetings_analyzed: week.raw_metrics.meetings_analyzed,
      },
      engine: byModel?.engine ?? "rules",
    };
  },
});
