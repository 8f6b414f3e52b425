import { LeaseLostError } from "./core/errors.ts";
import { type Plan, planNext, type RunEnd, type StepStart } from "./core/plan.ts";
import { visibleOutputs } from "./core/runState.ts";
import type { ActiveRun, RunExit } from "./engine/activeRun.ts";
import { commitProgress } from "./engine/commitRecord.ts";
import { continueRun } from "./engine/continueRun.ts";
import type { EngineDeps } from "./engine/deps.ts";
import { executeStep, type StepOutcome } from "./engine/executeStep.ts";
import { failRefused } from "./engine/failRefused.ts";
import { finishRun } from "./engine/finishRun.ts";
import { judgeInterrupted } from "./engine/judgeInterrupted.ts";
import { createMailbox } from "./engine/mailbox.ts";
import { needsContext, provideContext } from "./engine/provideContext.ts";
import {
  createPendingRecord,
  type PendingRecord,
  takeEnding,
  takeOutcome,
} from "./engine/recordOutcome.ts";
import {
  chooseFitting,
  dropWithdrawn,
  type FittingStart,
  markStarted,
} from "./engine/startReady.ts";
import type { JsonObject, StepDefinition } from "./types.ts";

/** A retry due sooner than this is waited for here; a later one parks the run. */
const HOLD_MS = 5_000;
/** Two crashes in company, three alone (design.md, Failure). */
const CRASH_LIMIT = 5;
const IDLE_CLAIM_LIMIT = 3;

/**
 * The life of a run in this isolate: plan, record outcomes together with the starts they make
 * possible, execute what was recorded, until the run ends, waits for somebody, does not fit here any
 * more, or belongs to another isolate. A step's code runs only after its start has committed.
 *
 * @throws FleetError when the database stays unreachable; the lease then runs out and another isolate goes on
 */
export async function driveRun(run: ActiveRun, deps: EngineDeps): Promise<RunExit> {
  const mailbox = createMailbox<StepOutcome>();
  const execute = (fitting: readonly FittingStart[]) => {
    for (const { start, limitMs } of fitting) {
      run.hasStarted = true;
      executeStep(run, start, { deps, limitMs }).then(mailbox.put);
    }
  };
  const doom = doomOf(run);
  if (doom !== null) return await finishRun(run, doom, createPendingRecord(), deps);
  execute(run.firstStarts.map((start) => ({ start, limitMs: limitOf(run, start, deps) })));

  try {
    for (let carried = judgeInterrupted(run, deps);;) {
      if (run.abort.signal.aborted) return "lease_lost";
      const record = carried;
      carried = createPendingRecord();
      for (const outcome of mailbox.drain()) takeOutcome(run, outcome, record, deps);
      const plan = await planRun(run, record, deps);
      for (const ending of plan.endings) takeEnding(run, ending, record);

      if (plan.end !== null) return await finishRun(run, plan.end, record, deps);

      const fitting = chooseFitting(run, plan.starts, deps);
      if (fitting.length > 0 || run.running.size > 0) {
        markStarted(run, fitting, record, deps);
        await commitProgress(run, record, deps);
        deps.killpoint("KP10");
        execute(dropWithdrawn(run, fitting, deps));
        if (run.running.size > 0) await mailbox.wait(run.abort.signal);
        continue;
      }
      const waitMs = waitOf(plan, deps);
      if (canHold(plan, waitMs, deps)) {
        await commitProgress(run, record, deps);
        await deps.ports.clock.sleep(waitMs!, run.abort.signal).catch(() => {});
        continue;
      }
      const exit = await continueRun(run, plan, { record, waitMs, deps });
      if (exit !== "stay") return exit;
    }
  } catch (error) {
    if (error instanceof LeaseLostError) return "lease_lost";
    if (run.refused === null) throw error;
    return await failRefused(run, run.refused, deps);
  } finally {
    if (!run.abort.signal.aborted) {
      run.abort.abort(new LeaseLostError("run_left", "The run left this isolate"));
    }
  }
}

/** Plans on the current state; conditions that read the context get it first. */
async function planRun(run: ActiveRun, record: PendingRecord, deps: EngineDeps): Promise<Plan> {
  if (
    run.context === null && run.state.definition.some((s) => s.when !== null && needsContext(s))
  ) {
    await provideContext(run, deps, record.warnings);
  }
  return planNext(run.state, {
    now: deps.ports.clock.now(),
    isAvailable: (step) => deps.skills.isAvailable(step),
    evaluateWhen: (step) => evaluateWhen(run, step, deps),
  });
}

function evaluateWhen(run: ActiveRun, step: StepDefinition, deps: EngineDeps) {
  return deps.rules.evaluateWhen(step.when ?? "true", {
    event: run.event,
    outputs: visibleOutputs(run.state, step.id) as JsonObject,
    context: run.contextNow,
  });
}

/** Milliseconds until something is due again; null when only a person can go on. */
function waitOf(plan: Plan, deps: EngineDeps): number | null {
  return plan.wakeAt === null ? null : Math.max(0, Math.ceil(plan.wakeAt - deps.ports.clock.now()));
}

function canHold(plan: Plan, waitMs: number | null, deps: EngineDeps): boolean {
  return plan.starts.length === 0 && !plan.isHeld && waitMs !== null && waitMs <= HOLD_MS &&
    waitMs < deps.isolate.remainingMs();
}

/** Five crashes, or three claims in a row that started nothing: given up with a letter, not tried for ever. */
function doomOf(run: ActiveRun): RunEnd | null {
  const stepId = Object.keys(run.interrupted)[0] ?? "";
  if (run.crashCount >= CRASH_LIMIT) return { as: "failed", stepId, code: "crash_loop" };
  if (run.idleClaims > IDLE_CLAIM_LIMIT) return { as: "failed", stepId, code: "no_progress" };
  return null;
}

function limitOf(run: ActiveRun, start: StepStart, deps: EngineDeps): number {
  const known = run.running.get(start.step.id);
  return known === undefined
    ? start.step.timeout_ms
    : Math.max(1, known.deadlineAtMs - deps.ports.clock.now());
}
