/** Models behind their port: precedence, reservations, budgets that hold (T24). */
import assert from "node:assert/strict";
import type postgres from "postgres";
import { z } from "zod";
import { connect } from "../../../supabase/functions/_shared/db/client.ts";
import { createLedgerStore } from "../../../supabase/functions/_shared/orchestrator/store/ledger.ts";
import type { StepCost } from "../../../supabase/functions/_shared/orchestrator/types.ts";
import { createSystemClock } from "../../../supabase/functions/_shared/providers/clock.ts";
import { createAnthropic } from "../../../supabase/functions/_shared/providers/llm/anthropic.ts";
import { createLlm, readEngine } from "../../../supabase/functions/_shared/providers/llm/llm.ts";
import { createOpenAi } from "../../../supabase/functions/_shared/providers/llm/openai.ts";
import { recordedName } from "../../../supabase/functions/_shared/providers/llm/recorded.ts";
import { createVendors } from "../../../supabase/functions/_shared/providers/vendors.ts";
import { freshDatabase, type TestDatabase } from "../../support/database.ts";
import { type ModelServer, serveAnthropic, serveOpenAi } from "../../support/vendors/models.ts";

let db: TestDatabase;
let worker: postgres.Sql;
Deno.test.beforeAll(async () => {
  db = await freshDatabase();
  worker = connect(db.workerUrl, { max: 4 });
});
Deno.test.afterAll(async () => {
  await worker.end();
  await db.drop();
});

const QUESTION = {
  prompt: { id: "colours", version: 1, system: "Name a colour." },
  material: "the sky",
  answer: z.object({ colour: z.string(), why: z.string().nullable() }),
  maxOutputTokens: 1000,
  mayDegrade: true,
};
const BLUE = { value: { colour: "blue", why: null } };
/** 1,200 tokens in and 300 out, at the list prices of these models. */
const COST = { "anthropic:claude-haiku-4-5": 0.0027, "openai:gpt-5-mini": 0.0009 };

function open(engine: string, server: ModelServer, key = "key") {
  const orgId = crypto.randomUUID(), jobId = crypto.randomUUID();
  const clock = createSystemClock();
  const env = { ANTHROPIC_BASE_URL: server.url, OPENAI_BASE_URL: server.url };
  const vendor = createVendors({
    env,
    clock,
    fetch,
    connections: {
      find: () =>
        Promise.resolve(
          key === "" ? null : {
            token: key,
            accountId: "",
            scopes: [],
            source: "environment",
            connectionId: null,
          },
        ),
      refuse: (_, { provider }) =>
        Promise.resolve(
          Object.assign(new Error("refused"), { code: "credential_refused", provider }),
        ),
    },
  });
  const llm = createLlm({
    engine: readEngine(engine),
    models: {
      anthropic: createAnthropic(vendor("anthropic")),
      openai: createOpenAi(vendor("openai")),
    },
    ledger: createLedgerStore({ sql: worker, clock }),
    clock,
    ids: { uuid: () => crypto.randomUUID() },
  });
  const costs: StepCost[] = [], warnings: string[] = [];
  const asker = {
    orgId,
    userId: null,
    jobId,
    stepId: "s1",
    attempt: 1,
    signal: new AbortController().signal,
    recordCost: (cost: StepCost) => void costs.push(cost),
    warn: (warning: string) => void warnings.push(warning),
  };
  return {
    orgId,
    costs,
    warnings,
    ask: (more: object = {}) => llm.ask({ ...QUESTION, ...more }, asker),
    askAs: (more: object) => llm.ask(QUESTION, { ...asker, ...more }),
    ledger: async () =>
      (await db.sql`select status, cost_usd::float8 as cost_usd from public.fleet_costs
        where org_id = ${orgId} order by created_at`).map((row) => [row.status, row.cost_usd]),
    set: (settings: { readonly policy?: string; readonly llm?: string }) =>
      db.sql`insert into public.fleet_org_settings (org_id, llm_policy, llm)
        values (${orgId}, ${settings.policy ?? "allow"}, ${settings.llm ?? null})`,
    cap: (usd: number) =>
      db.sql`insert into public.fleet_budgets (org_id, period, cap_usd) values (${orgId}, 'day', ${usd})`,
  };
}

const CASES = [
  { engine: "anthropic:claude-haiku-4-5", serve: () => serveAnthropic(["key"]) },
  { engine: "openai:gpt-5-mini", serve: () => serveOpenAi(["key"]) },
] as const;

