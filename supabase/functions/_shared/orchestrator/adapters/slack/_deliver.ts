import { z } from "zod";
import { FatalError } from "../../core/errors.ts";
import type { SkillRun } from "../defineAdapter.ts";
import { clip } from "../../core/cut.ts";

/** A message to one member of the organisation. */
export interface MemberMessage {
  readonly user: { readonly id: string; readonly slack_user_id: string | null };
  /** Escaped: what Slack shows in notifications. */
  readonly text: string;
  readonly blocks: readonly unknown[];
  /** Plain: for the notification in the app where the member has no Slack. */
  readonly title: string;
  readonly message: string;
  /** Kind of notification. */
  readonly type: string;
  readonly effectKey: string;
}

/** What became of a message; the output of the skills that do nothing but deliver. */
export const DeliveryOutput = z.object({
  delivered: z.boolean(),
  delivery_method: z.enum(["slack", "in_app_only"]),
  delivery_error: z.string().nullable(),
  /** In words, for people. */
  delivered_via: z.string(),
});
export type MemberDelivery = z.output<typeof DeliveryOutput>;

const MAX_MESSAGE = 2000;

/** No message is better than an empty one. */
export function nothingToTell(why: string): MemberDelivery {
  return {
    delivered: false,
    delivery_method: "in_app_only",
    delivery_error: null,
    delivered_via: `not sent: ${why}`,
  };
}

/** @throws FatalError `no_recipient` when the run has no user */
export function recipientOf<User>(user: User | null | undefined): User {
  if (user === null || user === undefined) {
    throw new FatalError("no_recipient", "Cannot deliver: the run has no user");
  }
  return user;
}

/**
 * Tells a member by Slack where they are linked, in the app otherwise; once per effect key. What Slack
 * withholds is said, not tried another way: the key is taken. The organisation's feed shows it too.
 */
export async function deliverToMember(
  ctx: SkillRun,
  message: MemberMessage,
): Promise<MemberDelivery> {
  const { user, effectKey } = message;
  ctx.signal.throwIfAborted();
  const delivery = await deliver(ctx, message);
  await ctx.ports.feed.post({
    orgId: ctx.orgId,
    userId: user.id,
    jobId: ctx.jobId,
    eventType: ctx.event.type,
    title: clip(message.title, 200),
    summary: clip(message.message, MAX_MESSAGE),
    effectKey: `${effectKey}:feed`,
  });
  return delivery;
}

async function deliver(ctx: SkillRun, message: MemberMessage): Promise<MemberDelivery> {
  const { user, effectKey } = message;
  if (user.slack_user_id !== null) {
    const { status, via } = await ctx.ports.slack.postMessage(
      { to: { userId: user.id }, text: message.text, blocks: message.blocks },
      { orgId: ctx.orgId, jobId: ctx.jobId, stepId: ctx.stepId, effectKey, signal: ctx.signal },
    );
    return {
      delivered: status === "sent",
      delivery_method: "slack",
      delivery_error: status === "sent" ? null : via,
      delivered_via: via,
    };
  }
  await ctx.ports.crm.applyChange({
    orgId: ctx.orgId,
    entity: "notification",
    id: null,
    effectKey,
    change: {
      user_id: user.id,
      type: message.type,
      title: clip(message.title, 200),
      message: clip(message.message, MAX_MESSAGE),
    },
  });
  return {
    delivered: true,
    delivery_method: "in_app_only",
    delivery_error: null,
    delivered_via: "in-app notification",
  };
}
