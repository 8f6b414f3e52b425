/** What every skill outside the meeting and calendar sequences must hold, on a real database. */
import assert from "node:assert/strict";
import { toStorable } from "../../supabase/functions/_shared/orchestrator/core/storable.ts";
import { ADAPTER_REGISTRY } from "../../supabase/functions/_shared/orchestrator/adapters/index.ts";
import type { SkillAdapter } from "../../supabase/functions/_shared/orchestrator/adapters/defineAdapter.ts";
import {
  BUILT_SKILLS,
  type SkillSlug,
} from "../../supabase/functions/_shared/orchestrator/skillCatalogue.ts";
import { createSkillWorld, type SkillWorld } from "../support/skillWorld.ts";
import { ADAPTERS } from "./_perform.ts";
import { SCENARIOS } from "./scenarios/index.ts";

/** Every effect there was: changed rows, lines of the feed and what left the house. */
async function countEffects(world: SkillWorld): Promise<number> {
  const [{ changes }] = await world
    .sql`select (select count(*) from fleet_crm.applied_changes)::integer
      + (select count(*) from public.fleet_activity)::integer as changes`;
  return changes + world.sent.length;
}

const BAD_INPUTS: readonly unknown[] = [
  null,
  "payload",
  { payload: "meeting-1", outputs: {}, context: {}, params: {} },
];

Deno.test("every built skill has a scenario here or reads the standard meeting", () => {
  const covered = [...ADAPTERS.map(([slug]) => slug), ...Object.keys(SCENARIOS)];
  assert.deepEqual(covered.sort(), Object.keys(ADAPTER_REGISTRY).sort());
});

for (const [slug, scenario] of Object.entries(SCENARIOS)) {
  const adapter: SkillAdapter = ADAPTER_REGISTRY[slug as SkillSlug];

  Deno.test(`${slug} goes by the name and the effects of the catalogue`, async () => {
    await using world = await createSkillWorld();
    const asked = await scenario.ask(world);
    assert.equal(adapter.skill, slug);
    assert.equal(adapter.effectMode, BUILT_SKILLS[slug as SkillSlug].effectMode);
    await world.perform(adapter, asked);
    assert.equal(await countEffects(world) === 0, adapter.effectMode === "pure");
  });

  Deno.test(`${slug} rejects bad input`, () => {
    for (const input of BAD_INPUTS) {
      assert.equal(adapter.input.safeParse(input).success, false, JSON.stringify(input));
    }
  });

  Deno.test(`${slug} answers in its own schema what can be stored`, async () => {
    await using world = await createSkillWorld();
    const { outputs, proposed } = await world.perform(adapter, await scenario.ask(world));
    assert.ok(outputs.length > 0);
    for (const output of outputs) {
      assert.deepEqual(adapter.output.parse(output), output);
      assert.deepEqual(toStorable(output, slug), output);
    }
    for (const { proposed: content } of proposed) {
      assert.deepEqual(toStorable(content, slug), content);
    }
  });

  Deno.test(`${slug} repeats under the same effect keys without further effects`, async () => {
    await using world = await createSkillWorld();
    const asked = await scenario.ask(world);
    await world.perform(adapter, asked);
    const effects = await countEffects(world);
    await world.perform(adapter, { ...asked, attempt: 2 });
    assert.equal(await countEffects(world), effects);
  });

  Deno.test(`${slug} does nothing once it is aborted`, async () => {
    await using world = await createSkillWorld();
    const asked = await scenario.ask(world);
    const before = await countEffects(world);
    const reason = new Error("The lease is lost");
    await assert.rejects(
      world.perform(adapter, { ...asked, signal: AbortSignal.abort(reason) }),
      reason,
    );
    assert.equal(await countEffects(world), before);
  });

  Deno.test(`${slug} fails with the error of the port that fails`, async () => {
    await using world = await createSkillWorld();
    const asked = await scenario.ask(world);
    for (const port of ["crm", "world"] as const) {
      const failure = new Error(`The ${port} is away`);
      world.used.clear();
      await world.perform(adapter, asked);
      const isUsed = world.used.has(port);
      world.fail[port] = failure;
      const again = world.perform(adapter, { ...asked, jobId: crypto.randomUUID() });
      if (isUsed) await assert.rejects(again, failure);
      else await again;
      delete world.fail[port];
    }
  });
}
