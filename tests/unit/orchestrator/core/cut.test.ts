import assert from "node:assert/strict";
import { clip, cut } from "../../../../supabase/functions/_shared/orchestrator/core/cut.ts";

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

const CLIPPED: readonly (readonly [text: string, max: number, expected: string])[] = [
  ["one two", 7, "one two"],
  ["one two three", 9, "one two…"],
  ["unbreakable", 5, "unbr…"],
  ["a unbreakable", 8, "a unbre…"],
  ["ok 😀😀", 5, "ok …"],
];

for (const [text, max, expected] of CLIPPED) {
  Deno.test(`clip() makes "${expected}" of "${text}" within ${max}`, () => {
    assert.equal(clip(text, max), expected);
    assert.ok(expected.length <= max);
  });
}
