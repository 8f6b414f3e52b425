import assert from "node:assert/strict";
import fc from "fast-check";
import {
  ancestorsOf,
  approvalsOf,
  createRunState,
  hasEnded,
  visibleOutputs,
  writersOf,
} from "../../../../supabase/functions/_shared/orchestrator/core/runState.ts";
import type { StepStatus } from "../../../../supabase/functions/_shared/orchestrator/types.ts";
import { step } from "../../../support/steps.ts";

Deno.test("createRunState() begins with every step pending and unattempted", () => {
  const state = createRunState([step("a"), step("b")]);
  assert.deepEqual([...state.steps].map(([id, s]) => [id, s.status, s.attempts, s.output]), [
    ["a", "pending", 0, null],
    ["b", "pending", 0, null],
  ]);
});

const ENDED: readonly (readonly [StepStatus, "critical" | "best-effort", boolean])[] = [
  ["pending", "critical", false],
  ["running", "critical", false],
  ["retrying", "best-effort", false],
  ["waiting_approval", "best-effort", false],
  ["completed", "critical", true],
  ["skipped", "critical", true],
  ["failed", "critical", false],
  ["failed", "best-effort", true],
];

for (const [status, criticality, expected] of ENDED) {
  Deno.test(`hasEnded() is ${expected} for a ${criticality} step that is ${status}`, () => {
    const state = createRunState([step("a", { criticality })]);
    state.steps.get("a")!.status = status;
    assert.equal(hasEnded(state, "a"), expected);
  });
}

Deno.test("hasEnded() is false for a step that is not there", () => {
  assert.equal(hasEnded(createRunState([step("a")]), "b"), false);
});

Deno.test("ancestorsOf() names each ancestor once, nearest first", () => {
  const state = createRunState([
    step("a"),
    step("b", { depends_on: ["a"] }),
    step("c", { depends_on: ["a"] }),
    step("d", { depends_on: ["b", "c"] }),
  ]);
  assert.deepEqual(ancestorsOf(state, "d"), ["b", "c", "a"]);
});

Deno.test("ancestorsOf() names exactly the steps a path leads to", () => {
  const deps = fc.integer({ min: 1, max: 8 }).chain((n) =>
    fc.tuple(
      ...Array.from({ length: n }, (_, i) => fc.subarray(Array.from({ length: i }, (_, k) => k))),
    )
  );
  fc.assert(fc.property(deps, (graph) => {
    const state = createRunState(
      graph.map((ks, i) => step(`s${i}`, { depends_on: ks.map((k) => `s${k}`) })),
    );
    const reach = graph.map(() => new Set<number>());
    graph.forEach((ks, i) => {
      for (const k of ks) reach[i] = reach[i].union(new Set([k])).union(reach[k]);
    });
    graph.forEach((_, i) =>
      assert.deepEqual(
        ancestorsOf(state, `s${i}`).toSorted(),
        [...reach[i]].map((k) => `s${k}`).sort(),
      )
    );
  }));
});

Deno.test("visibleOutputs() hides an output whose step is no declared ancestor", () => {
  const state = createRunState([step("a"), step("b"), step("c", { depends_on: ["b"] })]);
  Object.assign(state.steps.get("a")!, { status: "completed", output: { secret: true } });
  assert.deepEqual(visibleOutputs(state, "c"), { b: null });
});

Deno.test("writersOf() names the engines of a step and of those before it, code aside", () => {
  const state = createRunState([
    step("read"),
    step("draft", { depends_on: ["read"] }),
    step("send", { depends_on: ["draft"] }),
    step("beside"),
  ]);
  state.steps.get("read")!.engine = "rules";
  state.steps.get("draft")!.engine = "test:model";
  state.steps.get("send")!.engine = "code";
  state.steps.get("beside")!.engine = "other:model";
  assert.deepEqual(["send", "read", "beside"].map((id) => writersOf(state, id)), [
    "test:model, rules",
    "rules",
    "other:model",
  ]);
  state.steps.get("read")!.engine = null;
  assert.equal(writersOf(createRunState([step("a")]), "a"), "code");
});

Deno.test("approvalsOf() lists a step's own approvals in the order they were asked", () => {
  const state = createRunState([step("a"), step("b")]);
  for (const [id, step_id, ordinal] of [["2", "a", 1], ["1", "a", 0], ["3", "b", 0]] as const) {
    state.approvals.set(id, {
      id,
      step_id,
      ordinal,
      action_type: "send",
      proposed: {},
      content_sha256: "0".repeat(64),
      status: "pending",
      on_expire: "reject",
      decided_by: null,
      assignee_user_id: null,
      feedback: null,
      revises: null,
      round: 0,
      hold_ms: 0,
    });
  }
  assert.deepEqual(approvalsOf(state, "a").map((a) => a.id), ["1", "2"]);
});
