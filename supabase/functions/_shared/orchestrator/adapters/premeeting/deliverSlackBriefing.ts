import { z } from "zod";
import { FatalError } from "../../core/errors.ts";
import { defineAdapter } from "../defineAdapter.ts";
import { clip } from "../../core/cut.ts";
import { escapeMrkdwn, header, section } from "../slack/_blocks.ts";
import { deliverToMember, DeliveryOutput, recipientOf } from "../slack/_deliver.ts";
import { Briefing } from "./_brief.ts";

const Input = z.object({
  payload: z.object({ title: z.string().nullish().catch(null) }),
  context: z.object({
    user: z.object({ id: z.string(), slack_user_id: z.string().nullable() }).nullish(),
  }),
  outputs: z.object({
    "generate-briefing": z.object({ briefing: Briefing }).nullish().catch(null),
  }),
});

/** The brief in Block Kit and in plain words. */
export function buildBriefMessage(title: string, briefing: Briefing) {
  const list = (name: string, lines: readonly string[]) =>
    lines.length === 0
      ? []
      : [section(`*${name}*\n${lines.map((line) => `• ${escapeMrkdwn(line)}`).join("\n")}`)];
  const heading = `Soon: ${title || briefing.meeting_type_label}`;
  const facts = `${briefing.meeting_type_label} · ${briefing.relationship_label}`;
  return {
    title: heading,
    text: clip(escapeMrkdwn(heading), 200),
    blocks: [
      header(heading),
      section(`${escapeMrkdwn(facts)}\n${escapeMrkdwn(briefing.executive_summary)}`),
      ...list("To talk about", briefing.talking_points),
      ...list("Careful", briefing.risk_signals),
      ...list("To ask", briefing.questions_to_ask),
      ...list("Promised before", briefing.action_item_followups),
      ...briefing.company_snapshot === null
        ? []
        : [section(`*Company*\n${escapeMrkdwn(briefing.company_snapshot)}`)],
      ...list("Who is there", briefing.attendee_notes),
    ],
    message: [
      briefing.executive_summary,
      ...briefing.risk_signals,
      ...briefing.questions_to_ask,
    ].join("\n"),
  };
}

/** `deliver-slack-briefing`: the brief to the rep, by Slack where linked, in the app otherwise. */
export const deliverSlackBriefing = defineAdapter({
  skill: "deliver-slack-briefing",
  effectMode: "reconcile",
  cpuMs: 15,
  input: Input,
  output: DeliveryOutput,
  async run({ payload, context, outputs }, ctx) {
    const briefing = outputs["generate-briefing"]?.briefing;
    if (briefing === undefined) {
      throw new FatalError("no_briefing", "Cannot deliver: no brief was written");
    }
    const output = await deliverToMember(ctx, {
      user: recipientOf(context.user),
      ...buildBriefMessage(payload.title ?? "", briefing),
      type: "meeting_brief",
      effectKey: ctx.effectKey("brief"),
    });
    return { output, engine: "code" };
  },
});
