import type { JobSummary } from "../api.ts";
import type { Command, CommandRun } from "../command.ts";
import { dim, jobLine } from "../render.ts";
import { EXIT, UsageError } from "../usage.ts";

const STATUSES = ["queued", "running", "waiting_approval", "completed", "failed", "cancelled"];
const POLL_MS = 1000;

/** `jobs`: the newest runs, or with `--watch` a line per run and change until Ctrl-C. */
export const listJobs: Command = {
  synopsis: "[--status STATUS] [--org ORG] [--limit N] [--watch]",
  summary: "List the newest runs",
  arguments: [],
  flags: ["watch"],
  strings: ["status", "org", "limit"],
  async run(run) {
    const { status, org, limit = "50" } = run.options;
    if (status !== undefined && !STATUSES.includes(String(status))) {
      throw new UsageError(`--status is one of ${STATUSES.join(", ")}`);
    }
    const count = Number(limit);
    if (!Number.isInteger(count) || count < 1 || count > 200) {
      throw new UsageError("--limit is a whole number from 1 to 200");
    }
    const list = () =>
      run.api.listJobs({
        limit: count,
        ...(status === undefined ? {} : { status: String(status) }),
        ...(org === undefined ? {} : { org_id: String(org) }),
      });
    if (run.options.watch) return await watchJobs(run, list);
    const jobs = await list();
    if (run.isJson) run.print({ jobs });
    else if (jobs.length === 0) run.print(dim("No runs."));
    else for (const job of jobs) run.print(jobLine(job));
    return EXIT.ok;
  },
};

async function watchJobs(
  { isJson, print }: CommandRun,
  list: () => Promise<readonly JobSummary[]>,
): Promise<number> {
  const seen = new Map<string, string>();
  for (;;) {
    for (const job of [...await list()].reverse()) {
      if (seen.get(job.id) === job.status) continue;
      seen.set(job.id, job.status);
      print(isJson ? job : jobLine(job));
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
