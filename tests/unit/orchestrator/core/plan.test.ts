import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type PlanContext,
  planNext,
} from "../../../../supabase/functions/_shared/orchestrator/core/plan.ts";
import {
  createRunState,
  type RunState,
  visibleOutputs,
} from "../../../../supabase/functions/_shared/orchestrator/core/runState.ts";
import type {
  ApprovalRow,
  StepDefinition,
} from "../../../../supabase/functions/_shared/orchestrator/types.ts";
import { step } from "../../../support/steps.ts";

const CONTEXT: PlanContext = { now: 1000, isAvailable: () => true, evaluateWhen: () => true };

function end(
  state: RunState,
  id: string,
  status: "completed" | "failed" | "skipped",
  output: string | null = null,
) {
  Object.assign(state.steps.get(id)!, {
    status,
    output,
    skipReason: status === "skipped" ? "rejected" : null,
  });
}

function ask(state: RunState, stepId: string, status: ApprovalRow["status"], ordinal = 0): void {
  const id = `${stepId}:${ordinal}`;
  state.steps.get(stepId)!.status = "waiting_approval";
  state.approvals.set(id, {
    id,
    step_id: stepId,
    ordinal,
    action_type: "send",
    proposed: { n: ordinal },
    content_sha256: "0".repeat(64),
    status,
    on_expire: "reject",
    decided_by: null,
    assignee_user_id: null,
    feedback: null,
    revises: null,
    round: 0,
    hold_ms: 0,
  });
}

const ids = (plan: ReturnType<typeof planNext>) => plan.starts.map((s) => s.step.id);

Deno.test("planNext() starts a step when its own dependencies ended, not when a wave did", () => {
  const state = createRunState([step("a"), step("b"), step("c", { depends_on: ["a"] })]);
  end(state, "a", "completed");
  state.steps.get("b")!.status = "running";
  assert.deepEqual(ids(planNext(state, CONTEXT)), ["c"]);
});

Deno.test("planNext() lets dependants of a failed best-effort step run", () => {
  const state = createRunState([
    step("a", { criticality: "best-effort" }),
    step("b", { depends_on: ["a"] }),
  ]);
  end(state, "a", "failed");
  assert.deepEqual(ids(planNext(state, CONTEXT)), ["b"]);
});

Deno.test("planNext() fails the run on a failed critical step", () => {
  const state = createRunState([step("a"), step("b", { depends_on: ["a"] })]);
  state.steps.get("a")!.status = "failed";
  state.steps.get("a")!.errorCode = "boom";
  const plan = planNext(state, CONTEXT);
  assert.deepEqual(plan.end, { as: "failed", stepId: "a", code: "boom" });
  assert.deepEqual(ids(plan), []);
});

Deno.test("planNext() records an unavailable step as skipped and goes on", () => {
  const state = createRunState([step("a"), step("b", { depends_on: ["a"] })]);
  const plan = planNext(state, { ...CONTEXT, isAvailable: (s: StepDefinition) => s.id !== "a" });
  assert.deepEqual(plan.endings.map((e) => e.as === "skipped" && e.reason), ["not_available"]);
  assert.deepEqual(ids(plan), ["b"]);
});

Deno.test("planNext() completes a run whose last steps are skipped by their condition", () => {
  const state = createRunState([step("a", { when: "false" })]);
  const plan = planNext(state, { ...CONTEXT, evaluateWhen: () => false });
  assert.deepEqual(plan.end, { as: "completed" });
});

Deno.test("planNext() fails a step whose condition errors, under its criticality", () => {
  const state = createRunState([step("a", { when: "x.y", criticality: "best-effort" })]);
  const plan = planNext(state, { ...CONTEXT, evaluateWhen: () => ({ error: "no x" }) });
  assert.equal(plan.endings[0].as === "failed" && plan.endings[0].code, "condition_error");
  assert.deepEqual(plan.end, { as: "completed" });
});

Deno.test("planNext() waits for a retry that is not due and says when", () => {
  const state = createRunState([step("a")]);
  Object.assign(state.steps.get("a")!, { status: "retrying", readyAt: 1500, attempts: 1 });
  const plan = planNext(state, CONTEXT);
  assert.deepEqual([ids(plan), plan.wakeAt], [[], 1500]);
});

Deno.test("planNext() starts a due retry as the next attempt", () => {
  const state = createRunState([step("a")]);
  Object.assign(state.steps.get("a")!, { status: "retrying", readyAt: 999, attempts: 1 });
  assert.equal(planNext(state, CONTEXT).starts[0].attempt, 2);
});

