import { z } from "zod";
import { CAMPAIGN_REPORT } from "../../../prompts/campaignReport.v1.ts";
import { cut } from "../../core/cut.ts";
import { keepKnownFigures } from "../../core/figures.ts";
import { defineAdapter, type SkillRun } from "../defineAdapter.ts";
import { CampaignMetrics, ClassifiedReply, HOT } from "./_campaign.ts";

const Input = z.object({
  payload: z.object({}),
  outputs: z.object({
    "pull-campaign-metrics": z.object({ metrics: z.array(CampaignMetrics) }),
    "classify-replies": z.object({ classified_replies: z.array(ClassifiedReply) }),
  }),
});

export const CampaignReport = z.object({
  summary: z.string(),
  lines: z.array(z.string()),
  /** People to answer, most promising first. */
  to_answer: z.array(ClassifiedReply),
  recommendations: z.array(z.string()),
  /** The campaign with the best reply rate; null without campaigns. */
  campaign_id: z.string().nullable(),
  metrics: z.object({
    campaigns: z.number().int(),
    sent: z.number().int(),
    opened: z.number().int(),
    replied: z.number().int(),
    bounced: z.number().int(),
  }),
  /** Of everything sent, 0–1. */
  reply_rate: z.number().nullable(),
});
export type CampaignReport = z.output<typeof CampaignReport>;

/** Output of `generate-campaign-report`. */
export const GenerateCampaignReportOutput = CampaignReport;

/** Above this share of bounces mail providers begin to distrust a sender. */
const BOUNCE_LIMIT = 0.05;
/** Under so many mails a rate says nothing. */
const ENOUGH_SENT = 100;
const POOR_REPLY_RATE = 0.01;
const POOR_OPEN_RATE = 0.15;
const MAX_LINES = 10;

const percent = (rate: number | null) => (rate === null ? "–" : `${(rate * 100).toFixed(1)} %`);

/** What the figures ask for, nothing where they are too small to tell. */
export function recommend(
  metrics: readonly CampaignMetrics[],
  replies: readonly ClassifiedReply[],
): readonly string[] {
  const advice: string[] = [];
  const hot = replies.filter(({ category }) => HOT.includes(category)).length;
  const leaving = replies.filter(({ category }) => category === "unsubscribe").length;
  if (hot > 0) advice.push(`${hot} ${hot === 1 ? "person waits" : "people wait"} for an answer`);
  if (leaving > 0) {
    advice.push(`Take ${leaving} ${leaving === 1 ? "person" : "people"} off every list`);
  }
  for (const one of metrics.filter(({ sent }) => sent >= ENOUGH_SENT)) {
    if ((one.bounce_rate ?? 0) > BOUNCE_LIMIT) {
      advice.push(`${one.name}: ${percent(one.bounce_rate)} bounced; check the addresses`);
    } else if ((one.open_rate ?? 1) < POOR_OPEN_RATE && one.opened > 0) {
      advice.push(`${one.name}: only ${percent(one.open_rate)} opened; try another subject`);
    } else if ((one.reply_rate ?? 1) < POOR_REPLY_RATE) {
      advice.push(`${one.name}: only ${percent(one.reply_rate)} answered; try another first line`);
    }
  }
  return advice.slice(0, MAX_LINES);
}

export function writeReport(
  metrics: readonly CampaignMetrics[],
  replies: readonly ClassifiedReply[],
): CampaignReport {
  const sum = (key: "sent" | "opened" | "replied" | "bounced") =>
    metrics.reduce((total, one) => total + one[key], 0);
  const sent = sum("sent"), replied = sum("replied");
  const reply_rate = sent === 0 ? null : Math.round(replied / sent * 10_000) / 10_000;
  const best = [...metrics].sort((a, b) => (b.reply_rate ?? -1) - (a.reply_rate ?? -1))[0];
  return {
    summary: metrics.length === 0
      ? "No campaign is active."
      : `${metrics.length} active ${metrics.length === 1 ? "campaign" : "campaigns"}, ${
        sent.toLocaleString("en-US")
      } mails sent, ${percent(reply_rate)} answered. ${replies.length} new ${
        replies.length === 1 ? "reply" : "replies"
      } since yesterday.`,
    lines: metrics.slice(0, MAX_LINES).map((one) =>
      `${one.name}: ${one.sent.toLocaleString("en-US")} sent, ${percent(one.open_rate)} opened, ${
        percent(one.reply_rate)
      } answered, ${percent(one.bounce_rate)} bounced`
    ),
    to_answer: replies.filter(({ category }) => HOT.includes(category)).slice(0, MAX_LINES),
    recommendations: [...recommend(metrics, replies)],
    campaign_id: best?.campaign_id ?? null,
    metrics: {
      campaigns: metrics.length,
      sent,
      opened: sum("opened"),
      replied,
      bounced: sum("bounced"),
    },
    reply_rate,
  };
}

const MAX_ADVICE = 5;
const ModelReport = z.object({ summary: z.string().min(1), recommendations: z.array(z.string()) });

/** The same figures in a model's words; who waits for an answer is counted, never guessed. */
async function askForWords(
  report: CampaignReport,
  replies: readonly ClassifiedReply[],
  ctx: SkillRun,
) {
  if (report.metrics.campaigns === 0) return null;
  const { summary, lines, recommendations, metrics, reply_rate } = report;
  const material = JSON.stringify({
    summary,
    campaigns: lines,
    metrics,
    reply_rate,
    replies: replies.map(({ category }) => category),
    recommendations,
  });
  const answer = await ctx.ports.llm.ask({
    prompt: CAMPAIGN_REPORT,
    material,
    answer: ModelReport,
    maxOutputTokens: 600,
    mayDegrade: true,
  }, ctx);
  if (answer === null) return null;
  ctx.signal.throwIfAborted();
  return {
    engine: answer.engine,
    summary: cut(keepKnownFigures(answer.value.summary, material), 800) || summary,
    recommendations: answer.value.recommendations
      .map((line) => cut(keepKnownFigures(line, material), 300))
      .filter((line) => line !== "").slice(0, MAX_ADVICE),
  };
}

/** `generate-campaign-report`: the day's campaigns in figures and words. */
export const generateCampaignReport = defineAdapter({
  skill: "generate-campaign-report",
  effectMode: "pure",
  cpuMs: 15,
  input: Input,
  output: GenerateCampaignReportOutput,
  async run({ outputs }, ctx) {
    ctx.signal.throwIfAborted();
    const replies = outputs["classify-replies"].classified_replies;
    const report = writeReport(outputs["pull-campaign-metrics"].metrics, replies);
    const byModel = await askForWords(report, replies, ctx);
    if (byModel === null) return { output: report, engine: "rules" };
    const { engine, ...words } = byModel;
    return { output: { ...report, ...words }, engine };
  },
});
