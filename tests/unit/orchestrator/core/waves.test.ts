import assert from "node:assert/strict";
import fc from "fast-check";
import { planWaves } from "../../../../supabase/functions/_shared/orchestrator/core/waves.ts";

type Node = { readonly id: string; readonly depends_on: readonly string[] };

/** Any DAG of up to 12 steps, in any order of listing. */
const dags = fc.integer({ min: 0, max: 12 }).chain((n) =>
  fc.tuple(
    ...Array.from(
      { length: n },
      (_, i) => fc.subarray(Array.from({ length: i }, (_, k) => `s${k}`)),
    ),
  )
).chain((deps) => {
  const nodes: Node[] = deps.map((depends_on, i) => ({ id: `s${i}`, depends_on }));
  return fc.shuffledSubarray(nodes, { minLength: nodes.length });
});

Deno.test("planWaves() puts every step into exactly one wave", () => {
  fc.assert(fc.property(dags, (nodes) => {
    assert.deepEqual(planWaves(nodes).flat().sort(), nodes.map((n) => n.id).sort());
  }));
});

Deno.test("planWaves() puts a step exactly one wave after the last of its dependencies", () => {
  fc.assert(fc.property(dags, (nodes) => {
    const wave = new Map(planWaves(nodes).flatMap((ids, w) => ids.map((id) => [id, w])));
    for (const { id, depends_on } of nodes) {
      assert.equal(wave.get(id), Math.max(-1, ...depends_on.map((dep) => wave.get(dep)!)) + 1);
    }
  }));
});

Deno.test("planWaves() leaves no wave empty", () => {
  fc.assert(fc.property(dags, (nodes) => {
    assert.ok(planWaves(nodes).every((ids) => ids !== undefined && ids.length > 0));
  }));
});

const CYCLES: readonly (readonly [string, readonly Node[]])[] = [
  ["a → a", [{ id: "a", depends_on: ["a"] }]],
  ["a → b → a", [{ id: "a", depends_on: ["b"] }, { id: "b", depends_on: ["a"] }]],
  ["b → c → d → b", [
    { id: "a", depends_on: ["b"] },
    { id: "b", depends_on: ["c"] },
    { id: "c", depends_on: ["d"] },
    { id: "d", depends_on: ["b"] },
  ]],
];

for (const [cycle, nodes] of CYCLES) {
  Deno.test(`planWaves() refuses the cycle ${cycle} and prints nothing but it`, () => {
    assert.throws(() => planWaves(nodes), {
      code: "invalid_definition",
      message: `The steps depend on each other: ${cycle}`,
    });
  });
}

Deno.test("planWaves() takes a chain of 200 steps and 200 steps side by side", () => {
  const chain = Array.from({ length: 200 }, (_, i) => ({
    id: `s${i}`,
    depends_on: i === 0 ? [] : [`s${i - 1}`],
  }));
  assert.equal(planWaves(chain.toReversed()).length, 200);
  assert.equal(planWaves(chain.map((n) => ({ ...n, depends_on: [] }))).length, 1);
});
