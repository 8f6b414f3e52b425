import assert from "node:assert/strict";
import {
  effectiveHandoffs,
  type HandoffRoute,
  planHandoffs,
} from "../../../../supabase/functions/_shared/orchestrator/core/handoffs.ts";
import type {
  FleetEvent,
  Json,
  JsonObject,
} from "../../../../supabase/functions/_shared/orchestrator/types.ts";

const ORG = "0a000000-0000-4000-8000-000000000001";

const EVENT: FleetEvent = {
  id: "e1",
  type: "meeting_ended",
  source: "test",
  org_id: ORG,
  user_id: null,
  payload: { meeting_id: "m-event", contact_id: "c-event" },
  depth: 0,
  root_event_id: "e1",
  parent_job_id: null,
};

function route(overrides: Partial<HandoffRoute> = {}): HandoffRoute {
  return {
    key: "k",
    org_id: null,
    source_step_skill: "detect-intents",
    target_event_type: "proposal_generation",
    for_each: null,
    context_mapping: {},
    conditions: {},
    dedupe: null,
    delay_minutes: 0,
    is_active: true,
    ...overrides,
  };
}

function plan(
  routes: readonly HandoffRoute[],
  outputs: Readonly<Record<string, Json>>,
  more: { readonly entities?: JsonObject; readonly skills?: Readonly<Record<string, string>> } = {},
) {
  return planHandoffs({
    routes,
    event: EVENT,
    entities: more.entities ?? {},
    outputs: new Map(
      Object.entries(outputs).map(([id, output]) => [
        id,
        { skill: more.skills?.[id] ?? id, output },
      ]),
    ),
  });
}

Deno.test("effectiveHandoffs() lets an organisation's row hide the platform's of its key", () => {
  const own = route({ org_id: ORG, target_event_type: "own" });
  assert.deepEqual(effectiveHandoffs([route(), own]), [own]);
});

Deno.test("effectiveHandoffs() lets an inactive row of the organisation switch the platform's off", () => {
  assert.deepEqual(effectiveHandoffs([route(), route({ org_id: ORG, is_active: false })]), []);
});

Deno.test("effectiveHandoffs() keeps the platform's rows of other keys, in order of key", () => {
  const rows = [route({ key: "b" }), route({ key: "a" }), route({ key: "c", org_id: ORG })];
  assert.deepEqual(effectiveHandoffs(rows).map((r) => r.key), ["a", "b", "c"]);
});

Deno.test("planHandoffs() raises one event for a step that ran with the source skill", () => {
  const { followups } = plan([route({ delay_minutes: 5 })], { "detect-intents": {}, other: {} });
  assert.deepEqual(followups.map((f) => [f.key, f.type, f.delay_minutes]), [
    ["detect-intents:k:0", "proposal_generation", 5],
  ]);
});

Deno.test("planHandoffs() raises nothing when no step ran with the source skill", () => {
  assert.deepEqual(plan([route()], { other: {} }).followups, []);
});

Deno.test("planHandoffs() raises one event for each of two steps with the source skill", () => {
  const { followups } = plan([route()], { first: {}, second: {} }, {
    skills: { first: "detect-intents", second: "detect-intents" },
  });
  assert.deepEqual(followups.map((f) => f.key), ["first:k:0", "second:k:0"]);
});

Deno.test("planHandoffs() raises one event per item of for_each, conditions over the item", () => {
  const { followups } = plan(
    [route({
      for_each: "output.intents",
      conditions: { min_confidence: 0.5 },
      context_mapping: { quote: "item.quote" },
    })],
    {
      "detect-intents": {
        intents: [{ quote: "a", confidence: 0.9 }, { quote: "b", confidence: 0.1 }, {
          quote: "c",
          confidence: 0.6,
        }],
      },
    },
  );
  assert.deepEqual(followups.map((f) => [f.key, f.payload.quote]), [
    ["detect-intents:k:0", "a"],
    ["detect-intents:k:2", "c"],
  ]);
});

for (const [name, output] of [["absent", {}], ["no list", { intents: "x" }]] as const) {
  Deno.test(`planHandoffs() raises nothing when for_each is ${name}`, () => {
    const planned = plan([route({ for_each: "output.intents" })], { "detect-intents": output });
    assert.deepEqual(planned, { followups: [], warnings: [] });
  });
}

