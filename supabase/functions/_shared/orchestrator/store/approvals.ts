import type { ApprovalStore } from "../../ports/approvals.ts";
import { callOne, type SqlDeps } from "./call.ts";

/** Who is asked, and the links they are given (migration 20261127000410). */
export function createApprovalStore(deps: SqlDeps): ApprovalStore {
  return {
    read: (approvalId, orgId) =>
      callOne(
        deps,
        "read the approval",
        (sql) =>
          sql`select fleet.read_asked_approval(${approvalId}::uuid, ${orgId}::uuid) as value`,
      ),
    ask: (c) =>
      callOne(
        deps,
        "ask for the approval",
        (sql) =>
          sql`select fleet.ask_approver(${c.orgId}::uuid, ${c.approvalId}::uuid, ${c.userId}::uuid,
            ${c.tokenSha256}::text, ${c.validMs}::bigint) as value`,
      ),
    noteInApp: async (n) => {
      await callOne(
        deps,
        "note the notification",
        (sql) =>
          sql`select fleet.note_asked_in_app(${n.orgId}::uuid, ${n.approvalId}::uuid, ${n.userId}::uuid,
            ${n.notificationId}::uuid)::text as value`,
      );
    },
    openLink: (tokenSha256) =>
      callOne(
        deps,
        "open the link",
        (sql) => sql`select fleet.open_approval_link(${tokenSha256}) as value`,
      ),
    noteLinkFailure: async (tokenSha256) => {
      await callOne(
        deps,
        "note the failure",
        (sql) => sql`select fleet.note_link_failure(${tokenSha256})::text as value`,
      );
    },
    findSlackPerson: (approvalId, teamId, slackUserId) =>
      callOne(
        deps,
        "find the member",
        (sql) =>
          sql`select fleet.find_slack_person(${approvalId}::uuid, ${teamId}, ${slackUserId}) as value`,
      ),
  };
}
