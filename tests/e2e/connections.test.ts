import assert from "node:assert/strict";
import { connect } from "../../supabase/functions/_shared/db/client.ts";
import { createConnectionStore } from "../../supabase/functions/_shared/orchestrator/store/connections.ts";
import { createSystemClock } from "../../supabase/functions/_shared/providers/clock.ts";
import { createKeyRing } from "../../supabase/functions/_shared/providers/connections/keyRing.ts";
import { MEMBER, openRuns, ORG } from "../support/runs.ts";
import { serveSlack } from "../support/vendors/slack.ts";

const OTHER_ORG = "d0000000-0000-4000-8000-000000000002";
const OTHER_OWNER = "d0000000-0000-4000-8000-0000000000b1";
const TOKEN_KEYS = JSON.stringify({ k1: btoa("0123456789abcdef0123456789abcdef") });
const TELL = [{ id: "tell", skill: "notify-slack-summary", requires_context: ["tier1"] }];

Deno.test("two organisations run side by side, each through its own Slack workspace", async () => {
  await using slack = serveSlack({ tokens: ["xoxb-north", "xoxb-blue"] });
  await using stack = await openRuns({
    FLEET_SEND: "live",
    FLEET_TOKEN_KEYS: TOKEN_KEYS,
    SLACK_API_URL: slack.url,
  });
  const sql = connect(stack.status.DB_URL, { max: 1 });
  const store = createConnectionStore({ sql, clock: createSystemClock() });
  const ring = createKeyRing(TOKEN_KEYS);
  for (const [orgId, token] of [[ORG, "xoxb-north"], [OTHER_ORG, "xoxb-blue"]]) {
    const id = crypto.randomUUID();
    await store.save({
      id,
      orgId,
      userId: null,
      provider: "slack",
      accountId: token,
      scopes: ["chat:write"],
      sealed: await ring.seal(JSON.stringify({ access_token: token }), id),
      expiresInMs: null,
    });
  }
  await sql.end();
  await stack.sql`update public.profiles set slack_user_id = 'U' || right(id::text, 2)`;
  await stack.define("tell", TELL);
  await stack.define("tell", TELL, OTHER_ORG);

  const people = [[ORG, MEMBER], [OTHER_ORG, OTHER_OWNER]] as const;
  const started = await Promise.all(
    people.flatMap(([org_id, user_id]) =>
      [1, 2, 3].map((at) =>
        stack.api.start({
          type: "tell",
          org_id,
          user_id,
          source: "test",
          payload: { meeting_id: crypto.randomUUID(), title: `${org_id} ${at}` },
        })
      )
    ),
  );
  for (const { job_id } of started) {
    const job = await stack.reach(job_id!, ["completed", "failed"]);
    assert.deepEqual([job.status, job.error_message], ["completed", null]);
  }
  assert.equal(slack.messages.length, 6);
  for (const { text, token, channel } of slack.messages) {
    const isOurs = text.includes(ORG);
    assert.equal(token, isOurs ? "xoxb-north" : "xoxb-blue");
    assert.equal(channel, isOurs ? "DUa3" : "DUb1");
  }
  const [{ leaked }] = await stack.sql`
    select count(*)::int as leaked from public.fleet_deliveries d where d::text like '%xoxb%'`;
  assert.equal(leaked, 0);
});
