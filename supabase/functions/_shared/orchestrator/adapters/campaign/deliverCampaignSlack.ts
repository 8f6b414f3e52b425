import { z } from "zod";
import { defineAdapter } from "../defineAdapter.ts";
import { clip } from "../../core/cut.ts";
import { escapeMrkdwn, header, section } from "../slack/_blocks.ts";
import { deliverToMember, DeliveryOutput, nothingToTell, recipientOf } from "../slack/_deliver.ts";
import { ClassifiedReply } from "./_campaign.ts";

const Report = z.object({
  summary: z.string(),
  lines: z.array(z.string()),
  to_answer: z.array(ClassifiedReply),
  recommendations: z.array(z.string()),
  metrics: z.object({ campaigns: z.number().int() }),
});
type Report = z.output<typeof Report>;

const Input = z.object({
  payload: z.object({}),
  context: z.object({
    user: z.object({ id: z.string(), slack_user_id: z.string().nullable() }).nullish(),
  }),
  outputs: z.object({ "generate-campaign-report": Report }),
});

/** The report in Block Kit and in plain words. */
export function buildCampaignMessage(report: Report) {
  const list = (name: string, lines: readonly string[]) =>
    lines.length === 0
      ? []
      : [section(`*${name}*\n${lines.map((line) => `• ${escapeMrkdwn(line)}`).join("\n")}`)];
  const waiting = report.to_answer.map((reply) =>
    `${reply.contact_name ?? reply.contact_email}: ${reply.summary} (${reply.suggested_action})`
  );
  const title = "Campaigns today";
  return {
    title,
    text: clip(escapeMrkdwn(`${title}: ${report.summary}`), 200),
    blocks: [
      header(title),
      section(escapeMrkdwn(report.summary)),
      ...list("To answer", waiting),
      ...list("Campaigns", report.lines),
      ...list("To do", report.recommendations),
    ],
    message: [report.summary, ...report.lines, ...report.recommendations].join("\n"),
  };
}

/** `deliver-campaign-slack`: the report to the rep; without an active campaign nothing is sent. */
export const deliverCampaignSlack = defineAdapter({
  skill: "deliver-campaign-slack",
  effectMode: "reconcile",
  cpuMs: 15,
  input: Input,
  output: DeliveryOutput,
  async run({ context, outputs }, ctx) {
    ctx.signal.throwIfAborted();
    const report = outputs["generate-campaign-report"];
    const user = recipientOf(context.user);
    if (report.metrics.campaigns === 0 && report.to_answer.length === 0) {
      return { output: nothingToTell("no campaign is active"), engine: "code" };
    }
    const output = await deliverToMember(ctx, {
      user,
      ...buildCampaignMessage(report),
      type: "campaign_report",
      effectKey: ctx.effectKey("report"),
    });
    return { output, engine: "code" };
  },
});