Deno.test("planNext() waits until every approval of a step is decided", () => {
  const state = createRunState([step("a")]);
  ask(state, "a", "approved", 0);
  ask(state, "a", "pending", 1);
  const plan = planNext(state, CONTEXT);
  assert.deepEqual([ids(plan), plan.end], [[], null]);
});

Deno.test("planNext() acts on the approved contents only, each once", () => {
  const state = createRunState([step("a")]);
  ask(state, "a", "approved", 0);
  ask(state, "a", "rejected", 1);
  assert.deepEqual(planNext(state, CONTEXT).starts[0].approved?.map((a) => a.proposed), [{ n: 0 }]);
});

Deno.test("planNext() cancels the run when a critical step is rejected", () => {
  const state = createRunState([step("a"), step("b", { depends_on: ["a"] })]);
  ask(state, "a", "rejected");
  assert.deepEqual(planNext(state, CONTEXT).end, {
    as: "cancelled",
    stepId: "a",
    reason: "rejected",
  });
});

Deno.test("planNext() lets dependants of a rejected best-effort step run", () => {
  const state = createRunState([
    step("a", { criticality: "best-effort" }),
    step("b", { depends_on: ["a"] }),
  ]);
  ask(state, "a", "rejected");
  assert.deepEqual(ids(planNext(state, CONTEXT)), ["b"]);
});

Deno.test("planNext() drives every DAG of up to eight steps to an end, each step once", () => {
  const dag = fc.integer({ min: 1, max: 8 }).chain((n) =>
    fc.tuple(...Array.from({ length: n }, (_, i) =>
      fc.record({
        deps: fc.subarray(Array.from({ length: i }, (_, k) => k)),
        isCritical: fc.boolean(),
        fails: fc.boolean(),
      })))
  );
  fc.assert(fc.property(dag, (nodes) => {
    const definition = nodes.map((node, i) =>
      step(`s${i}`, {
        depends_on: node.deps.map((d) => `s${d}`),
        criticality: node.isCritical ? "critical" : "best-effort",
      })
    );
    const state = createRunState(definition);
    const started = new Map<string, number>();
    for (let turn = 0; turn <= nodes.length; turn++) {
      const plan = planNext(state, CONTEXT);
      if (plan.end !== null) {
        const failed = definition.some((s, i) =>
          nodes[i].isCritical && nodes[i].fails && started.has(s.id)
        );
        assert.equal(plan.end.as, failed ? "failed" : "completed");
        if (plan.end.as === "completed") assert.equal(started.size, nodes.length);
        assert.ok([...started.values()].every((n) => n === 1));
        return;
      }
      assert.ok(plan.starts.length > 0, "a run with open steps must start one");
      for (const { step: s } of plan.starts) {
        started.set(s.id, (started.get(s.id) ?? 0) + 1);
        end(state, s.id, nodes[Number(s.id.slice(1))].fails ? "failed" : "completed");
      }
    }
    assert.fail("no end within as many turns as steps");
  }));
});

Deno.test("planNext() starts no step before its dependencies ended, in whatever order steps end", () => {
  const runs = fc.integer({ min: 1, max: 8 }).chain((n) =>
    fc.record({
      deps: fc.tuple(...Array.from({ length: n }, (_, i) =>
        fc.subarray(Array.from({ length: i }, (_, k) =>
          `s${k}`)))),
      /** Which of the running steps ends next, and how. */
      turns: fc.array(
        fc.record({
          pick: fc.nat(),
          as: fc.constantFrom("completed" as const, "failed" as const, "skipped" as const),
        }),
        { minLength: n, maxLength: n },
      ),
    })
  );
  fc.assert(fc.property(runs, ({ deps, turns }) => {
    const state = createRunState(
      deps.map((depends_on, i) => step(`s${i}`, { depends_on, criticality: "best-effort" })),
    );
    const ended = new Set<string>();
    const running: string[] = [];
    for (const { pick, as } of turns) {
      for (const { step: started } of planNext(state, CONTEXT).starts) {
        assert.ok(started.depends_on.every((dep) => ended.has(dep)), `${started.id} came early`);
        state.steps.get(started.id)!.status = "running";
        running.push(started.id);
      }
      const [id] = running.splice(pick % running.length, 1);
      ended.add(id);
      end(state, id, as);
    }
    assert.deepEqual(planNext(state, CONTEXT).end, { as: "completed" });
  }));
});

Deno.test("visibleOutputs() shows ancestors and nothing else, null for one without output", () => {
  const state = createRunState([
    step("a"),
    step("b", { depends_on: ["a"] }),
    step("c", { depends_on: ["b"] }),
    step("x"),
  ]);
  end(state, "a", "completed", "A");
  end(state, "b", "skipped");
  end(state, "x", "completed", "X");
  assert.deepEqual(visibleOutputs(state, "c"), { b: null, a: "A" });
});
