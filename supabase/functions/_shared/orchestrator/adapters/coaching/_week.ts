import { z } from "zod";
import type { CrmCoachingAnalysis } from "../../../ports/crm.ts";

/** What is measured in each meeting: `talk_ratio` 0–1, the others 0–100. */
export const METRICS = [
  "talk_ratio",
  "question_quality_score",
  "objection_handling_score",
  "discovery_depth_score",
  "overall_score",
] as const;
export type Metric = (typeof METRICS)[number];

/** Means of a set of meetings; null where no meeting tells. */
export const Averages = z.object({
  talk_ratio: z.number().nullable(),
  question_quality_score: z.number().nullable(),
  objection_handling_score: z.number().nullable(),
  discovery_depth_score: z.number().nullable(),
  overall_score: z.number().nullable(),
});
export type Averages = z.output<typeof Averages>;

export const WeekInsight = z.object({
  text: z.string(),
  severity: z.enum(["positive", "info", "warning"]),
  meeting_title: z.string().nullable(),
});
export type WeekInsight = z.output<typeof WeekInsight>;

export const WeekAdvice = z.object({
  category: z.string(),
  action: z.string(),
  priority: z.enum(["high", "medium", "low"]),
  /** In how many meetings of the week it was due. */
  meetings: z.number().int(),
});
export type WeekAdvice = z.output<typeof WeekAdvice>;

/** Output of `aggregate-weekly-metrics`. */
export const Week = Averages.extend({
  insights: z.array(WeekInsight),
  recommendations: z.array(WeekAdvice),
  /** The week before; null when no meeting was analysed in it. */
  previous: Averages.nullable(),
  raw_metrics: z.object({
    meetings_analyzed: z.number().int(),
    period: z.object({ from: z.string(), to: z.string() }),
  }),
});
export type Week = z.output<typeof Week>;

export const Pattern = z.object({
  metric: z.enum(METRICS),
  won_avg: z.number(),
  lost_avg: z.number(),
  insight: z.string(),
});
export type Pattern = z.output<typeof Pattern>;

/** Mean per metric over the meetings that tell; ratios to two digits, scores whole. */
export function averagesOf(analyses: readonly CrmCoachingAnalysis[]): Averages {
  const mean = (metric: Metric) => {
    const values = analyses.flatMap((one) => one[metric] ?? []);
    if (values.length === 0) return null;
    const sum = values.reduce((total, value) => total + value, 0) / values.length;
    return metric === "talk_ratio" ? Math.round(sum * 100) / 100 : Math.round(sum);
  };
  return {
    talk_ratio: mean("talk_ratio"),
    question_quality_score: mean("question_quality_score"),
    objection_handling_score: mean("objection_handling_score"),
    discovery_depth_score: mean("discovery_depth_score"),
    overall_score: mean("overall_score"),
  };
}

/** As people say it: a share in percent, a score out of 100. */
export function spoken(metric: Metric, value: number): string {
  return metric === "talk_ratio" ? `${Math.round(value * 100)} %` : `${Math.round(value)}/100`;
}

export const METRIC_NAMES: Readonly<Record<Metric, string>> = {
  talk_ratio: "Our share of the talk",
  question_quality_score: "Questions",
  objection_handling_score: "Objections",
  discovery_depth_score: "Discovery",
  overall_score: "Overall",
};
