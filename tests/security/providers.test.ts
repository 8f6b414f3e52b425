/**
 * What a provider that lost its mind, or its signing secret, may send (T31): bodies signed as they should be and wrong
 * in every field. Each provider of the meeting door answers 4xx, or that it ignores them, and never an error of ours.
 */
import assert from "node:assert/strict";
import { MEETING_PROVIDERS } from "../../supabase/functions/webhook-meeting/providers/index.ts";
import { goneWrong } from "../fuzz/bodies.ts";
import { type Doors, openDoors } from "../support/doors.ts";
import { SEED } from "../support/skillWorld.ts";
import {
  type Delivery,
  fathomBody,
  firefliesV1Body,
  firefliesV2Body,
  meetingBaasBody,
  signHub,
  signStandard,
  withSecret,
} from "../support/webhooks.ts";
import { DOOR_TABLE } from "./_doorTable.ts";

const WHSEC = `whsec_${btoa("a signing secret of the provider")}`;
const SHARED = "a secret of twenty-four chars";

interface Sender {
  readonly provider: string;
  readonly secret: string;
  readonly good: string;
  sign(body: string): Delivery | Promise<Delivery>;
}

const SENDERS: readonly Sender[] = [
  {
    provider: "generic",
    secret: WHSEC,
    good: JSON.stringify(DOOR_TABLE["webhook-meeting"][0].body),
    sign: (body) => signStandard(WHSEC, body),
  },
  {
    provider: "fathom",
    secret: WHSEC,
    good: fathomBody(1234),
    sign: (body) => signStandard(WHSEC, body),
  },
  {
    provider: "fireflies",
    secret: SHARED,
    good: firefliesV1Body("meeting-1"),
    sign: (body) => signHub(SHARED, body),
  },
  {
    provider: "fireflies",
    secret: SHARED,
    good: firefliesV2Body("meeting-2"),
    sign: (body) => signHub(SHARED, body),
  },
  {
    provider: "meetingbaas",
    secret: WHSEC,
    good: meetingBaasBody("bot-1"),
    sign: (body) => signStandard(WHSEC, body, { family: "svix" }),
  },
  {
    provider: "meetingbaas",
    secret: SHARED,
    good: meetingBaasBody("bot-2"),
    sign: (body) => withSecret(SHARED, body),
  },
];

let doors: Doors;
Deno.test.beforeAll(async () => {
  doors = await openDoors();
  await doors.db.sql`update public.fleet_org_settings set is_enabled = false`;
});
Deno.test.afterAll(async () => await doors[Symbol.asyncDispose]());

async function openEndpoint({ provider, secret }: Sender): Promise<string> {
  const [{ id }] = await doors.db
    .sql`insert into public.fleet_webhook_endpoints (org_id, provider, default_user_id)
    values (${SEED.org}, ${provider}, ${SEED.member}) returning id`;
  await doors.db
    .sql`insert into fleet.webhook_secrets (endpoint_id, secret) values (${id}, ${secret})`;
  return id;
}

Deno.test("every provider of the meeting door has a sender here", () => {
  const known = new Set(SENDERS.map(({ provider }) => provider));
  assert.deepEqual([...MEETING_PROVIDERS.keys()].filter((name) => !known.has(name)), []);
});

for (const [at, sender] of SENDERS.entries()) {
  const bodies = goneWrong(sender.good);
  Deno.test({
    name: `${sender.provider} (${
      at + 1
    }): ${bodies.length} signed bodies gone wrong bring no error of ours (T31)`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      const endpoint = await openEndpoint(sender);
      const calls = doors.outbound.length;
      const good = await post(endpoint, await sender.sign(sender.good));
      assert.ok(good < 300, `the good one: ${good}`);
      for (const body of bodies) {
        const status = await post(endpoint, await sender.sign(body));
        assert.ok(status < 500, `${status}: ${body.slice(0, 300)}`);
      }
      // A door only stores: what it names is fetched by a run.
      assert.deepEqual(doors.outbound.slice(calls), []);
      const foreign = await doors.db.sql`select 1 from public.meetings where org_id <> ${SEED.org}
        and created_at > fleet.now() - interval '10 minutes' and title like 'Harbor%'`;
      assert.equal(foreign.length, 0);
    },
  });
}

async function post(endpoint: string, { headers, body }: Delivery): Promise<number> {
  const response = await doors.call(`webhook-meeting/${endpoint}`, {
    method: "POST",
    headers,
    body,
  });
  await response.body?.cancel();
  return response.status;
}
