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

/** Every effect there was: changed rows, lines of the feed, deliveries, events and what left the house. */
async function countEffects(world: SkillWorld): Promise<number> {
  const [{ changes }] = await world
    .sql`select (select count(*) from fleet_crm.applied_changes)::integer
      + (select count(*) from public.fleet_activity)::integer
      + (select count(*) from public.meeting_deliveries)::integer
      + (select count(*) from public.calendar_event_sources)::integer
      + (select count(*) from public.fleet_events)::integer as changes`;
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

  Deno.test(`${slug} rejects bad input`, () => {
    for (const input of BAD_INPUTS) {
      assert.equal(adapter.input.safeParse(input).success, false, JSON.stringify(input));
    }
  });

  // One database for the skill's whole life, in the order in which things happen to it.
  Deno.test(`${slug} keeps what every skill promises`, async (t) => {
    await using world = await createSkillWorld();
    const asked = await scenario.ask(world);

    await t.step("does nothing once it is aborted", async () => {
      const before = await countEffects(world);
      const reason = new Error("The lease is lost");
      await assert.rejects(
        world.perform(adapter, { ...asked, signal: AbortSignal.abort(reason) }),
        reason,
      );
      assert.equal(await countEffects(world), before);
    });

    const { outputs, proposed } = await world.perform(adapter, asked);
    const effects = await countEffects(world);

    await t.step("goes by the name and the effects of the catalogue", () => {
      assert.equal(adapter.skill, slug);
      assert.equal(adapter.effectMode, BUILT_SKILLS[slug as SkillSlug].effectMode);
      assert.equal(effects === 0, adapter.effectMode === "pure");
    });

    await t.step("answers in its own schema what can be stored", () => {
      assert.ok(outputs.length > 0);
      for (const output of outputs) {
        assert.deepEqual(adapter.output.parse(output), output);
        assert.deepEqual(toStorable(output, slug), output);
      }
      for (const { proposed: content } of proposed) {
        assert.deepEqual(toStorable(content, slug), content);
      }
    });

    await t.step("repeats under the same effect keys without further effects", async () => {
      await world.perform(adapter, { ...asked, attempt: 2 });
      assert.equal(await countEffects(world), effects);
    });

    for (const port of ["crm", "world"] as const) {
      await t.step(`fails with the error of a failing ${port} that it asks`, async () => {
        const failure = new Error(`The ${port} is away`);
        world.fail[port] = failure;
        world.used.clear();
        // Of what it read before, it may remember something.
        const thrown = await world.perform(adapter, { ...asked, jobId: crypto.randomUUID() })
          .then(() => null, (error) => error);
        assert.equal(thrown, world.used.has(port) ? failure : null);
        delete world.fail[port];
      });
    }
  });
}
