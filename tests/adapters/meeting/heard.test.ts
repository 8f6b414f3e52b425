import assert from "node:assert/strict";
import process from "node:process";
import fc from "fast-check";
import {
  heardTurns,
  squash,
} from "../../../supabase/functions/_shared/orchestrator/adapters/meeting/_heard.ts";
import { toStorable } from "../../../supabase/functions/_shared/orchestrator/core/storable.ts";
import { ADAPTERS, inputOf, perform, WORLD } from "../../conformance/_perform.ts";
import { readingRun } from "../readingRun.ts";

const SQUASHED: readonly (readonly [text: string, squashed: string])[] = [
  ["Well, okay. I'll send it on Friday!", "Well, okay. I'll send it on Friday!"],
  ["a line\nand another", "a line\nand another"],
  ["okay   then", "okay then"],
  ["well....... okay", "well... okay"],
  ["no!!!!", "no!!!"],
  ["x" + "y".repeat(200), "x" + "y".repeat(79)],
];

for (const [text, expected] of SQUASHED) {
  Deno.test(`squash() makes ${JSON.stringify(expected.slice(0, 40))}`, () => {
    assert.equal(squash(text), expected);
  });
}

Deno.test("squash() leaves no run that a pattern could stumble over, and no half character", () => {
  fc.assert(fc.property(
    fc.string({ unit: "binary", maxLength: 12 }),
    fc.integer({ min: 1, max: 400 }),
    (unit, times) => {
      const text = squash(unit.repeat(times));
      assert.equal(/\s{2}|\S{81}|([^\s\p{L}\p{N}])\1{5}/u.test(text), false);
      if (unit.isWellFormed()) assert.equal(text.isWellFormed(), true);
    },
  ));
});

Deno.test("heardTurns() reads a whole meeting and stops at what no meeting has", () => {
  const turns = (count: number, speakers: number, length: number) =>
    Array.from({ length: count }, (_, n) => ({
      speaker: `S${n % speakers}`,
      t_seconds: n,
      text: "word ".repeat(length / 5),
    }));
  assert.equal(heardTurns(turns(2000, 8, 40)).length, 2000);
  assert.equal(heardTurns(turns(50_000, 2, 5)).length, 10_000);
  assert.equal(heardTurns(turns(1000, 1000, 5)).length, 200);
  assert.equal(heardTurns(turns(100, 2, 20_000)).length, 12);
});

/** Said again and again, up to the most that is read. */
const REPEATED = [
  "I'll send you the deck by Friday. ",
  "I will send you the pricing sheet by Friday and ",
  "Aaa Bbb ",
  "um ",
  ". ",
  "\n",
];
/** The platform ends a request at 2,000 ms; a machine may be slow. */
const CPU_LIMIT_MS = 4000;

for (const phrase of REPEATED) {
  Deno.test(`every skill gets through 240,000 characters of ${JSON.stringify(phrase)}`, async () => {
    const text = phrase.repeat(Math.ceil(20_000 / phrase.length)).slice(0, 20_000);
    const turns = Array.from({ length: 12 }, (_, n) => ({
      speaker: n % 2 === 0 ? "Dana" : "Sam",
      t_seconds: n,
      text,
    }));
    const outputs: Record<string, never> = {};
    for (const [slug, adapter] of ADAPTERS) {
      const before = process.cpuUsage();
      const done = await perform(adapter, readingRun({ ...WORLD, turns }).ctx, inputOf(outputs));
      const { user, system } = process.cpuUsage(before);
      outputs[slug] = done.outputs[0] as never;
      assert.ok((user + system) / 1000 < CPU_LIMIT_MS, `${slug}: ${(user + system) / 1000} ms`);
    }
  });
}

/** Endless different promises, each of its own words. */
function endlessPromises() {
  const word = (seed: number) => {
    let rest = (seed + 1) * 2654435761 % 2 ** 32, text = "";
    for (let at = 0; at < 6; at++, rest = Math.floor(rest / 12)) {
      text += "bcdfglmnprst"[rest % 12] + "aeiou"[rest % 5];
    }
    return text;
  };
  return Array.from({ length: 2600 }, (_, n) => ({
    speaker: n % 2 === 0 ? "Dana" : "Sam",
    t_seconds: n,
    text: `I'll send you the ${word(n)} ${word(n * 7)} report by Friday. I love this ${
      word(n * 13)
    }.`,
  }));
}

for (const slug of ["extract-action-items", "detect-intents"] as const) {
  Deno.test(`${slug} stays storable whatever a transcript promises, and says what it left out`, async () => {
    const adapter = ADAPTERS.find(([name]) => name === slug)![1];
    const run = readingRun({ ...WORLD, turns: endlessPromises() });
    const { outputs: [output] } = await perform(adapter, run.ctx, inputOf({}));
    assert.doesNotThrow(() => toStorable(output, slug));
    assert.ok(run.warnings.some((warning) => /the surest \d+ are kept/.test(warning)));
  });
}
