import { z } from "zod";
import { defineAdapter } from "../defineAdapter.ts";
import { membersOf } from "./_people.ts";
import { showApproval } from "./_show.ts";

const Input = z.object({ payload: z.object({ approval_id: z.uuid() }) });

/** Output of `update-approval-messages`. */
export const UpdateApprovalMessagesOutput = z.object({
  approval_id: z.string(),
  /** What the messages say now; null when the approval is gone. */
  status: z.string().nullable(),
  updated: z.number().int(),
});

/**
 * `update-approval-messages`: every message that asked says who settled it and how, whichever door it was; a question
 * that is open again, or longer than its links hold, is shown with a fresh one.
 */
export const updateApprovalMessages = defineAdapter({
  skill: "update-approval-messages",
  effectMode: "reconcile",
  cpuMs: 30,
  input: Input,
  output: UpdateApprovalMessagesOutput,
  async run({ payload }, ctx) {
    const approval = await ctx.ports.approvals.read(ctx.orgId, payload.approval_id);
    const updated = approval === null ? 0 : await showApproval(ctx, approval, await membersOf(ctx));
    return {
      output: { approval_id: payload.approval_id, status: approval?.status ?? null, updated },
      engine: "code",
    };
  },
});
