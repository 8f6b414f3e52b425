import assert from "node:assert/strict";
import fc from "fast-check";
import { parseDefinition } from "../../../../supabase/functions/_shared/orchestrator/core/definition.ts";

const deps = (source: unknown) => parseDefinition(source).map((s) => [s.id, s.depends_on]);

Deno.test("parseDefinition() fills in the contract's defaults", () => {
  assert.deepEqual(parseDefinition([{ skill: "a" }]), [{
    id: "a",
    skill: "a",
    requires_context: [],
    requires_approval: false,
    criticality: "critical",
    available: true,
    depends_on: [],
    when: null,
    timeout_ms: 30_000,
    retry: { max_retries: 2, base_ms: 1000, factor: 2, max_ms: 4000, jitter: "none" },
    approval: { expires_minutes: 2880, on_expire: "reject", assignee: null },
    input: null,
  }]);
});

Deno.test("parseDefinition() fills the rest of a partly given policy in", () => {
  const [step] = parseDefinition([{
    skill: "a",
    retry: { max_retries: 0 },
    approval: { on_expire: "fail" },
  }]);
  assert.deepEqual([step.retry.max_retries, step.retry.base_ms], [0, 1000]);
  assert.deepEqual([step.approval.on_expire, step.approval.expires_minutes], ["fail", 2880]);
});

Deno.test("parseDefinition() runs steps in list order when none declares depends_on", () => {
  assert.deepEqual(deps([{ skill: "a" }, { skill: "b", depends_on: null }, { skill: "c" }]), [
    ["a", []],
    ["b", ["a"]],
    ["c", ["b"]],
  ]);
});

Deno.test("parseDefinition() makes undeclared steps roots as soon as one declares depends_on", () => {
  assert.deepEqual(deps([{ skill: "a" }, { skill: "b" }, { skill: "c", depends_on: ["a"] }]), [
    ["a", []],
    ["b", []],
    ["c", ["a"]],
  ]);
});

Deno.test("parseDefinition() counts an empty depends_on as declared", () => {
  assert.deepEqual(deps([{ skill: "a", depends_on: [] }, { skill: "b" }]), [["a", []], ["b", []]]);
});

Deno.test("parseDefinition() lets a skill run twice under two ids", () => {
  assert.deepEqual(deps([{ skill: "a", id: "first" }, { skill: "a", id: "second" }]), [
    ["first", []],
    ["second", ["first"]],
  ]);
});

Deno.test("parseDefinition() takes a dependency on a later step", () => {
  assert.deepEqual(deps([{ skill: "a", depends_on: ["b"] }, { skill: "b" }]), [
    ["a", ["b"]],
    ["b", []],
  ]);
});

Deno.test("parseDefinition() takes 200 steps", () => {
  assert.equal(parseDefinition(many(200)).length, 200);
});

const REFUSED: readonly (readonly [string, unknown, RegExp])[] = [
  ["no list", { skill: "a" }, /expected array/],
  ["an empty list", [], /Too small/],
  ["201 steps", many(201), /Too big/],
  ["over 256 KiB", [{ skill: "a", input: { a: { value: "é".repeat(131_072) } } }], /256 KiB/],
  ["a step without a skill", [{ id: "a" }], /0\.skill/],
  ["a skill that is a path", [{ skill: "../admin" }], /0\.skill/],
  ["an unknown key", [{ skill: "a", depend_on: [] }], /depend_on/],
  ["an unknown key of a policy", [{ skill: "a", retry: { retries: 3 } }], /retries/],
  ["an unknown criticality", [{ skill: "a", criticality: "low" }], /0\.criticality/],
  ["a time-out over six minutes", [{ skill: "a", timeout_ms: 360_001 }], /0\.timeout_ms/],
  ["an id used twice", [{ skill: "a" }, { skill: "b", id: "a" }], /"a" is used twice/],
  ["a skill used twice without ids", [{ skill: "a" }, { skill: "a" }], /"a" is used twice/],
  ["an unknown dependency", [{ skill: "a", depends_on: ["b"] }], /"a" depends on "b", which is no/],
  ["a self-dependency", [{ skill: "a", depends_on: ["a"] }], /"a" depends on itself/],
  [
    "a cycle, printing it",
    [
      { skill: "x" },
      { skill: "a", depends_on: ["x", "c"] },
      { skill: "b", depends_on: ["a"] },
      { skill: "c", depends_on: ["b"] },
    ],
    /: a → c → b → a$/,
  ],
  [
    "a when that is no expression",
    [{ skill: "a", when: "event.type ==" }],
    /"a": when: Unexpected/,
  ],
  [
    "a when over a name that is not there",
    [{ skill: "a", when: "output.x == 1" }],
    /"a": when: Unknown variable: output/,
  ],
  ["a when that is no truth", [{ skill: "a", when: "1 + 1" }], /"a": when: .*not true or false/],
  ["an input path that cannot be read", [{ skill: "a", input: { x: "event..y" } }], /"a": input: /],
  ["an input rule of another kind", [{ skill: "a", input: { x: 7 } }], /"a": input: /],
];

for (const [name, source, reason] of REFUSED) {
  Deno.test(`parseDefinition() refuses ${name}`, () => {
    assert.throws(() => parseDefinition(source), (error: { code?: string; message: string }) => {
      assert.equal(error.code, "invalid_definition");
      assert.match(error.message, reason);
      return true;
    });
  });
}

Deno.test("parseDefinition() names path and rule of every field that is wrong", () => {
  assert.throws(
    () => parseDefinition([{ skill: "A B" }, { skill: "b", timeout_ms: 0 }]),
    (error: { details: readonly { path: string }[] }) => {
      assert.deepEqual(error.details.map((d) => d.path), ["0.skill", "1.timeout_ms"]);
      return true;
    },
  );
});

Deno.test("parseDefinition() reads its own result as the same definition", () => {
  const sources = fc.integer({ min: 1, max: 8 }).chain((n) =>
    fc.tuple(...Array.from({ length: n }, (_, i) =>
      fc.record({
        skill: fc.constant(`s${i}`),
        depends_on: fc.subarray(Array.from({ length: i }, (_, k) => `s${k}`)),
        criticality: fc.constantFrom("critical", "best-effort"),
      })))
  );
  fc.assert(fc.property(sources, (source) => {
    const parsed = parseDefinition(source);
    assert.deepEqual(parseDefinition(parsed), parsed);
  }));
});

function many(count: number) {
  return Array.from({ length: count }, (_, i) => ({ skill: `s${i}` }));
}
