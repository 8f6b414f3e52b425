import type { SkillRun } from "../defineAdapter.ts";
import { clip } from "./_blocks.ts";

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

export interface MemberDelivery {
  readonly delivered: boolean;
  readonly delivery_method: "slack" | "in_app_only";
  readonly delivery_error: string | null;
  /** In words, for people. */
  readonly delivered_via: string;
}

const MAX_MESSAGE = 2000;

/**
 * Tells a member by Slack where they are linked, in the app otherwise; once per effect key. What Slack
 * withholds is said, not tried another way: the key is taken.
 */
export async function deliverToMember(
  ctx: SkillRun,
  message: MemberMessage,
): Promise<MemberDelivery> {
  const { user, effectKey } = message;
  ctx.signal.throwIfAborted();
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
