import assert from "node:assert/strict";
import fc from "fast-check";
import { cleanModelValue } from "../../../../supabase/functions/_shared/orchestrator/core/modelText.ts";

const MATERIAL = "Pat: see https://them.example/plan or write to pat@them.example, version 2.5";

const CLEANED: readonly (readonly [name: string, text: string, expected: string])[] = [
  [
    "a plain sentence",
    "We agreed on 2.5 seats, e.g. next week.",
    "We agreed on 2.5 seats, e.g. next week.",
  ],
  [
    "words that only look like it",
    "The database: Node.js, data: 3.5, a@b",
    "The database: Node.js, data: 3.5, a@b",
  ],
  ["the beginning of a known name", "See https://them.exam", "See [removed]"],
  ["an address of the material", "See https://them.example/plan", "See https://them.example/plan"],
  ["a mail address of the material", "Write to pat@them.example.", "Write to pat@them.example."],
  ["another address", "See https://evil.example/?q=secret now", "See [removed] now"],
  ["an address with more behind a known one", "https://them.example/plan?leak=1", "[removed]"],
  ["a Slack link", "<https://evil.example|your bank>", "<[removed] bank>"],
  ["a Markdown image", "Look ![x](https://evil.example/p.png?d=1)", "Look [removed])"],
  ["a known address with more behind a bracket", "https://them.example/plan(leak", "[removed]"],
  ["an address without a scheme", "<form action=//evil.example>", "<form [removed]>"],
  ["a script", "javascript:alert(1)", "[removed])"],
  ["a bare name", "Go to evil.com/login.", "Go to [removed]."],
  ["www", "www.evil.test is it", "[removed] is it"],
  ["a stranger's mail address", "Copy mallory@evil.test on it", "Copy [removed] on it"],
  ["hidden characters", "pay\u200b \u202enow\u2069\u{e0041}", "pay now"],
  ["an address broken by hidden characters", "ht\u200btps://evil.example", "[removed]"],
];

for (const [name, text, expected] of CLEANED) {
  Deno.test(`cleanModelValue() cleans ${name} (T18)`, () => {
    assert.equal(cleanModelValue(text, MATERIAL), expected);
    assert.deepEqual(cleanModelValue({ a: [text] }, MATERIAL), { a: [expected] });
  });
}

Deno.test("cleanModelValue() leaves a quote of the material alone, letter by letter", () => {
  const quote = "pay \u200bme at https://evil.example";
  assert.equal(cleanModelValue(quote, `Pat: ${quote}!`), quote);
});

Deno.test("cleanModelValue() keeps everything that is no text", () => {
  fc.assert(fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
    const noText = JSON.parse(JSON.stringify(value, (_, v) => typeof v === "string" ? "x" : v));
    assert.deepEqual(cleanModelValue(noText, ""), noText);
  }));
});

Deno.test("cleanModelValue() refuses what is nested without end", () => {
  let deep: unknown = 1;
  for (let i = 0; i < 10_000; i++) deep = [deep];
  assert.throws(() => cleanModelValue(deep, ""), { code: "too_deep" });
});

Deno.test("cleanModelValue() reads a long text of signs in one pass", () => {
  const startedAt = performance.now();
  for (const sign of ["a.", "@", "://", "www.", "x@y.", "-", "a-"]) {
    cleanModelValue(sign.repeat(20_000), "");
  }
  assert.ok(performance.now() - startedAt < 2000);
});
