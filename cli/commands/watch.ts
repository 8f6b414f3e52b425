import type { JobDetail } from "../api.ts";
import { changesBetween } from "../changes.ts";
import type { Command } from "../command.ts";
import { approvalLines, changeLine } from "../render.ts";
import { EXIT } from "../usage.ts";

/** `watch`: a line per change of one run until it ends. */
export const watch: Command = {
  synopsis: "<run>",
  summary: "Follow one run until it ends; exit code 1 when it does not complete",
  arguments: ["run"],
  async run({ words: [jobId], isJson, api, print }) {
    let before: JobDetail | null = null;
    for await (const job of api.watch(jobId)) {
      for (const change of changesBetween(before, job)) {
        print(isJson ? change : changeLine(change, change.step_id ?? job.event_type));
      }
      const known = new Set(before?.approvals.map((approval) => approval.id));
      for (const approval of job.approvals.filter((a) => a.status === "pending")) {
        if (!isJson && !known.has(approval.id)) approvalLines(approval).forEach(print);
      }
      before = job;
    }
    return before?.status === "completed" ? EXIT.ok : EXIT.failed;
  },
};
