import { z } from "zod";
import type { AskedApproval } from "../../../ports/approvals.ts";
import type { CrmUser } from "../../../ports/crm.ts";
import { FatalError } from "../../core/errors.ts";
import { revealHidden } from "../../core/visibleText.ts";
import { defineAdapter, type SkillRun } from "../defineAdapter.ts";
import { clip } from "../../core/cut.ts";
import { membersOf, peopleToAsk } from "./_people.ts";
import { buildQuestion, type QuestionMessage } from "./_question.ts";
import { askKey, isShownAlike, readerOf, showApproval } from "./_show.ts";

const Input = z.object({
  payload: z.object({
    approval_id: z.uuid(),
    is_escalation: z.boolean().catch(false).default(false),
  }),
});

/** Output of `ask-for-approval`. */
export const AskForApprovalOutput = z.object({
  approval_id: z.string(),
  /** Members that were asked. */
  asked: z.array(z.object({ user_id: z.string(), by: z.enum(["slack", "in_app", "feed"]) })),
  /** Why nobody was; null when somebody was. */
  reason: z.string().nullable(),
});

type Asked = z.output<typeof AskForApprovalOutput>["asked"][number];

/**
 * `ask-for-approval`: the question to whoever may answer it, once each: by Slack where they are linked, in the app where
 * they are not or Slack does not take it. Quiet hours and the hourly cap hold it back as any other message.
 */
export const askForApproval = defineAdapter({
  skill: "ask-for-approval",
  effectMode: "reconcile",
  cpuMs: 30,
  input: Input,
  output: AskForApprovalOutput,
  async run({ payload }, ctx) {
    const { approval_id } = payload;
    const approval = await ctx.ports.approvals.read(ctx.orgId, approval_id);
    const answer = (asked: readonly Asked[], reason: string | null) => ({
      output: { approval_id, asked: [...asked], reason },
      engine: "code",
    });
    if (approval === null || approval.status !== "pending" || approval.is_over) {
      return answer([], "it is settled already");
    }
    const members = await membersOf(ctx);
    const people = peopleToAsk(approval, members, { isEscalation: payload.is_escalation });
    const asked = await askAll(ctx, approval, { people: people.first, members });
    if (asked.length === 0) {
      asked.push(...await askAll(ctx, approval, { people: people.else, members }));
    }
    if (asked.length === 0) {
      // A letter says so: a question that reaches nobody must not wait unseen.
      throw new FatalError("nobody_to_ask", "Nobody of this organisation may answer the approval");
    }
    await tellFeed(ctx, approval, payload.is_escalation);
    const now = await ctx.ports.approvals.read(ctx.orgId, approval_id);
    // Settled while it was being asked: nobody else brings these messages up to date.
    if (now !== null && !isShownAlike(now, approval)) await showApproval(ctx, now, members);
    return answer(asked, null);
  },
});

/** Asks each; one whose message has to wait does not hold the others back. */
async function askAll(
  ctx: SkillRun,
  approval: AskedApproval,
  { people, members }: { readonly people: readonly string[]; readonly members: readonly CrmUser[] },
): Promise<Asked[]> {
  const asked: Asked[] = [];
  let held: unknown = null;
  for (const userId of new Set(people)) {
    ctx.signal.throwIfAborted();
    const { refusal, link } = await ctx.ports.approvals.ask(ctx.orgId, approval.id, userId);
    if (refusal !== null) continue;
    try {
      const user = members.find(({ id }) => id === userId) ?? null;
      const question = buildQuestion(approval, readerOf(members, userId));
      asked.push({
        user_id: userId,
        by: await tell(ctx, { approval, userId, user, question, link }),
      });
    } catch (error) {
      ctx.signal.throwIfAborted();
      held ??= error;
    }
  }
  if (held !== null) throw held;
  return asked;
}

async function tell(
  ctx: SkillRun,
  to: {
    readonly approval: AskedApproval;
    readonly userId: string;
    readonly user: CrmUser | null;
    readonly question: QuestionMessage;
    readonly link: string | null;
  },
): Promise<Asked["by"]> {
  const { approval, userId, user, question } = to;
  if (user === null) return "feed";
  if (user.slack_user_id !== null && await tellBySlack(ctx, to)) return "slack";
  const { id } = await ctx.ports.crm.applyChange({
    orgId: ctx.orgId,
    entity: "notification",
    id: null,
    effectKey: `${askKey(approval.id, userId)}:app`,
    change: {
      user_id: userId,
      type: "approval",
      title: clip(question.title, 200),
      message: clip(revealHidden(approval.preview), 2000),
      metadata: { approval_id: approval.id, job_id: approval.job_id },
    },
  });
  await ctx.ports.approvals.noteInApp({
    orgId: ctx.orgId,
    approvalId: approval.id,
    userId,
    notificationId: id,
  });
  return "in_app";
}

/** False when Slack does not carry it: withheld here, or refused there. */
async function tellBySlack(
  ctx: SkillRun,
  { approval, userId, question, link }: Parameters<typeof tell>[1],
): Promise<boolean> {
  try {
    const { status } = await ctx.ports.slack.postMessage(
      { to: { userId }, text: question.text, blocks: question.blocks, secretUrl: link },
      {
        orgId: ctx.orgId,
        jobId: ctx.jobId,
        stepId: ctx.stepId,
        effectKey: askKey(approval.id, userId),
        signal: ctx.signal,
      },
    );
    return status === "sent";
  } catch (error) {
    if (!(error instanceof FatalError) || error.code !== "slack_refused") throw error;
    ctx.warn(`Slack did not take the question: ${error.message}`);
    return false;
  }
}

async function tellFeed(
  ctx: SkillRun,
  approval: AskedApproval,
  isEscalation: boolean,
): Promise<void> {
  await ctx.ports.feed.post({
    orgId: ctx.orgId,
    userId: approval.assignee_user_id,
    jobId: approval.job_id,
    eventType: isEscalation ? "approval_escalated" : "approval_asked",
    title: clip(`Waits for approval: ${approval.action_type.replaceAll("_", " ")}`, 200),
    summary: clip(revealHidden(approval.preview), 2000),
    effectKey: `approval:${approval.id}:feed${isEscalation ? ":escalated" : ""}`,
  });
}
