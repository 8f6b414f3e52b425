import assert from "node:assert/strict";
import { RetryableError } from "../../../supabase/functions/_shared/orchestrator/core/errors.ts";
import { loadContext } from "../../../supabase/functions/_shared/orchestrator/context.ts";
import type {
  FleetEvent,
  JsonObject,
} from "../../../supabase/functions/_shared/orchestrator/types.ts";
import type { CrmPort } from "../../../supabase/functions/_shared/ports/crm.ts";
import { createCrmWorld, type OrgRows } from "./_world.ts";

const TIERS = ["tier1", "tier2"];

function eventOf(rows: OrgRows, payload: JsonObject): FleetEvent {
  const id = crypto.randomUUID();
  return {
    id,
    type: "meeting_ended",
    source: "test",
    org_id: rows.org,
    user_id: rows.user,
    payload,
    depth: 0,
    root_event_id: id,
    parent_job_id: null,
  };
}

Deno.test("loadContext() reads every part on the real schema, without a warning (fault 9)", async () => {
  await using world = await createCrmWorld();
  const { a } = world;
  const { context, warnings } = await loadContext(
    world.crm(),
    eventOf(a, { meeting_id: a.meeting, contact_id: a.contact, deal_id: a.deal }),
    TIERS,
  );
  assert.deepEqual(warnings, []);
  assert.deepEqual(
    [context.org?.id, context.user?.id, context.contact?.id, context.company?.id, context.deal?.id],
    [a.org, a.user, a.contact, a.company, a.deal],
  );
});

Deno.test("loadContext() shows a run no row of another organisation, whatever its payload names (fault 6)", async () => {
  await using world = await createCrmWorld();
  const { a, b } = world;
  const { context } = await loadContext(
    world.crm(),
    eventOf(a, { meeting_id: b.meeting, contact_id: b.contact, deal_id: b.deal }),
    TIERS,
  );
  const text = JSON.stringify(context);
  for (const id of [b.org, b.user, b.contact, b.company, b.deal, b.meeting, b.task]) {
    assert.ok(!text.includes(id), id);
  }
});

Deno.test("loadContext() answers a failing CRM with a warning per read and never throws (fault 39)", async () => {
  const broken = new Proxy({}, {
    get: () => () =>
      Promise.reject(new RetryableError("crm_unavailable", "The CRM did not answer")),
  }) as CrmPort;
  const rows = { org: crypto.randomUUID(), user: crypto.randomUUID() } as OrgRows;
  const { context, warnings } = await loadContext(
    broken,
    eventOf(rows, { meeting_id: crypto.randomUUID() }),
    TIERS,
  );
  assert.equal(context.org, null);
  assert.deepEqual(
    warnings.map((warning) => warning.includes("crm_unavailable")),
    warnings.map(() => true),
  );
  assert.ok(warnings.length >= 3);
});
