import { FatalError } from "../core/errors.ts";
import type { ApprovalRow } from "../types.ts";
import type { EngineDeps } from "./deps.ts";

/**
 * Before a step acts: the content is still the one whose hash was approved, the approval still stands, and whoever gave
 * it may still decide here (contract §3: roles are read again at apply). An expiry that approves has nobody.
 *
 * @throws FatalError `content_changed`, `approval_withdrawn`, `approver_not_allowed`
 */
export async function checkApproved(
  approved: readonly ApprovalRow[],
  deps: EngineDeps,
): Promise<void> {
  for (const approval of approved) {
    if (deps.rules.hashContent(approval.proposed) !== approval.content_sha256) {
      throw new FatalError(
        "content_changed",
        "Cannot act: the content is no longer the one that was approved",
      );
    }
  }
  if (approved.length === 0) return;
  const now = await deps.store.readApprovers(approved.map(({ id }) => id));
  for (const { id } of approved) {
    const row = now.find((one) => one.id === id);
    if (row?.status !== "approved") {
      throw new FatalError(
        "approval_withdrawn",
        "Cannot act: the approval does not stand any more",
      );
    }
    if (row.refusal !== null) {
      throw new FatalError(
        "approver_not_allowed",
        "Cannot act: whoever approved it may not decide here any more",
      );
    }
  }
}
