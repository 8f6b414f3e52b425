import assert from "node:assert/strict";
import { toStorable } from "../../../../supabase/functions/_shared/orchestrator/core/storable.ts";

const circular: Record<string, unknown> = {};
circular.self = circular;

const REFUSED: readonly (readonly [string, unknown])[] = [
  ["a circular object", circular],
  ["a BigInt", { n: 1n }],
  ["NUL", { text: "a\0b" }],
  ["a lone surrogate", { text: "\ud800" }],
  ["a lone surrogate in a key", { "\udfff": 1 }],
  ["257 KiB", { text: "x".repeat(257 * 1024) }],
  ["over 256 KiB of bytes in fewer characters", { text: "€".repeat(90_000) }],
  ["a toJSON that throws", {
    toJSON: () => {
      throw new Error("no");
    },
  }],
];

for (const [name, value] of REFUSED) {
  Deno.test(`toStorable() refuses ${name}`, () => {
    assert.throws(() => toStorable(value, "output"), { code: "bad_output" });
  });
}

const KEPT: readonly (readonly [string, unknown, unknown])[] = [
  ["a pair of surrogates", "😀", "😀"],
  ["an escaped backslash before u0000", "\\u0000", "\\u0000"],
  ["undefined as null", undefined, null],
  ["NaN as null", { n: NaN }, { n: null }],
  ["a function as absent", { f: () => 1, a: 1 }, { a: 1 }],
];

for (const [name, value, expected] of KEPT) {
  Deno.test(`toStorable() keeps ${name}`, () => {
    assert.deepEqual(toStorable(value, "output"), expected);
  });
}
