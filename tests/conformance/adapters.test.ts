import assert from "node:assert/strict";
import { ADAPTER_REGISTRY } from "../../supabase/functions/_shared/orchestrator/adapters/index.ts";
import { toStorable } from "../../supabase/functions/_shared/orchestrator/core/storable.ts";
import { EVENT_SEQUENCES } from "../../supabase/functions/_shared/orchestrator/eventSequences.ts";
import { BUILT_SKILLS } from "../../supabase/functions/_shared/orchestrator/skillCatalogue.ts";
import type { TranscriptTurn } from "../../supabase/functions/_shared/ports/mod.ts";
import { INJECTION, TURNS } from "../adapters/meeting/salesCall.ts";
import { type ReadingRun, readingRun, talk } from "../adapters/readingRun.ts";
import { ADAPTERS, earlierOutputs, inputOf, perform, WORLD } from "./_perform.ts";

/** Turns whose every cut falls beside or inside a character of two units, many times over. */
const LONG_TURNS: readonly TranscriptTurn[] = Array.from({ length: 60 }, (_, n) => TURNS[n % 12])
  .map((turn, n) => ({
    ...turn,
    text: `${turn.text.replace(/[.?]$/, "")} ${"x".repeat(n % 2)}${"😀".repeat(300)}.`,
  }));
const LONG_TITLE = `x${"😀".repeat(200)}`;

const standard = await earlierOutputs(WORLD);
const long = await earlierOutputs({ ...WORLD, turns: LONG_TURNS }, LONG_TITLE);

function effectsOf({ changes, invitations, messages }: ReadingRun) {
  return [...changes, ...invitations, ...messages].map(({ effectKey }) => effectKey);
}

interface Quoted {
  readonly quote: string;
  readonly turn: unknown;
}

function quotesIn(value: unknown): Quoted[] {
  if (typeof value !== "object" || value === null) return [];
  const { quote, turn } = value as { quote?: unknown; turn?: unknown };
  const own = typeof quote === "string" ? [{ quote, turn }] : [];
  return [...own, ...Object.values(value).flatMap(quotesIn)];
}

const BAD_INPUTS: readonly unknown[] = [
  null,
  "meeting-1",
  {},
  { payload: "meeting-1", outputs: {}, context: {}, params: {} },
];

for (const [slug, adapter] of ADAPTERS) {
  Deno.test(`${slug} goes by the name and the effects of the catalogue`, async () => {
    assert.equal(adapter.skill, slug);
    assert.equal(adapter.effectMode, BUILT_SKILLS[slug].effectMode);
    const run = readingRun(WORLD);
    await perform(adapter, run.ctx, inputOf(standard));
    assert.equal(effectsOf(run).length === 0, adapter.effectMode === "pure");
  });

  Deno.test(`${slug} rejects bad input`, () => {
    for (const input of BAD_INPUTS) {
      assert.equal(adapter.input.safeParse(input).success, false, JSON.stringify(input));
    }
  });

  Deno.test(`${slug} answers a standard meeting within its own schema`, async () => {
    const { outputs } = await perform(adapter, readingRun(WORLD).ctx, inputOf(standard));
    assert.ok(outputs.length > 0);
    for (const output of outputs) {
      assert.deepEqual(adapter.output.parse(output), output);
      for (const { quote, turn } of quotesIn(output)) {
        if (typeof turn === "number") assert.ok(TURNS[turn]?.text.includes(quote), quote);
      }
    }
  });

  Deno.test(`${slug} answers long talk in short quotes that can be stored`, async () => {
    const run = readingRun({ ...WORLD, turns: LONG_TURNS });
    const { outputs, proposed } = await perform(adapter, run.ctx, inputOf(long, LONG_TITLE));
    for (const content of [...outputs, ...proposed]) {
      assert.deepEqual(toStorable(content, slug), content);
      for (const { quote } of quotesIn(content)) assert.ok(quote.length <= 300, slug);
    }
    for (const { change } of run.changes) assert.deepEqual(toStorable(change, slug), change);
  });

  Deno.test(`${slug} acts alike whatever the talk orders a machine to do`, async () => {
    const turns = [...TURNS, ...talk(INJECTION)];
    const ordered = readingRun({ ...WORLD, turns });
    const plain = readingRun(WORLD);
    const { outputs } = await perform(adapter, ordered.ctx, inputOf(standard));
    const expected = await perform(adapter, plain.ctx, inputOf(standard));
    assert.deepEqual(effectsOf(ordered), effectsOf(plain));
    // Coaching counts words, whoever they are meant for.
    if (slug !== "coaching-micro-feedback") assert.deepEqual(outputs, expected.outputs);
  });

  Deno.test(`${slug} repeats under the same effect keys without further effects`, async () => {
    const run = readingRun(WORLD);
    await perform(adapter, run.ctx, inputOf(standard));
    const effects = effectsOf(run);
    assert.equal(new Set(effects).size, effects.length);
    await perform(adapter, run.ctx, inputOf(standard));
    await perform(adapter, run.contextOf({ attempt: 2 }), inputOf(standard));
    assert.deepEqual(effectsOf(run), effects);
  });

  Deno.test(`${slug} does nothing once it is aborted`, async () => {
    const reason = new Error("The lease is lost");
    const run = readingRun({ ...WORLD, signal: AbortSignal.abort(reason) });
    await assert.rejects(perform(adapter, run.ctx, inputOf(standard)), reason);
    assert.deepEqual(effectsOf(run), []);
  });

  Deno.test(`${slug} fails with the error of the port that fails`, async () => {
    const crmFailure = new Error("The database is away");
    const deliveryFailure = new Error("The vendor is away");
    const run = readingRun(WORLD);
    await perform(adapter, run.ctx, inputOf(standard));
    const failing = [
      [crmFailure, { crmFailure }, run.calls.includes("crm")],
      [deliveryFailure, { deliveryFailure }, run.calls.some((call) => call !== "crm")],
    ] as const;
    for (const [failure, world, isUsed] of failing) {
      const again = perform(adapter, readingRun({ ...WORLD, ...world }).ctx, inputOf(standard));
      if (isUsed) await assert.rejects(again, failure);
      else await again;
    }
  });
}

Deno.test("EVENT_SEQUENCES names no skill that is not built", () => {
  const known = new Set<string>(Object.keys(ADAPTER_REGISTRY));
  for (const { sequenceKey, steps } of Object.values(EVENT_SEQUENCES)) {
    for (const { skill } of steps) assert.ok(known.has(skill), `${sequenceKey}: ${skill}`);
  }
});
