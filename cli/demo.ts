/** `deno task demo`: the main job on an embedded stack of its own (contract.md §1). */
import { parseArgs } from "@std/cli/parse-args";
import { type Stack, type StackStatus, startStack } from "../local/stack.ts";
import { type Api, type ApprovalView, createApi, type JobDetail } from "./api.ts";
import { composeMeeting, sendSigned } from "./demoMeeting.ts";
import { reportRuns, STAND_INS, summarize } from "./demoReport.ts";
import { followRuns } from "./demoRuns.ts";
import { bold, changeLine, dim, safe, writtenBy, yellow } from "./render.ts";
import { readTranscriptFile, type TranscriptFile } from "./transcripts.ts";
import { EXIT, UsageError } from "./usage.ts";

const USAGE = `Usage: deno task demo [--yes] [--json] [--transcript FILE]

  --yes              approve by itself
  --json             one JSON object per change, the last line a summary; approves by itself
  --transcript FILE  another meeting: \`Name: words\` lines, WebVTT, or JSON with turns`;
/** Far above what it takes; a run that hangs must not hang the demo. */
const RUNS_LIMIT_MS = 120_000;
/** Settings of a stack of the caller's own that must not reach into this one. */
const NOT_OURS = [
  "FLEET_DB_URL",
  "FLEET_DATA_DIR",
  "FLEET_SEND",
  "FLEET_LLM",
  "FLEET_FUNCTIONS_DIR",
];

interface Options {
  readonly isJson: boolean;
  readonly approvesItself: boolean;
  readonly transcript: TranscriptFile | null;
}

async function main(args: readonly string[]): Promise<number> {
  const options = await readOptions(args);
  const say = (line: string) => {
    if (!options.isJson) console.log(line);
  };
  const dataDir = await Deno.makeTempDir({ prefix: "fleet-demo-" });
  // The database server's own id must be able to reach it.
  await Deno.chmod(dataDir, 0o755);
  let stack: Stack | null = null;
  const cleanUp = async () => {
    await stack?.stop();
    await Deno.remove(dataDir, { recursive: true }).catch(() => {});
  };
  const interrupt = () => void cleanUp().finally(() => Deno.exit(EXIT.failed));
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, interrupt);
  try {
    say(bold("Booting the embedded stack: PostgreSQL, the functions, a sink for what is sent …"));
    const startedAt = Date.now();
    stack = await startStack({
      dataDir,
      apiPort: 0,
      dbPort: 0,
      consolePort: 0,
      env: withoutOthers(Deno.env.toObject()),
      isThrowAway: true,
    });
    const status = await stack.status();
    say(dim(`Up after ${seconds(startedAt)}: ${status.FUNCTIONS_URL}`));
    return await play(status, options, say);
  } finally {
    await cleanUp();
  }
}

async function play(
  status: StackStatus,
  options: Options,
  say: (line: string) => void,
): Promise<number> {
  const identity = { now: Date.now(), newId: () => crypto.randomUUID() };
  const meeting = await composeMeeting(options.transcript, identity);
  say(`\n${bold("A meeting ended:")} ${safe(meeting.title)}, ${meeting.turns} turns`);
  const startedAt = Date.now();
  const answer = await sendSigned(status.webhooks.meeting, meeting.body, identity);
  say(`webhook-meeting answered ${answer.status} ${JSON.stringify(answer.body)}\n`);
  const jobId = answer.body.job_id;
  if (answer.status !== 202 || jobId === undefined) {
    throw new Error(`The webhook was not taken: ${JSON.stringify(answer.body)}`);
  }
  const api: Api = createApi({ functionsUrl: status.FUNCTIONS_URL, secretKey: status.SECRET_KEY });
  let shown = "";
  const jobs = await followRuns(api, jobId, {
    limitMs: RUNS_LIMIT_MS,
    onChange: (change, job) => {
      if (options.isJson) {
        const { at, job_id, step_id, status, engine } = change;
        console.log(JSON.stringify({ at, job_id, step_id, status, engine }));
        return;
      }
      if (shown !== job.id) {
        say(`${shown === "" ? "" : "\n"}${bold(job.event_type)} ${dim(job.id)}`);
      }
      shown = job.id;
      say(changeLine(change, change.step_id ?? `(${job.sequence_key})`));
    },
    decide: (approval) => Promise.resolve(answerApproval(approval, options, say)),
  });
  const took = seconds(startedAt);
  const summary = await summarize(jobs, status.sink_url);
  if (options.isJson) console.log(JSON.stringify({ summary }));
  else reportRuns(jobs, summary, { took, stand_ins: STAND_INS, say });
  return isAsExpected(jobs) ? EXIT.ok : EXIT.failed;
}

/** Shows what would leave the house and asks; a number takes another of the offered slots. */
function answerApproval(
  approval: ApprovalView,
  options: Options,
  say: (line: string) => void,
): { decision: "approve" | "reject"; edits?: Readonly<Record<string, unknown>> } {
  say(`\n${yellow("Waiting for approval")} ${dim(approval.action_type)}`);
  say(`  ${safe(approval.preview)}`);
  writtenBy(approval).forEach((line) => say(line));
  const slots = (approval.proposed.slots ?? []) as readonly { readonly label: string }[];
  slots.forEach((slot, at) => say(`  ${at + 1}. ${safe(slot.label)}`));
  if (options.approvesItself) {
    say(dim("  approved by itself"));
    return { decision: "approve" };
  }
  for (;;) {
    const choice = slots.length > 1 ? `y, n or 1–${slots.length}` : "y or n";
    const text = prompt(`  Approve? (${choice})`)?.trim().toLowerCase() ?? "n";
    say("");
    if (text === "y" || text === "yes") return { decision: "approve" };
    if (text === "n" || text === "no") return { decision: "reject" };
    const slot = /^\d+$/.test(text) ? slots[Number(text) - 1] : undefined;
    if (slot !== undefined) return { decision: "approve", edits: { slot } };
  }
}

/** Every run completed, or was cancelled by a person's no; nothing was skipped for want of a skill. */
function isAsExpected(jobs: readonly JobDetail[]): boolean {
  return jobs.every((job) => {
    const wasRejected = job.approvals.some((approval) => approval.status === "rejected");
    const hasEndedWell = job.status === "completed" || (job.status === "cancelled" && wasRejected);
    return hasEndedWell &&
      job.steps.every((step) => step.status !== "failed" && step.skip_reason !== "not_available");
  });
}

async function readOptions(args: readonly string[]): Promise<Options> {
  const flags = parseArgs([...args], {
    boolean: ["yes", "json", "help"],
    string: ["transcript"],
    unknown: (name: string) => {
      throw new UsageError(`Unknown option ${name}\n\n${USAGE}`);
    },
  });
  if (flags.help) {
    console.log(USAGE);
    Deno.exit(EXIT.ok);
  }
  if (flags.transcript === "") throw new UsageError("--transcript needs a file");
  const hasAsker = Deno.stdin.isTerminal() && Deno.stdout.isTerminal();
  return {
    isJson: flags.json,
    // Nobody can be asked where there is no terminal.
    approvesItself: flags.yes || flags.json || !hasAsker,
    transcript: flags.transcript === undefined ? null : await readTranscriptFile(flags.transcript),
  };
}

function withoutOthers(env: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !NOT_OURS.includes(name)));
}

function seconds(since: number): string {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}

if (import.meta.main) {
  try {
    Deno.exit(await main(Deno.args));
  } catch (error) {
    console.error((error as Error).message);
    Deno.exit(error instanceof UsageError ? EXIT.usage : EXIT.failed);
  }
}
