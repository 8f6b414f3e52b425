import { FatalError } from "../core/errors.ts";
import type { ApprovalRow } from "../types.ts";
import type { EngineDeps } from "./deps.ts";

/**
 * Before a step acts: the content is still the one whose hash was approved, and whoever approved it may
 * still decide here (contract §3: roles are read again at apply). An expiry that approves has nobody.
 *
 * @throws FatalError `content_changed`, `approver_not_allowed`
 */
export async function checkApproved(
  approved: readonly ApprovalRow[],
  orgId: string,
  deps: EngineDeps,
): Promise<void> {
  for (const approval of approved) {
    if (deps.rules.hashContent(approval.proposed) !== approval.content_sha256) {
      throw new FatalError(
        "content_changed",
        "Cannot act: the content is no longer the one that was approved",
      );
    }
    const { decided_by } = approval;
    if (decided_by === null) continue;
    const role = await deps.store.memberRole(decided_by, orgId);
    const isAllowed = role === "owner" || role === "admin" ||
      (role === "member" && approval.assignee_user_id === decided_by);
    if (!isAllowed) {
      throw new FatalError(
        "approver_not_allowed",
        "Cannot act: whoever approved it may not decide here any more",
      );
    }
  }
}
