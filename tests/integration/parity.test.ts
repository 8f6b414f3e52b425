import assert from "node:assert/strict";
import { UPKEEP_SEQUENCES } from "../../supabase/functions/_shared/orchestrator/upkeepSequences.ts";
import { EVENT_SEQUENCES } from "../../supabase/functions/_shared/orchestrator/eventSequences.ts";
import { HANDOFF_ROUTES } from "../../supabase/functions/_shared/orchestrator/handoffRoutes.ts";
import { connect } from "../../supabase/functions/_shared/db/client.ts";
import { INTENT_ACTIONS } from "../../supabase/functions/_shared/orchestrator/intentActionRegistry.ts";
import { BUILT_SKILLS } from "../../supabase/functions/_shared/orchestrator/skillCatalogue.ts";
import { createIntentStore } from "../../supabase/functions/_shared/orchestrator/store/intents.ts";
import { createSystemClock } from "../../supabase/functions/_shared/providers/clock.ts";
import { ADAPTER_REGISTRY } from "../../supabase/functions/_shared/orchestrator/adapters/index.ts";
import { parseDefinition } from "../../supabase/functions/_shared/orchestrator/core/definition.ts";
import { MEETING_PROVIDERS } from "../../supabase/functions/webhook-meeting/providers/index.ts";
import { freshDatabase } from "../support/database.ts";

const byName = <Value>(rows: readonly (readonly [string, Value])[]) =>
  Object.fromEntries([...rows].sort(([a], [b]) => (a < b ? -1 : 1)));

Deno.test("platform routes equal eventSequences.ts, in both directions", async () => {
  await using db = await freshDatabase({ packs: "core", seed: false });
  const rows = await db.sql`select event_type, sequence_key, scope, is_active, fan_out, conditions
    from public.fleet_event_routes where org_id is null`;
  assert.deepEqual(
    byName(rows.map((row) => [row.event_type as string, { ...row }] as const)),
    byName(
      Object.entries(EVENT_SEQUENCES).map(([type, sequence]) =>
        [type, {
          event_type: type,
          sequence_key: sequence.sequenceKey,
          scope: sequence.scope,
          is_active: true,
          fan_out: false,
          conditions: null,
        }] as const
      ),
    ),
  );
});

Deno.test("platform definitions equal eventSequences.ts, in both directions", async () => {
  await using db = await freshDatabase({ packs: "core", seed: false });
  const rows = await db.sql`select sequence_key, steps from public.fleet_sequence_definitions
    where org_id is null and is_active`;
  assert.deepEqual(
    byName(rows.map((row) => [row.sequence_key as string, parseDefinition(row.steps)] as const)),
    byName(
      Object.values(EVENT_SEQUENCES).map((sequence) =>
        [sequence.sequenceKey, parseDefinition(sequence.steps)] as const
      ),
    ),
  );
});

Deno.test("platform hand-offs equal handoffRoutes.ts, in both directions", async () => {
  await using db = await freshDatabase({ packs: "core", seed: false });
  const rows = await db.sql`select key, source_sequence_key, source_step_skill, target_event_type,
      for_each, context_mapping, conditions, dedupe, delay_minutes, is_active
    from public.fleet_handoff_routes where org_id is null`;
  const pick = (route: Readonly<Record<string, unknown>>) => ({
    key: route.key,
    source_sequence_key: route.source_sequence_key,
    source_step_skill: route.source_step_skill,
    target_event_type: route.target_event_type,
    for_each: route.for_each ?? null,
    context_mapping: route.context_mapping ?? null,
    conditions: route.conditions ?? null,
    dedupe: route.dedupe ?? null,
    delay_minutes: route.delay_minutes ?? 0,
    is_active: route.is_active ?? true,
  });
  assert.deepEqual(
    byName(rows.map((row) => [row.key as string, pick(row)] as const)),
    byName(
      HANDOFF_ROUTES.map((route) =>
        [route.key, pick(route as unknown as Record<string, unknown>)] as const
      ),
    ),
  );
});