Deno.test("planHandoffs() reads historic conditions from the output", () => {
  const rows = [route({ conditions: { intent: "send_proposal" } })];
  assert.equal(plan(rows, { "detect-intents": { intent: "send_proposal" } }).followups.length, 1);
  assert.equal(plan(rows, { "detect-intents": { intent: "other" } }).followups.length, 0);
});

Deno.test("planHandoffs() shows event, output and item to a CEL condition", () => {
  const cel = "event.type == 'meeting_ended' && output.n == 1 && item.m == 2";
  const rows = [route({ for_each: "output.list", conditions: { cel } })];
  assert.equal(plan(rows, { "detect-intents": { n: 1, list: [{ m: 2 }] } }).followups.length, 1);
});

Deno.test("planHandoffs() counts a condition that errors as false and warns", () => {
  const planned = plan([route({ conditions: { cel: "output.x == 1" } })], { "detect-intents": {} });
  assert.deepEqual(planned, { followups: [], warnings: ["Hand-off k: No such key: x"] });
});

for (
  const [field, broken] of [
    ["for_each", route({ for_each: "output..list" })],
    ["dedupe", route({ dedupe: "item[" })],
    ["context_mapping", route({ context_mapping: { a: 7 } })],
  ] as const
) {
  Deno.test(`planHandoffs() warns of an unreadable ${field} and raises the other events`, () => {
    const { followups, warnings } = plan([broken, route({ key: "z" })], { "detect-intents": {} });
    assert.deepEqual(followups.map((f) => f.key), ["detect-intents:z:0"]);
    assert.match(warnings.join("\n"), /^Hand-off k: /);
  });
}

Deno.test("planHandoffs() makes one event of equal target and dedupe value", () => {
  const rows = [
    route({ key: "a", dedupe: "output.quote" }),
    route({ key: "b", dedupe: "output.quote" }),
  ];
  assert.deepEqual(
    plan(rows, { "detect-intents": { quote: "send it" } }).followups.map((f) => f.key),
    ["detect-intents:a:0"],
  );
});

Deno.test("planHandoffs() keeps equal dedupe values of different targets apart", () => {
  const rows = [
    route({ key: "a", dedupe: "output.quote" }),
    route({ key: "b", dedupe: "output.quote", target_event_type: "calendar_find_times" }),
  ];
  assert.equal(plan(rows, { "detect-intents": { quote: "send it" } }).followups.length, 2);
});

Deno.test("planHandoffs() does not dedupe where the dedupe path leads nowhere", () => {
  const rows = [route({ key: "a", dedupe: "output.x" }), route({ key: "b", dedupe: "output.x" })];
  assert.equal(plan(rows, { "detect-intents": {} }).followups.length, 2);
});

Deno.test("planHandoffs() lets a later row raise what an earlier one with its dedupe value was false for", () => {
  const rows = [
    route({ key: "a", dedupe: "output.quote", conditions: { cel: "false" } }),
    route({ key: "b", dedupe: "output.quote" }),
  ];
  assert.deepEqual(plan(rows, { "detect-intents": { quote: "q" } }).followups.map((f) => f.key), [
    "detect-intents:b:0",
  ]);
});

Deno.test("planHandoffs() carries unmapped entity ids over, the run's before the event's", () => {
  const { followups } = plan([route()], { "detect-intents": {} }, {
    entities: { deal_id: "d-run", contact_id: "c-run", company_id: null },
  });
  assert.deepEqual(followups[0].payload, {
    contact_id: "c-run",
    deal_id: "d-run",
    meeting_id: "m-event",
  });
});

Deno.test("planHandoffs() lets the mapping win over a carried id", () => {
  const rows = [route({ context_mapping: { contact_id: "output.contact_id" } })];
  const { followups } = plan(rows, { "detect-intents": { contact_id: "c-output" } });
  assert.equal(followups[0].payload.contact_id, "c-output");
});

Deno.test("planHandoffs() looks at 200 items and says how many it left", () => {
  const { followups, warnings } = plan(
    [route({ for_each: "output.list" })],
    { "detect-intents": { list: Array.from({ length: 5000 }, (_, n) => n) } },
  );
  assert.equal(followups.length, 200);
  assert.deepEqual(warnings, ["Hand-off k: 200 of 5000 items were looked at"]);
});

Deno.test("planHandoffs() lets no item's condition walk a list", () => {
  const { followups, warnings } = plan(
    [route({ for_each: "output.list", conditions: { cel: "output.list.exists(x, x == 1)" } })],
    { "detect-intents": { list: [1, 2] } },
  );
  assert.deepEqual([followups.length, warnings.length], [0, 2]);
});
