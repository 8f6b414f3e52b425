import assert from "node:assert/strict";
import { cut } from "../../../../supabase/functions/_shared/orchestrator/core/cut.ts";

const CASES: readonly (readonly [text: string, maxLength: number, expected: string])[] = [
  ["short", 10, "short"],
  ["exactly", 7, "exactly"],
  ["longer", 4, "long"],
  ["ok 😀", 5, "ok 😀"],
  ["ok 😀", 4, "ok "],
  ["😀😀", 1, ""],
];

for (const [text, maxLength, expected] of CASES) {
  Deno.test(`cut() leaves "${expected}" of "${text}" within ${maxLength}`, () => {
    assert.equal(cut(text, maxLength), expected);
  });
}