Deno.test("fleet_skills lists the 47 skills, the two of agents and those of upkeep, each with an adapter", async () => {
  await using db = await freshDatabase({ packs: "core", seed: false });
  const rows = await db.sql`select skill, effect_mode, is_active from public.fleet_skills`;
  assert.equal(rows.length, Object.keys(BUILT_SKILLS).length);
  assert.deepEqual(
    rows.filter((row) => row.is_active).map((row) => row.skill).sort(),
    Object.keys(ADAPTER_REGISTRY).sort(),
  );
  assert.deepEqual(
    rows.map((row) => row.skill).sort(),
    Object.keys(BUILT_SKILLS).sort(),
  );
  for (const { skill, effect_mode, is_active } of rows) {
    if (!is_active) continue;
    const adapter = ADAPTER_REGISTRY[skill as keyof typeof ADAPTER_REGISTRY];
    assert.deepEqual([skill, effect_mode], [skill, adapter.effectMode]);
  }
});

Deno.test("platform intent actions equal intentActionRegistry.ts, in both directions", async () => {
  await using db = await freshDatabase({ packs: "core", seed: false });
  const [{ value }] = await db
    .sql`select fleet.list_intent_actions('00000000-0000-4000-8000-000000000001') as value`;
  const rows = (value as readonly Record<string, unknown>[]).map(
    ({ intent, is_active, ...row }) => {
      assert.equal(is_active, true);
      return [intent as string, row] as const;
    },
  );
  assert.deepEqual(byName(rows), byName(Object.entries(INTENT_ACTIONS)));
});

Deno.test("an organisation overrides or switches off an intent, and a missing table falls back to code", async () => {
  await using db = await freshDatabase({ packs: "core", seed: false });
  const org = crypto.randomUUID();
  await db
    .sql`insert into public.fleet_intent_actions (org_id, intent, confidence_threshold, signal_type, is_active)
    values (${org}, 'general', 0.95, 'own_signal', true), (${org}, 'send_content', 0.7, 'off', false)`;
  const sql = connect(db.workerUrl, { max: 1 });
  try {
    const intents = createIntentStore({ sql, clock: createSystemClock() });
    const own = await intents.list(org);
    assert.deepEqual([own.general.confidence_threshold, own.general.signal_type], [
      0.95,
      "own_signal",
    ]);
    assert.equal(own.send_content, undefined);
    assert.deepEqual(own.send_proposal, INTENT_ACTIONS.send_proposal);
    await db.sql`drop table public.fleet_intent_actions cascade`;
    assert.deepEqual(await intents.list(org), INTENT_ACTIONS);
  } finally {
    await sql.end({ timeout: 1 });
  }
});

Deno.test("lists leave out the runs of upkeep, but a recording that is fetched, and those that failed", async () => {
  await using db = await freshDatabase({ packs: "core", seed: false });
  const rows = await db.sql`select key from unnest(${Object.keys(EVENT_SEQUENCES)}::text[]) key
    where fleet.is_upkeep(key) order by key`;
  assert.deepEqual(
    rows.map(({ key }) => key),
    Object.keys(UPKEEP_SEQUENCES).filter((key) => key !== "meeting_recorded").sort(),
  );
});

Deno.test("an endpoint is saved for each provider that a door knows, and for no other", async () => {
  await using db = await freshDatabase({ packs: "core", seed: false });
  const save = (provider: string) =>
    db.sql`insert into public.fleet_webhook_endpoints (org_id, provider)
      values (fleet.new_id(), ${provider})`;
  const mailDoor = await Deno.readTextFile(
    new URL("../../supabase/functions/webhook-email/routes.ts", import.meta.url),
  );
  const mailProviders = [...mailDoor.matchAll(/^ +case "([a-z-]+)":$/gm)].map(([, name]) => name);
  assert.ok(mailProviders.includes("gmail"));
  for (const provider of [...MEETING_PROVIDERS.keys(), ...mailProviders]) await save(provider);
  await assert.rejects(save("zoom"), { constraint_name: "provider_is_known" });
});
