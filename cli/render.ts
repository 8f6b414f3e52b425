import * as colors from "@std/fmt/colors";
import type { ApprovalView, JobDetail, JobSummary } from "./api.ts";
import type { Change } from "./changes.ts";

/** Colours only on a terminal, and never under NO_COLOR. */
const isPlain = Deno.noColor || !Deno.stdout.isTerminal();
const paint = (style: (text: string) => string) => (text: string) => isPlain ? text : style(text);

export const bold = paint(colors.bold);
export const dim = paint(colors.dim);
export const green = paint(colors.green);
export const red = paint(colors.red);
export const yellow = paint(colors.yellow);
export const cyan = paint(colors.cyan);

const STYLE: Readonly<Record<string, (text: string) => string>> = {
  completed: green,
  approved: green,
  sent: green,
  failed: red,
  rejected: red,
  cancelled: red,
  waiting_approval: yellow,
  pending: yellow,
  retrying: yellow,
  running: cyan,
  skipped: dim,
};

/** What a step's engine is, in words. */
const ENGINES: Readonly<Record<string, string>> = {
  code: "plain code",
  rules: "rules engine",
};

export function status(word: string, width = 0): string {
  return (STYLE[word] ?? ((text: string) => text))(word.padEnd(width));
}

/** `rules` is a rules engine; everything with a colon is a model of that provider. */
export function engineInWords(engine: string): string {
  return ENGINES[engine] ?? (engine.includes(":") ? `model ${engine}` : engine);
}

/**
 * Text from outside, safe on a terminal: no escape sequences, no line breaks.
 */
export function safe(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]+/g, " ");
}

export function clockOf(iso: string): string {
  return new Date(iso).toISOString().slice(11, 23);
}

/** `14:03:21.123  detect-intents              completed  rules engine, 73 ms` */
export function changeLine(change: Change, label: string): string {
  const notes = [
    change.engine === undefined ? null : engineInWords(change.engine),
    change.duration_ms === undefined ? null : `${change.duration_ms} ms`,
    change.skip_reason ?? null,
    change.error === undefined ? null : safe(change.error),
  ].filter((note) => note !== null);
  return `${dim(clockOf(change.at))}  ${label.padEnd(28)} ${status(change.status, 16)} ${
    dim(notes.join(", "))
  }`.trimEnd();
}

export function jobLine(job: JobSummary): string {
  return `${job.id}  ${status(job.status, 16)} ${job.event_type.padEnd(22)} ${
    dim(job.created_at.slice(0, 19).replace("T", " "))
  }  $${job.cost_usd}`;
}

/** A run with its steps, approvals and follow-ups. */
export function jobLines(job: JobDetail): readonly string[] {
  const lines = [
    `${bold(job.event_type)}  ${status(job.status)}${
      job.status_reason && job.status_reason !== job.status
        ? dim(` (${safe(job.status_reason)})`)
        : ""
    }`,
    `run ${job.id}  event ${job.event_id}`,
    `${job.sequence_key} v${job.definition_version ?? "-"} from ${job.definition_source}` +
    `  depth ${job.depth}  cost $${job.cost_usd}${job.mode === "shadow" ? "  shadow" : ""}`,
    "",
    ...job.steps.map((step) =>
      changeLine({
        at: step.completed_at ?? step.started_at ?? job.created_at,
        job_id: job.id,
        step_id: step.step_id,
        status: step.status,
        ...(step.engine === null ? {} : { engine: step.engine }),
        ...(step.skip_reason === null ? {} : { skip_reason: step.skip_reason }),
        ...(step.error_message === null ? {} : { error: step.error_message }),
        ...(step.duration_ms === null ? {} : { duration_ms: step.duration_ms }),
      }, step.step_id)
    ),
  ];
  if (job.error_message !== null) {
    lines.push("", red(`${job.error_code} at ${job.error_step}: ${safe(job.error_message)}`));
  }
  if (job.warnings.length > 0) {
    lines.push("", ...job.warnings.map((warning) => yellow(`warning: ${safe(warning)}`)));
  }
  for (const approval of job.approvals) lines.push("", ...approvalLines(approval));
  for (const child of job.children) {
    lines.push("", `follow-up ${child.id}  ${child.event_type}  ${status(child.status)}`);
  }
  return lines;
}

export function approvalLines(approval: ApprovalView): readonly string[] {
  const how = approval.status === "pending"
    ? dim(`deno task fleet approve ${approval.id}`)
    : dim(approval.decided_by === null ? "" : `by ${approval.decided_by}`);
  return [
    `approval ${approval.id}  ${status(approval.status)}  ${how}`.trimEnd(),
    `  ${safe(approval.preview)}`,
    ...writtenBy(approval),
  ];
}

/** Who wrote what is to be approved; nothing where no text was written. */
export function writtenBy({ engine }: Pick<ApprovalView, "engine">): readonly string[] {
  return engine === "code" ? [] : [dim(`  written by ${safe(engine)}`)];
}
