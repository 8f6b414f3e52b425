import { z } from "zod";
import { FatalError } from "../../core/errors.ts";
import { defineAdapter, type SkillRun } from "../defineAdapter.ts";
import { CommitmentPayload } from "../meeting/_commitment.ts";
import { clip } from "../../core/cut.ts";
import { escapeMrkdwn, header, section } from "./_blocks.ts";
import { resolveChannel } from "./_channels.ts";
import { deliverToMember } from "./_deliver.ts";

const Input = z.object({
  payload: CommitmentPayload.extend({
    commitment_phrase: z.string().max(8_000).nullish().catch(null),
    commitment_context: z.string().max(8_000).nullish().catch(null),
  }),
  context: z.object({
    user: z.object({ id: z.string(), name: z.string(), slack_user_id: z.string().nullable() })
      .nullish(),
    contact: z.object({ name: z.string() }).nullish(),
    deal: z.object({ name: z.string() }).nullish(),
  }),
});

/** Output of `ping-slack-channel`. */
export const PingSlackChannelOutput = z.object({
  delivered: z.boolean(),
  delivery_method: z.enum(["channel", "dm", "in_app_only"]),
  channel_resolved: z.string().nullable(),
  channel_posted_to: z.string().nullable(),
  /** The channel message's timestamp at Slack; null where it went elsewhere. */
  ts: z.string().nullable(),
  delivered_via: z.string(),
  rep_name: z.string().nullable(),
  contact_name: z.string().nullable(),
  commitment_phrase: z.string(),
  /** Why it did not go to the channel; null when it did. */
  fallback_reason: z.string().nullable(),
});

/** The question in Block Kit; what was said in the meeting is escaped. */
export function buildQuestion(facts: {
  readonly rep: string | null;
  readonly contact: string | null;
  readonly deal: string | null;
  readonly phrase: string;
}) {
  const about = [facts.contact, facts.deal].filter((part) => part !== null).join(" · ");
  const title = `${facts.rep ?? "Somebody"} promised to check with the team`;
  return {
    title,
    text: clip(escapeMrkdwn(`${title}: ${facts.phrase}`), 300),
    blocks: [
      header(title),
      section(`>${escapeMrkdwn(facts.phrase)}${about === "" ? "" : `\n${escapeMrkdwn(about)}`}`),
    ],
    message: about === "" ? facts.phrase : `${facts.phrase} (${about})`,
  };
}

/** Posts to the channel; null with the reason when Slack has no such channel for us. */
async function post(
  channel: string,
  question: ReturnType<typeof buildQuestion>,
  ctx: SkillRun,
): Promise<
  { readonly via: string; readonly isSent: boolean; readonly ts: string | null } | {
    readonly reason: string;
  }
> {
  try {
    const sent = await ctx.ports.slack.postMessage(
      { to: { channel }, text: question.text, blocks: question.blocks },
      {
        orgId: ctx.orgId,
        jobId: ctx.jobId,
        stepId: ctx.stepId,
        effectKey: ctx.effectKey("channel"),
        signal: ctx.signal,
      },
    );
    return { via: sent.via, isSent: sent.status === "sent", ts: sent.provider_ref };
  } catch (error) {
    if (!(error instanceof FatalError) || error.code !== "slack_refused") throw error;
    return { reason: `Slack refused ${channel}` };
  }
}

/** `ping-slack-channel`: what a rep promised to ask, in the channel that knows, else to the rep. */
export const pingSlackChannel = defineAdapter({
  skill: "ping-slack-channel",
  effectMode: "reconcile",
  cpuMs: 15,
  input: Input,
  output: PingSlackChannelOutput,
  async run({ payload, context }, ctx) {
    ctx.signal.throwIfAborted();
    const phrase = (payload.commitment_phrase ?? payload.quote ?? payload.trigger_phrase ?? "")
      .trim();
    if (phrase === "") {
      throw new FatalError("no_commitment", "Cannot ask the team: the event names no commitment");
    }
    const channels = await ctx.ports.preferences.listChannels(ctx.orgId);
    const channel = resolveChannel(`${phrase} ${payload.commitment_context ?? ""}`, channels);
    const facts = {
      rep: context.user?.name ?? null,
      contact: context.contact?.name ?? null,
      deal: context.deal?.name ?? null,
      phrase,
    };
    const question = buildQuestion(facts);
    const output = {
      channel_resolved: channel,
      rep_name: facts.rep,
      contact_name: facts.contact,
      commitment_phrase: phrase,
    };
    const posted = channel === null
      ? { reason: "no channel is set for such questions" }
      : await post(channel, question, ctx);
    if ("via" in posted) {
      return {
        output: {
          ...output,
          delivered: posted.isSent,
          delivery_method: "channel" as const,
          channel_posted_to: posted.isSent ? channel : null,
          ts: posted.ts,
          delivered_via: posted.via,
          fallback_reason: null,
        },
        engine: "rules",
      };
    }
    if (!context.user) {
      throw new FatalError(
        "no_recipient",
        `Cannot ask the team: ${posted.reason}, and the run has no user`,
      );
    }
    const sent = await deliverToMember(ctx, {
      user: context.user,
      ...question,
      type: "team_ping",
      effectKey: ctx.effectKey("rep"),
    });
    return {
      output: {
        ...output,
        delivered: sent.delivered,
        delivery_method: sent.delivery_method === "slack" ? "dm" as const : "in_app_only" as const,
        channel_posted_to: null,
        ts: null,
        delivered_via: sent.delivered_via,
        fallback_reason: posted.reason,
      },
      engine: "rules",
    };
  },
});
