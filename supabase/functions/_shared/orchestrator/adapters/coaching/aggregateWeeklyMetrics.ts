import { z } from "zod";
import type { CrmCoachingAnalysis } from "../../../ports/crm.ts";
import { cut } from "../../core/cut.ts";
import { defineAdapter } from "../defineAdapter.ts";
import { averagesOf, Week, type WeekAdvice, type WeekInsight } from "./_week.ts";

const Input = z.object({ payload: z.object({}) });

/** Output of `aggregate-weekly-metrics`. */
export const AggregateWeeklyMetricsOutput = Week;

const WEEK_MS = 7 * 86_400_000;
const MAX_INSIGHTS = 10;
const MAX_ADVICE = 5;
const SEVERITY = ["warning", "positive", "info"] as const;
const PRIORITY = ["high", "medium", "low"] as const;

const Insight = z.object({
  text: z.string(),
  severity: z.enum(SEVERITY).catch("info"),
});
const Advice = z.object({
  category: z.string().catch("general"),
  action: z.string(),
  priority: z.enum(PRIORITY).catch("medium"),
});

/** What stood out in the week's meetings, warnings first. Rows of another shape are passed over. */
export function insightsOf(analyses: readonly CrmCoachingAnalysis[]): readonly WeekInsight[] {
  return analyses.flatMap((one) =>
    one.insights.flatMap((row): WeekInsight[] => {
      const { data } = Insight.safeParse(row);
      return data === undefined ? [] : [{
        text: cut(data.text, 300),
        severity: data.severity,
        meeting_title: one.meeting_title,
      }];
    })
  ).sort((a, b) => SEVERITY.indexOf(a.severity) - SEVERITY.indexOf(b.severity))
    .slice(0, MAX_INSIGHTS);
}

/** Advice of the meetings, the same kind counted once: what came up most often leads. */
export function adviceOf(analyses: readonly CrmCoachingAnalysis[]): readonly WeekAdvice[] {
  const byCategory = new Map<string, WeekAdvice>();
  for (const one of analyses) {
    const seen = new Set<string>();
    for (const row of one.recommendations) {
      const { data } = Advice.safeParse(row);
      if (data === undefined || seen.has(data.category)) continue;
      seen.add(data.category);
      const known = byCategory.get(data.category);
      byCategory.set(data.category, {
        category: data.category,
        action: known?.action ?? cut(data.action, 300),
        priority: known === undefined ||
            PRIORITY.indexOf(data.priority) < PRIORITY.indexOf(known.priority)
          ? data.priority
          : known.priority,
        meetings: (known?.meetings ?? 0) + 1,
      });
    }
  }
  return [...byCategory.values()]
    .sort((a, b) =>
      b.meetings - a.meetings || PRIORITY.indexOf(a.priority) - PRIORITY.indexOf(b.priority)
    ).slice(0, MAX_ADVICE);
}

/** `aggregate-weekly-metrics`: the last seven days of one person's meetings; one weekly row, none without meetings. */
export const aggregateWeeklyMetrics = defineAdapter({
  skill: "aggregate-weekly-metrics",
  effectMode: "db",
  cpuMs: 30,
  input: Input,
  output: AggregateWeeklyMetricsOutput,
  async run(_input, ctx) {
    ctx.signal.throwIfAborted();
    const { crm, clock } = ctx.ports;
    const now = clock.now();
    const [from, to] = [now - WEEK_MS, now].map((ms) => new Date(ms).toISOString());
    const userId = ctx.userId ?? undefined;
    const [week, before] = await Promise.all([
      crm.listCoachingAnalyses(ctx.orgId, { userId, fromIso: from, toIso: to }),
      crm.listCoachingAnalyses(ctx.orgId, {
        userId,
        fromIso: new Date(now - 2 * WEEK_MS).toISOString(),
        toIso: from,
      }),
    ]);
    const averages = averagesOf(week);
    const output: Week = {
      ...averages,
      insights: [...insightsOf(week)],
      recommendations: [...adviceOf(week)],
      previous: before.length === 0 ? null : averagesOf(before),
      raw_metrics: { meetings_analyzed: week.length, period: { from, to } },
    };
    if (week.length > 0) {
      ctx.signal.throwIfAborted();
      const { insights, recommendations, raw_metrics } = output;
      await crm.applyChange({
        orgId: ctx.orgId,
        entity: "coaching_analysis",
        id: null,
        effectKey: ctx.effectKey("week"),
        change: {
          user_id: ctx.userId,
          kind: "week",
          period_start: from.slice(0, 10),
          ...averages,
          insights,
          recommendations,
          raw_metrics,
        },
      });
    }
    return { output, engine: "code" };
  },
});
