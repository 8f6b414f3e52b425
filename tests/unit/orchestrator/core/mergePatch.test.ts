import assert from "node:assert/strict";
import fc from "fast-check";
import { mergePatch } from "../../../../supabase/functions/_shared/orchestrator/core/mergePatch.ts";
import type { JsonObject } from "../../../../supabase/functions/_shared/orchestrator/types.ts";

/** Those of RFC 7396, appendix A, whose target and patch are objects, and a few of ours. */
const CASES: readonly (readonly [JsonObject, JsonObject, JsonObject])[] = [
  [{ a: "b" }, { a: "c" }, { a: "c" }],
  [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
  [{ a: "b" }, { a: null }, {}],
  [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
  [{ a: ["b"] }, { a: "c" }, { a: "c" }],
  [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
  [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
  [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  [{ a: "text" }, { a: { b: 1 } }, { a: { b: 1 } }],
  [{ a: [null] }, { a: [null, { b: null }] }, { a: [null, { b: null }] }],
  [{ a: 1 }, {}, { a: 1 }],
];

for (const [target, patch, expected] of CASES) {
  Deno.test(`mergePatch() turns ${JSON.stringify(target)} by ${JSON.stringify(patch)} into ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(mergePatch(target, patch), expected);
  });
}

for (const key of ["__proto__", "constructor", "prototype"]) {
  Deno.test(`mergePatch() ignores ${key}, at any depth`, () => {
    const patch = JSON.parse(
      `{"${key}": {"polluted": 1}, "a": {"${key}": {"polluted": 1}, "b": 2}}`,
    );
    const merged = mergePatch({ a: {} }, patch);
    assert.deepEqual(Object.keys(merged), ["a"]);
    assert.deepEqual(merged.a, { b: 2 });
    assert.equal((merged as { polluted?: number }).polluted, undefined);
    assert.equal(({} as { polluted?: number }).polluted, undefined);
  });
}

const objects = fc.dictionary(
  fc.string({ maxLength: 3 }).filter((key) => key !== "__proto__"),
  fc.jsonValue({ maxDepth: 2 }),
).map((value) => JSON.parse(JSON.stringify(value)) as JsonObject);

Deno.test("mergePatch() is idempotent and leaves its arguments alone", () => {
  fc.assert(fc.property(objects, objects, (target, patch) => {
    const before = JSON.stringify([target, patch]);
    const once = mergePatch(target, patch);
    assert.deepEqual(mergePatch(once, patch), once);
    assert.equal(JSON.stringify([target, patch]), before);
  }));
});
