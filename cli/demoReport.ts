import { clip } from "../supabase/functions/_shared/orchestrator/core/cut.ts";
import type { JobDetail } from "./api.ts";
import { bold, dim, engineInWords, safe, status } from "./render.ts";

/** What the demo replaces, and by what. */
export const STAND_INS = [
  "slack, mail, calendar: delivered to the local sink, nothing left this machine",
  "skills: rules engines, no language model was asked",
  "pg_cron and pg_net: a clock beside the database; auth and Vault: a labelled shim",
] as const;

export const REAL = [
  "PostgreSQL 17 with the migrations that deploy to Supabase",
  "the functions' own index.ts, each in a process with the platform's limits",
  "the webhook's signature, the runs, their steps, the approval, the follow-up",
] as const;

export interface Delivery {
  readonly port: string;
  readonly effect_key: string;
  readonly recipient: string;
  readonly repeats: number;
}

/** The last line of `demo --json`; everything read from the API and the sink. */
export interface Summary {
  readonly jobs: readonly {
    readonly job_id: string;
    readonly event_type: string;
    readonly sequence_key: string;
    readonly status: string;
    readonly definition_source: string;
    readonly parent_job_id: string | null;
    readonly cost_usd: number;
    readonly steps: readonly {
      readonly step_id: string;
      readonly status: string;
      readonly engine: string | null;
      readonly skip_reason: string | null;
    }[];
  }[];
  readonly approvals: readonly {
    readonly id: string;
    readonly job_id: string;
    readonly step_id: string;
    readonly action_type: string;
    readonly status: string;
  }[];
  readonly deliveries: readonly Delivery[];
  readonly stand_ins: readonly string[];
}

export async function summarize(
  jobs: readonly JobDetail[],
  sinkUrl: string,
): Promise<Summary> {
  const accepted = await (await fetch(sinkUrl)).json() as readonly Delivery[];
  // The question and its updates belong to no run of the list: `approvals` says what was asked and answered.
  const sent = accepted.filter(({ effect_key }) => !effect_key.startsWith("approval:"));
  return {
    jobs: jobs.map((job) => ({
      job_id: job.id,
      event_type: job.event_type,
      sequence_key: job.sequence_key,
      status: job.status,
      definition_source: job.definition_source,
      parent_job_id: job.parent_job_id,
      cost_usd: job.cost_usd,
      steps: job.steps.map(({ step_id, status, engine, skip_reason }) => ({
        step_id,
        status,
        engine,
        skip_reason,
      })),
    })),
    approvals: jobs.flatMap((job) =>
      job.approvals.map(({ id, job_id, step_id, action_type, status }) => ({
        id,
        job_id,
        step_id,
        action_type,
        status,
      }))
    ),
    deliveries: sent.map(({ port, effect_key, recipient, repeats }) => ({
      port,
      effect_key,
      recipient,
      repeats,
    })),
    stand_ins: STAND_INS,
  };
}

interface ReportOptions {
  readonly took: string;
  readonly stand_ins: readonly string[];
  readonly say: (line: string) => void;
}

/** What happened, for people. */
export function reportRuns(
  jobs: readonly JobDetail[],
  summary: Summary,
  { took, stand_ins, say }: ReportOptions,
): void {
  const [root] = jobs;
  say(`\n${bold("What was heard")}`);
  for (const item of outputList(root, "extract-action-items", "action_items")) {
    say(`  to do   ${safe(`${item.owner ?? "?"}: ${item.text}`)}${dim(dueOf(item))}`);
    say(dim(`          turn ${item.turn}: “${clip(safe(String(item.quote)), 100)}”`));
  }
  for (const intent of outputList(root, "detect-intents", "intents")) {
    say(`  intent  ${intent.intent} ${dim(`(${intent.confidence}) “${quoteOf(intent)}”`)}`);
  }
  say(`\n${bold("What came of it")}`);
  for (const job of jobs) {
    const engines = [...new Set(job.steps.map((step) => step.engine))]
      .filter((engine) => engine !== null).map(engineInWords).join(", ");
    const done = job.steps.filter((step) => step.status === "completed").length;
    say(
      `  ${job.event_type.padEnd(22)} ${status(job.status, 10)} ${done} of ${job.steps.length} ` +
        `steps, ${engines}, $${job.cost_usd}`,
    );
  }
  for (const approval of summary.approvals) {
    say(`  approval ${approval.action_type.padEnd(22)} ${status(approval.status)}`);
  }
  for (const { port, recipient, repeats } of summary.deliveries) {
    say(
      `  delivered once: ${port} to ${safe(recipient)}${
        repeats > 0 ? ` (${repeats} repeats)` : ""
      }`,
    );
  }
  say(`\n${bold("What was real")}`);
  for (const line of REAL) say(`  ${line}`);
  say(bold("What stood in"));
  for (const line of stand_ins) say(`  ${line}`);
  say(`\nDone in ${took}. Next: \`deno task start\`, then \`deno task fleet\`.`);
}

type Item = Readonly<Record<string, unknown>>;

function outputList(job: JobDetail, stepId: string, field: string): readonly Item[] {
  const output = job.steps.find((step) => step.step_id === stepId)?.output as Item | null;
  const list = output?.[field];
  return Array.isArray(list) ? list : [];
}

function dueOf(item: Item): string {
  return item.due_iso ? ` due ${item.due_iso}` : "";
}

function quoteOf(intent: Item): string {
  return clip(safe(String(intent.quote ?? "")), 80);
}
