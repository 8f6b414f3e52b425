import type { AskedApproval } from "../../../ports/approvals.ts";
import type { CrmUser } from "../../../ports/crm.ts";
import { FatalError } from "../../core/errors.ts";
import type { SkillRun } from "../defineAdapter.ts";
import { clip } from "../../core/cut.ts";
import { buildQuestion, type Reader } from "./_question.ts";

/** A question that changes faster than it is shown is changing for ever. */
const MAX_LOOKS = 5;

export function askKey(approvalId: string, userId: string): string {
  return `approval:${approvalId}:ask:${userId}`;
}

export function readerOf(members: readonly CrmUser[], userId: string): Reader {
  return {
    zone: members.find(({ id }) => id === userId)?.timezone ?? "UTC",
    names: new Map(members.map(({ id, name }) => [id, name])),
  };
}

/**
 * Brings every message that asked to what the approval is now. Looks again afterwards: whoever writes last has seen the
 * newest, also when two of these run at once.
 *
 * @returns how many messages show it
 */
export async function showApproval(
  ctx: SkillRun,
  first: AskedApproval,
  members: readonly CrmUser[],
): Promise<number> {
  let approval = first;
  for (let look = 0;; look++) {
    let count = 0;
    for (const { user_id, message_ref, notification_id } of approval.asked) {
      if (message_ref !== null && await show(ctx, approval, { user_id, message_ref, members })) {
        count++;
      }
      if (notification_id !== null) {
        await showInApp(ctx, approval, { user_id, notification_id, members });
        count++;
      }
    }
    const now = await ctx.ports.approvals.read(ctx.orgId, approval.id);
    if (now === null || isShownAlike(now, approval) || look >= MAX_LOOKS) return count;
    approval = now;
  }
}

export function isShownAlike(a: AskedApproval, b: AskedApproval): boolean {
  return a.version === b.version && a.is_undoable === b.is_undoable;
}

async function show(
  ctx: SkillRun,
  approval: AskedApproval,
  asked: {
    readonly user_id: string;
    readonly message_ref: string;
    readonly members: readonly CrmUser[];
  },
): Promise<boolean> {
  ctx.signal.throwIfAborted();
  const { text, blocks } = buildQuestion(approval, readerOf(asked.members, asked.user_id));
  // Open again or still: the link of the message that is replaced may be used up or old.
  const { link } = approval.status === "pending" && !approval.is_over
    ? await ctx.ports.approvals.ask(ctx.orgId, approval.id, asked.user_id)
    : { link: null };
  const effectKey = askKey(approval.id, asked.user_id);
  try {
    await ctx.ports.slack.updateMessage(
      { to: { userId: asked.user_id }, text, blocks, secretUrl: link },
      { ref: asked.message_ref, effectKey },
      {
        orgId: ctx.orgId,
        jobId: ctx.jobId,
        stepId: ctx.stepId,
        // Of this run: another one may have shown the same state before a third wrote over it.
        effectKey: `${effectKey}:shown:${stateOf(approval)}:${ctx.jobId}`,
        signal: ctx.signal,
      },
    );
    return true;
  } catch (error) {
    // Deleted by its reader, or they left Slack: there is nothing to bring up to date.
    if (!(error instanceof FatalError) || error.code !== "slack_refused") throw error;
    ctx.warn(`A message could not be updated: ${error.message}`);
    return false;
  }
}

function stateOf({ version, is_undoable }: AskedApproval): string {
  return `${version}${is_undoable ? ":undoable" : ""}`;
}

async function showInApp(
  ctx: SkillRun,
  approval: AskedApproval,
  asked: {
    readonly user_id: string;
    readonly notification_id: string;
    readonly members: readonly CrmUser[];
  },
): Promise<void> {
  ctx.signal.throwIfAborted();
  const { title } = buildQuestion(approval, readerOf(asked.members, asked.user_id));
  await ctx.ports.crm.applyChange({
    orgId: ctx.orgId,
    entity: "notification",
    id: asked.notification_id,
    effectKey: `${askKey(approval.id, asked.user_id)}:app:shown:${stateOf(approval)}:${ctx.jobId}`,
    change: { title: clip(title, 200) },
  });
}