for (const { engine, serve } of CASES) {
  Deno.test(`${engine}: an answer in its schema, its tokens at the list price`, async () => {
    await using server = serve();
    server.answers.push(BLUE);
    const world = open(engine, server);
    assert.deepEqual(await world.ask(), { value: BLUE.value, engine });
    assert.deepEqual(await world.ledger(), [["settled", COST[engine]]]);
    assert.deepEqual(world.costs.map((c) => [c.input_tokens, c.output_tokens, c.is_in_ledger]), [
      [1200, 300, true],
    ]);
  });

  for (
    const [what, answer, code] of [
      ["a refusal", "refusal", "model_refused"],
      ["an answer that was cut off", "cut", "llm_bad_answer"],
      ["no JSON", "no-json", "llm_bad_answer"],
      ["JSON of another shape", { value: { colour: 7 } }, "llm_bad_answer"],
    ] as const
  ) {
    Deno.test(`${engine}: ${what} is ${code}, and paid for`, async () => {
      await using server = serve();
      server.answers.push(answer);
      const world = open(engine, server);
      await assert.rejects(world.ask(), { code });
      assert.deepEqual(await world.ledger(), [["settled", COST[engine]]]);
    });
  }

  Deno.test(`${engine}: 429 waits as asked and costs nothing`, async () => {
    await using server = serve();
    server.fail("/v1", { retryAfter: "37" });
    const world = open(engine, server);
    await assert.rejects(world.ask(), { code: "llm_rate_limited", retryAfterMs: 37_000 });
    assert.deepEqual([await world.ledger(), world.costs], [[], []]);
  });

  for (
    const [fault, code] of [
      ["500", "llm_unavailable"],
      ["drop", "llm_unavailable"],
      ["huge", "answer_too_large"],
      ["html", "llm_bad_answer"],
    ] as const
  ) {
    Deno.test(`${engine}: ${fault} is ${code}, at the most it may have cost`, async () => {
      await using server = serve();
      server.fail("/v1", fault);
      const world = open(engine, server);
      await assert.rejects(world.ask(), { code });
      const [[status, cost]] = await world.ledger();
      assert.equal(status, "estimated");
      assert.ok(cost > COST[engine]);
    });
  }

  Deno.test(`${engine}: without a key the step fails, and nothing is owed`, async () => {
    await using server = serve();
    const world = open(engine, server, "");
    await assert.rejects(world.ask(), { code: "llm_not_configured" });
    assert.deepEqual(await world.ledger(), []);
  });
}

const [{ engine: ENGINE, serve }] = CASES;

Deno.test("llm: step before organisation before environment; policy none before all", async () => {
  await using server = serve();
  server.answers.push(BLUE);
  const rules = open("rules", server);
  assert.equal(await rules.ask(), null);
  assert.equal((await rules.askAs({ engine: ENGINE }))?.engine, ENGINE);
  const byOrg = open("rules", server);
  await byOrg.set({ llm: ENGINE });
  assert.equal((await byOrg.ask())?.engine, ENGINE);
  assert.equal(await byOrg.askAs({ engine: "rules" }), null);
  const closed = open(ENGINE, server);
  await closed.set({ policy: "none" });
  const before = server.seen.length;
  assert.equal(await closed.askAs({ engine: ENGINE }), null);
  assert.equal(server.seen.length, before);
});

Deno.test("llm: rules take over where skill and organisation both allow it, and the run says so", async () => {
  await using server = serve();
  server.answers.push("refusal");
  const world = open(ENGINE, server);
  await world.set({ policy: "degrade" });
  assert.equal(await world.ask(), null);
  assert.deepEqual(world.warnings, [
    "The model failed (model_refused): the rules engine read instead",
  ]);
  await assert.rejects(world.ask({ mayDegrade: false }), { code: "model_refused" });
});

Deno.test("llm: fifty calls race for the last cents and the cap holds", async () => {
  await using server = serve();
  server.answers.push(BLUE);
  const world = open(ENGINE, server);
  await world.cap(0.02);
  const results = await Promise.allSettled(Array.from({ length: 50 }, () => world.ask()));
  const refused = results.filter((one) => one.status === "rejected");
  assert.ok(refused.length > 0 && refused.length < 50);
  for (const { reason } of refused) assert.equal(reason.code, "budget_exceeded");
  const rows = await world.ledger();
  assert.equal(rows.length, 50 - refused.length);
  assert.ok(rows.reduce((sum, [, cost]) => sum + cost, 0) <= 0.02);
  // The wait is until tomorrow, UTC.
  const { retryAfterMs } = refused[0].reason;
  assert.ok(retryAfterMs > 0 && retryAfterMs <= 86_400_000);
});

Deno.test("llm: a cap holds no model without a price; without a cap it costs null", async () => {
  await using server = serve();
  server.answers.push(BLUE);
  const free = open("anthropic:claude-unheard-of", server);
  await free.ask();
  assert.deepEqual(await free.ledger(), [["settled", null]]);
  const capped = open("anthropic:claude-unheard-of", server);
  await capped.cap(5);
  await assert.rejects(capped.ask(), { code: "model_unpriced" });
  assert.deepEqual(await capped.ledger(), []);
});

Deno.test("llm: recorded answers are found by their question and cost nothing", async () => {
  await using server = serve();
  const directory = await Deno.makeTempDir({ prefix: "fleet-test-" });
  const world = open(`recorded:${directory}`, server);
  let missing = "";
  await assert.rejects(world.ask(), (error: Error & { code: string }) => {
    missing = /as (\S+)$/.exec(error.message)![1];
    return error.code === "llm_not_recorded";
  });
  await Deno.writeTextFile(`${directory}/${missing}`, JSON.stringify(BLUE.value));
  const answer = await world.ask();
  assert.deepEqual([answer?.value, answer?.engine], [BLUE.value, "recorded:colours@1"]);
  assert.deepEqual([await world.ledger(), server.seen.length], [[], 0]);
  await Deno.remove(directory, { recursive: true });
});

Deno.test("recordedName() changes with the prompt and the material", () => {
  const request = { model: "m", system: "s", material: "a", schema: {}, maxOutputTokens: 1 };
  const name = recordedName(request);
  assert.match(name, /^[0-9a-f]{64}\.json$/);
  assert.notEqual(recordedName({ ...request, material: "b" }), name);
  assert.notEqual(recordedName({ ...request, system: "t" }), name);
  assert.equal(recordedName({ ...request, model: "n" }), name);
});

for (const setting of ["gpt", "anthropic:", "openai:a b", "recorded:", "RULES"]) {
  Deno.test(`readEngine() refuses "${setting}"`, () => {
    assert.throws(() => readEngine(setting), { code: "invalid_settings" });
  });
}
