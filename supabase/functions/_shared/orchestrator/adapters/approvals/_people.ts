import type { AskedApproval } from "../../../ports/approvals.ts";
import type { CrmUser } from "../../../ports/crm.ts";
import { FatalError } from "../../core/errors.ts";
import type { SkillRun } from "../defineAdapter.ts";

const RANKS = ["member", "admin", "owner"] as const;

/** Members of the organisation; none where this project maps no people. */
export async function membersOf(ctx: SkillRun): Promise<readonly CrmUser[]> {
  try {
    return await ctx.ports.crm.listMembers(ctx.orgId);
  } catch (error) {
    if (error instanceof FatalError && error.code === "not_mapped") return [];
    throw error;
  }
}

/**
 * Whom a question goes to first, and whom when none of them may answer. Whether each may is for the database to say.
 */
export function peopleToAsk(
  approval: AskedApproval,
  members: readonly CrmUser[],
  options: { readonly isEscalation: boolean },
): { readonly first: readonly string[]; readonly else: readonly string[] } {
  const admins = members.filter(({ role }) => role === "admin" || role === "owner")
    .map(({ id }) => id);
  const { approvers, assignee_user_id: assignee, escalate_to } = approval;
  if (options.isEscalation) {
    const to = escalate_to === "admins" ? admins : escalate_to === null ? [] : [escalate_to];
    return { first: to, else: [] };
  }
  const own = assignee === null ? [] : [assignee];
  if (approvers === null) return { first: own, else: admins };
  if (typeof approvers !== "string") return { first: approvers, else: [] };
  const lowest = RANKS.indexOf(approvers as typeof RANKS[number]);
  const ranked = members.filter(({ role }) => RANKS.indexOf(role as typeof RANKS[number]) >= lowest)
    .map(({ id }) => id);
  return { first: own, else: ranked };
}
