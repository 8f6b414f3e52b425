import { z } from "zod";
import type { JsonObject, StepDefinition } from "../types.ts";
import { checkCel } from "./conditions.ts";
import { ValidationError } from "./errors.ts";
import { resolveMapping } from "./mapping.ts";
import { planWaves } from "./waves.ts";

export const MAX_STEPS = 200;
export const MAX_DEFINITION_BYTES = 256 * 1024;
/** Longer than an isolate's usable wall clock on the paid plan: it could never finish. */
export const MAX_TIMEOUT_MS = 360_000;

const Name = z.string().regex(
  /^[a-z][a-z0-9-]{0,62}$/,
  "must be lower-case words joined by hyphens",
);

/** A step as rows and files write it (contract.md §5, Step object). */
export const StepSchema = z.object({
  skill: Name,
  id: z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,62}$/).optional(),
  requires_context: z.array(z.string().max(50)).max(20).default([]),
  requires_approval: z.boolean().default(false),
  criticality: z.enum(["critical", "best-effort"]).default("critical"),
  available: z.boolean().default(true),
  depends_on: z.array(z.string()).max(MAX_STEPS).nullish(),
  when: z.string().max(2000).nullish(),
  timeout_ms: z.number().int().min(1).max(MAX_TIMEOUT_MS).default(30_000),
  retry: z.object({
    max_retries: z.number().int().min(0).max(10).default(2),
    base_ms: z.number().int().min(0).max(3_600_000).default(1000),
    factor: z.number().min(1).max(10).default(2),
    max_ms: z.number().int().min(0).max(3_600_000).default(4000),
    jitter: z.enum(["none", "full"]).default("none"),
  }).strict().prefault({}),
  approval: z.object({
    expires_minutes: z.number().int().min(1).max(525_600).default(2880),
    on_expire: z.enum(["reject", "approve", "fail"]).default("reject"),
    assignee: z.uuid().nullable().default(null),
    // Absent stays absent: organisations have their own default for each.
    approvers: z.union([z.array(z.uuid()).min(1).max(20), z.enum(["member", "admin", "owner"])])
      .optional(),
    forbids_self: z.boolean().optional(),
    escalate: z.object({
      after_minutes: z.number().int().min(1).max(525_600),
      to: z.union([z.uuid(), z.literal("admins")]),
    }).strict().optional(),
  }).strict().prefault({}),
  input: z.record(z.string(), z.unknown()).nullish(),
}).strict();

export type StepSource = z.input<typeof StepSchema>;

/** A sequence that the code knows, and what starts it. */
export interface EventSequence {
  readonly sequenceKey: string;
  /** `org` events may come without a user. */
  readonly scope: "user" | "org";
  /** Whether an organisation without settings runs it. */
  readonly enabledByDefault: boolean;
  /** Tells people what is asked of them: no switch, preference or budget closes it. */
  readonly isUngated?: true;
  readonly steps: readonly StepSource[];
}

/**
 * Reads a definition and fills its defaults in. If no step declares `depends_on` the steps run in list
 * order; otherwise a step without it is a root.
 *
 * @throws ValidationError `invalid_definition`; `details` name path and rule
 */
export function parseDefinition(source: unknown): readonly StepDefinition[] {
  if (new TextEncoder().encode(JSON.stringify(source) ?? "").byteLength > MAX_DEFINITION_BYTES) {
    throw refuse(`A definition has at most ${MAX_DEFINITION_BYTES / 1024} KiB`);
  }
  const parsed = z.array(StepSchema).min(1).max(MAX_STEPS).safeParse(source);
  if (!parsed.success) {
    const details = parsed.error.issues.map((i) => ({
      path: i.path.join("."),
      message: i.message,
    }));
    throw refuse(`${details[0].path}: ${details[0].message}`, details);
  }
  const declares = parsed.data.some((step) =>
    step.depends_on !== undefined && step.depends_on !== null
  );
  const ids = parsed.data.map((step) => step.id ?? step.skill);
  const steps = parsed.data.map((step, i): StepDefinition => ({
    ...step,
    id: ids[i],
    depends_on: declares ? step.depends_on ?? [] : i === 0 ? [] : [ids[i - 1]],
    when: step.when ?? null,
    input: (step.input ?? null) as JsonObject | null,
  }));
  checkGraph(steps);
  for (const step of steps) checkStep(step);
  return steps;
}

function checkGraph(steps: readonly StepDefinition[]): void {
  const ids = new Set<string>();
  for (const { id } of steps) {
    if (ids.has(id)) throw refuse(`Step id "${id}" is used twice`);
    ids.add(id);
  }
  for (const step of steps) {
    for (const dep of step.depends_on) {
      if (dep === step.id) throw refuse(`Step "${step.id}" depends on itself`);
      if (!ids.has(dep)) throw refuse(`Step "${step.id}" depends on "${dep}", which is no step`);
    }
  }
  planWaves(steps);
}

function checkStep(step: StepDefinition): void {
  if (step.when !== null) {
    const problem = checkCel(step.when, ["event", "outputs", "context"]);
    if (problem !== null) throw refuse(`Step "${step.id}": when: ${problem}`);
  }
  if (step.input === null) return;
  try {
    // Resolving against nothing reads every path and rule once.
    resolveMapping(step.input, {});
  } catch (error) {
    throw refuse(`Step "${step.id}": input: ${(error as Error).message}`);
  }
}

function refuse(message: string, details: readonly unknown[] = []): ValidationError {
  return new ValidationError("invalid_definition", message, { details });
}
