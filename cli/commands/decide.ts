import type { DecisionBody } from "../api.ts";
import type { Command } from "../command.ts";
import { status } from "../render.ts";
import { EXIT, parseObject, UsageError } from "../usage.ts";

type Decision = DecisionBody["decision"];

interface Words {
  readonly summary: string;
  readonly past: string;
  /** Options besides `--by`, as the synopsis shows them. */
  readonly more: Readonly<Record<string, string>>;
}

const WORDS: Readonly<Record<Decision, Words>> = {
  approve: {
    summary:
      "Approve what was proposed, or with --edits (a JSON merge patch) a changed version of it",
    past: "approved",
    more: { comment: "[--comment TEXT]", edits: "[--edits JSON]" },
  },
  reject: {
    summary: "Reject what was proposed",
    past: "rejected",
    more: { comment: "[--comment TEXT]" },
  },
  revise: {
    summary: "Have it proposed again by what you say, three times at most",
    past: "sent back",
    more: { feedback: "--feedback TEXT" },
  },
  undo: {
    summary: "Take an approval back while nothing has left the house",
    past: "taken back",
    more: {},
  },
};

/** `approve`, `reject`, `revise` and `undo`: answers one approval, as its assignee unless `--by` names another. */
export function decide(decision: Decision): Command {
  const { summary, past, more } = WORDS[decision];
  return {
    synopsis: ["<approval>", "[--by USER]", ...Object.values(more)].join(" "),
    summary,
    arguments: ["approval"],
    strings: ["by", ...Object.keys(more)],
    async run({ words: [approvalId], options, isJson, api, print }) {
      const edits = options.edits === undefined
        ? undefined
        : parseObject(String(options.edits), "--edits");
      const comment = options.comment ?? options.feedback;
      if (decision === "revise" && comment === undefined) {
        throw new UsageError("Say with --feedback what is to change");
      }
      const job = await api.getJobOfApproval(approvalId);
      const approval = job.approvals.find((one) => one.id === approvalId);
      const decidedBy = options.by ?? approval?.assignee_user_id;
      if (!decidedBy) throw new UsageError("The approval has no assignee: say --by USER");
      const answer = await api.decide(job.id, {
        approval_id: approvalId,
        decision,
        decided_by: String(decidedBy),
        ...(comment === undefined ? {} : { comment: String(comment) }),
        ...(edits === undefined ? {} : { edits }),
      });
      if (isJson) print(answer);
      else {
        const held = answer.acts_at ? `, acts at ${answer.acts_at}` : "";
        print(`${past} by ${decidedBy}; run ${answer.job_id} ${status(answer.status)}${held}`);
      }
      return EXIT.ok;
    },
  };
}
