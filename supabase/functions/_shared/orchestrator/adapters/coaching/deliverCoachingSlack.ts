import { z } from "zod";
import { defineAdapter } from "../defineAdapter.ts";
import { clip } from "../../core/cut.ts";
import { escapeMrkdwn, header, section } from "../slack/_blocks.ts";
import { deliverToMember, DeliveryOutput, nothingToTell, recipientOf } from "../slack/_deliver.ts";
import { Pattern, WeekAdvice, WeekInsight } from "./_week.ts";

const Digest = z.object({
  summary: z.string(),
  lines: z.array(z.string()),
  insights: z.array(WeekInsight),
  recommendations: z.array(WeekAdvice),
  patterns: z.array(Pattern),
  meetings_analyzed: z.number().int(),
});
type Digest = z.output<typeof Digest>;

const Input = z.object({
  payload: z.object({}),
  context: z.object({
    user: z.object({ id: z.string(), slack_user_id: z.string().nullable() }).nullish(),
  }),
  outputs: z.object({ "generate-coaching-digest": Digest }),
});

const MAX_LINES = 5;

/** The digest in Block Kit and in plain words. */
export function buildDigestMessage(digest: Digest) {
  const list = (name: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : [
      section(
        `*${name}*\n${lines.slice(0, MAX_LINES).map((l) => `• ${escapeMrkdwn(l)}`).join("\n")}`,
      ),
    ];
  const title = "Your coaching week";
  const advice = digest.recommendations.map(({ action, meetings }) =>
    meetings > 1 ? `${action} (${meetings} meetings)` : action
  );
  const seen = digest.insights.map(({ text, meeting_title }) =>
    meeting_title === null ? text : `${meeting_title}: ${text}`
  );
  return {
    title,
    text: clip(escapeMrkdwn(`${title}: ${digest.summary}`), 200),
    blocks: [
      header(title),
      section(escapeMrkdwn(digest.summary)),
      ...list("Scores", digest.lines),
      ...list("To work on", advice),
      ...list("What stood out", seen),
      ...list("Won and lost", digest.patterns.map(({ insight }) => insight)),
    ],
    message: [digest.summary, ...digest.lines, ...advice].join("\n"),
  };
}

/** `deliver-coaching-slack`: the digest to the rep; a week without meetings sends nothing. */
export const deliverCoachingSlack = defineAdapter({
  skill: "deliver-coaching-slack",
  effectMode: "reconcile",
  cpuMs: 15,
  input: Input,
  output: DeliveryOutput,
  async run({ context, outputs }, ctx) {
    ctx.signal.throwIfAborted();
    const digest = outputs["generate-coaching-digest"];
    const user = recipientOf(context.user);
    if (digest.meetings_analyzed === 0) {
      return { output: nothingToTell("no meeting was analysed this week"), engine: "code" };
    }
    const output = await deliverToMember(ctx, {
      user,
      ...buildDigestMessage(digest),
      type: "coaching_digest",
      effectKey: ctx.effectKey("digest"),
    });
    return { output, engine: "code" };
  },
});
