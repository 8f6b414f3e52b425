import type { Command } from "../command.ts";
import { status } from "../render.ts";
import { EXIT, parseObject, UsageError } from "../usage.ts";

/** `approve` and `reject`: answers one approval, as its assignee unless `--by` names another. */
export function decide(decision: "approve" | "reject"): Command {
  return {
    synopsis: "<approval> [--by USER] [--comment TEXT]" +
      (decision === "approve" ? " [--edits JSON]" : ""),
    summary: decision === "approve"
      ? "Approve what was proposed, or with --edits (a JSON merge patch) a changed version of it"
      : "Reject what was proposed",
    arguments: ["approval"],
    strings: decision === "approve" ? ["by", "comment", "edits"] : ["by", "comment"],
    async run({ words: [approvalId], options, isJson, api, print }) {
      const edits = options.edits === undefined
        ? undefined
        : parseObject(String(options.edits), "--edits");
      const job = await api.getJobOfApproval(approvalId);
      const approval = job.approvals.find((one) => one.id === approvalId);
      const decidedBy = options.by ?? approval?.assignee_user_id;
      if (!decidedBy) throw new UsageError("The approval has no assignee: say --by USER");
      const answer = await api.decide(job.id, {
        approval_id: approvalId,
        decision,
        decided_by: String(decidedBy),
        ...(options.comment === undefined ? {} : { comment: String(options.comment) }),
        ...(edits === undefined ? {} : { edits }),
      });
      if (isJson) print(answer);
      else {print(
          `${
            decision === "approve" ? "approved" : "rejected"
          } by ${decidedBy}; run ${answer.job_id} ${status(answer.status)}`,
        );}
      return EXIT.ok;
    },
  };
}
