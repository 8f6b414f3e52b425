import type { Command } from "../command.ts";
import { jobLines } from "../render.ts";
import { EXIT } from "../usage.ts";

/** `show`: one run with its steps, approvals, warnings and follow-ups. */
export const showJob: Command = {
  synopsis: "<run>",
  summary: "Show one run with its steps, approvals and follow-ups",
  arguments: ["run"],
  async run({ words: [jobId], isJson, api, print }) {
    const job = await api.getJob(jobId);
    if (isJson) print(job);
    else for (const line of jobLines(job)) print(line);
    return EXIT.ok;
  },
};
