import { LeaseLostError } from "./core/errors.ts";
import { type Plan, planNext, type RunEnd, type StepStart } from "./core/plan.ts";
import { visibleOutputs } from "./core/runState.ts";
import { type ActiveRun } from "./engine/activeRun.ts";
import { chainHandoffs } from "./engine/chainHandoffs.ts";
import type { EngineDeps } from "./engine/deps.ts";
import { executeStep, type StepOutcome } from "./engine/executeStep.ts";
import { judgeInterrupted } from "./engine/judgeInterrupted.ts";
import { createMailbox } from "./engine/mailbox.ts";
import { needsContext, provideContext } from "./engine/provideContext.ts";
import {
  closeOpenSteps,
  createPendingRecord,
  isEmpty,
  type PendingRecord,
  takeEnding,
  takeOutcome,
  toRecordDraft,
} from "./engine/recordOutcome.ts";
import { chooseFitting, type FittingStart, leaseFor, markStarted } from "./engine/startReady.ts";
import type { RecordAnswer, RecordDraft } from "./store/types.ts";
import type { JsonObject, StepDefinition } from "./types.ts";

/** How this isolate's part in a run ended. */
export type RunExit = "ended" | "parked" | "handed_over" | "lease_lost";

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
  if (doom !== null) return await endRun(run, doom, createPendingRecord(), deps);
  execute(run.firstStarts.map((start) => ({ start, limitMs: limitOf(run, start, deps) })));

  try {
    for (let carried = judgeInterrupted(run, deps);;) {
      if (run.abort.signal.aborted) return "lease_lost";
      const record = carried;
      carried = createPendingRecord();
      for (const outcome of mailbox.drain()) takeOutcome(run, outcome, record, deps);
      const plan = await planRun(run, record, deps);
      for (const ending of plan.endings) takeEnding(run, ending, record);

      if (plan.end !== null) return await endRun(run, plan.end, record, deps);

      const fitting = chooseFitting(run, plan.starts, deps);
      if (fitting.length > 0) {
        markStarted(run, fitting, record, deps);
        await commit(run, toRecordDraft(run, record, keepRunning(run, deps)), deps);
        deps.killpoint("KP10");
        execute(fitting);
      } else if (run.running.size > 0) {
        if (!isEmpty(record)) {
          await commit(run, toRecordDraft(run, record, keepRunning(run, deps)), deps);
        }
      } else {
        const waitMs = plan.wakeAt === null
          ? null
          : Math.max(0, Math.ceil(plan.wakeAt - deps.ports.clock.now()));
        const canHold = plan.starts.length === 0 && waitMs !== null && waitMs <= HOLD_MS &&
          waitMs < deps.isolate.remainingMs();
        if (!canHold) {
          const exit = await leaveRun(run, plan, { record, waitMs, deps });
          if (exit !== "stay") return exit;
          continue;
        }
        if (!isEmpty(record)) {
          await commit(run, toRecordDraft(run, record, keepRunning(run, deps)), deps);
        }
        await deps.ports.clock.sleep(waitMs, run.abort.signal).catch(() => {});
        continue;
      }
      await mailbox.wait(run.abort.signal);
    }
  } catch (error) {
    if (error instanceof LeaseLostError) return "lease_lost";
    throw error;
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

function keepRunning(run: ActiveRun, deps: EngineDeps) {
  return { op: "record", status: "running", lease_ms: leaseFor(run, deps) } as const;
}

async function commit(
  run: ActiveRun,
  draft: RecordDraft,
  deps: EngineDeps,
): Promise<RecordAnswer & { outcome: "recorded" }> {
  deps.killpoint("KP05");
  const answer = await deps.writer.record(draft);
  if (answer.outcome === "lease_lost") {
    throw new LeaseLostError("lease_lost", `Run "${run.jobId}" is driven elsewhere`);
  }
  for (const decision of answer.decisions ?? []) run.state.approvals.set(decision.id, decision);
  return answer;
}

/** Completion with its follow-ups, failure with its letter, or cancellation: one statement each. */
async function endRun(
  run: ActiveRun,
  end: RunEnd,
  record: PendingRecord,
  deps: EngineDeps,
): Promise<RunExit> {
  const lease = { lease_ms: deps.leaseMs };
  switch (end.as) {
    case "completed": {
      await chainHandoffs(run, record, deps);
      deps.killpoint("KP11");
      const answer = await commit(
        run,
        toRecordDraft(run, record, { op: "complete", status: "completed", ...lease }),
        deps,
      );
      deps.killpoint("KP12");
      // One bell per due follow-up, after the commit; a lost one costs a sweep interval.
      for (const child of answer.followups ?? []) {
        if (child.due === true) await deps.invoker.ring({ kind: "event", eventId: child.event_id });
      }
      deps.killpoint("KP13");
      return "ended";
    }
    case "failed": {
      const failed = record.steps.find((row) =>
        row.step_id === end.stepId && row.status === "failed"
      );
      closeOpenSteps(run, record);
      await commit(
        run,
        toRecordDraft(run, record, {
          op: "fail",
          status: "failed",
          error_code: end.code,
          error_message: failed?.error_message ?? `Step "${end.stepId}" failed`,
          error_step: end.stepId,
          is_transient: end.code.endsWith("_unavailable") || end.code === "step_timeout",
          ...lease,
        }),
        deps,
      );
      return "ended";
    }
    case "cancelled": {
      closeOpenSteps(run, record);
      await commit(
        run,
        toRecordDraft(run, record, {
          op: "cancel",
          status: "cancelled",
          status_reason: end.reason,
          ...lease,
        }),
        deps,
      );
      return "ended";
    }
  }
}

/** Nothing can go on here: hand over what is ready, or park what waits. */
async function leaveRun(
  run: ActiveRun,
  plan: Plan,
  options: {
    readonly record: PendingRecord;
    readonly waitMs: number | null;
    readonly deps: EngineDeps;
  },
): Promise<RunExit | "stay"> {
  const { record, waitMs, deps } = options;
  if (plan.starts.length > 0) {
    const needMs = Math.min(...plan.starts.map((start) => start.step.timeout_ms));
    await commit(
      run,
      toRecordDraft(run, record, {
        op: "release",
        status: "queued",
        status_reason: "continuing",
        need_ms: needMs,
        lease_ms: deps.leaseMs,
      }),
      deps,
    );
    deps.killpoint("KP24");
    await deps.invoker.ring({ kind: "resume", jobId: run.jobId });
    return "handed_over";
  }
  const waiting = run.state.definition.filter((s) =>
    run.state.steps.get(s.id)!.status === "waiting_approval"
  );
  const isTimed = waitMs !== null;
  if (!isTimed && waiting.length === 0) {
    // Work is left and nothing can start it: never reported as completed (known fault 36).
    const open = run.state.definition.find((s) => run.state.steps.get(s.id)!.status === "pending");
    return await endRun(
      run,
      { as: "failed", stepId: open?.id ?? "", code: "stalled" },
      record,
      deps,
    );
  }
  const answer = await commit(
    run,
    toRecordDraft(run, record, {
      op: "park",
      status: isTimed ? "queued" : "waiting_approval",
      status_reason: isTimed ? "retry_wait" : "waiting_approval",
      delay_ms: waitMs ?? 0,
      need_ms: waiting.length > 0 ? Math.min(...waiting.map((s) => s.timeout_ms)) : null,
      is_park: true,
      lease_ms: deps.leaseMs,
    }),
    deps,
  );
  return answer.status === "running" ? "stay" : "parked";
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
