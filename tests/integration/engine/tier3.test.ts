/** Tier 3 of the context: fetched for a team's function whose step asks, when it first does. */
import assert from "node:assert/strict";
import { RetryableError } from "../../../supabase/functions/_shared/orchestrator/core/errors.ts";
import { EMPTY_CONTEXT } from "../../../supabase/functions/_shared/orchestrator/engine/activeRun.ts";
import type { EngineRules } from "../../../supabase/functions/_shared/orchestrator/engine/deps.ts";
import { loadTier3 } from "../../../supabase/functions/_shared/orchestrator/tier3.ts";
import type { SkillPorts } from "../../../supabase/functions/_shared/ports/mod.ts";
import { step } from "../../support/steps.ts";
import { createWorld } from "./_world.ts";

/** Runs a chain of function steps, each with its `requires_context`, and tells what they were given. */
async function given(asks: readonly (readonly string[])[], loadTier3: EngineRules["loadTier3"]) {
  const contexts: { readonly tier3?: unknown }[] = [];
  await using world = await createWorld(
    asks.map((requires_context, n) =>
      step(`s${n}`, {
        skill: "remote",
        requires_context,
        depends_on: n === 0 ? [] : [`s${n - 1}`],
      })
    ),
    {
      skillRows: [{
        skill: "remote",
        kind: "function",
        function_name: "remote",
        effect_mode: "pure",
        approval_floor: "none",
        has_external_effect: false,
        is_active: true,
      } as never],
      loadTier3,
      callFunction: (call) => {
        contexts.push((call.body as { context: { tier3?: unknown } }).context);
        return Promise.resolve({ status: 200, retryAfterMs: null, body: {} });
      },
    },
  );
  const engine = world.isolate();
  const { job_id } = await world.start(engine);
  await engine.idle();
  const job = (await engine.deps.store.readJob(job_id!, null))!;
  return { job, tier3: contexts.map((context) => context.tier3) };
}

Deno.test("a function gets the parts of tier 3 its step asks for, each fetched once in a drive", async () => {
  const fetched: string[] = [];
  const { job, tier3 } = await given(
    [["tier1"], ["tier3:news"], ["tier3:news", "tier3:template"]],
    (part) => {
      fetched.push(part);
      return Promise.resolve(`the ${part}`);
    },
  );
  assert.equal(job.status, "completed");
  assert.deepEqual(tier3, [undefined, { news: "the news" }, {
    news: "the news",
    template: "the template",
  }]);
  assert.deepEqual(fetched, ["news", "template"]);
});

Deno.test("a part of tier 3 that cannot be had is null and a warning, and the next step asks again", async () => {
  let asked = 0;
  const { job, tier3 } = await given([["tier3:news"], ["tier3:news"]], () => {
    asked++;
    if (asked > 1) return Promise.resolve("found");
    return Promise.reject(new RetryableError("news_unavailable", "The news did not answer"));
  });
  assert.equal(job.status, "completed");
  assert.deepEqual(tier3, [{ news: null }, { news: "found" }]);
  assert.deepEqual(job.warnings, ["s0: Context: tier3:news could not be read (news_unavailable)"]);
});

const ORG = "0a000000-0000-4000-8000-000000000001";
const COMPANY = { id: "c", name: "Harbor Foods", domain: "harborfoods.example" };

/** Ports that answer their own name and what they were asked. */
const PORTS = {
  news: { search: (query: unknown, { orgId }: { orgId: string }) => tell("news", query, orgId) },
  enrichment: {
    findCompany: (domain: string, { orgId }: { orgId: string }) => tell("company", domain, orgId),
    findPerson: (email: string, { orgId }: { orgId: string }) => tell("person", email, orgId),
  },
  crm: { listProposalTemplates: (orgId: string) => tell("templates", orgId) },
  campaigns: { list: ({ orgId }: { orgId: string }) => tell("campaigns", orgId) },
} as unknown as SkillPorts;

function tell(...what: unknown[]): Promise<never> {
  return Promise.resolve(what as never);
}

for (
  const [part, answer] of [
    ["news", ["news", { company: COMPANY.name, domain: COMPANY.domain }, ORG]],
    ["apollo", ["company", COMPANY.domain, ORG]],
    ["linkedin", ["person", "nora@new.example", ORG]],
    ["template", ["templates", ORG]],
    ["campaign", ["campaigns", ORG]],
  ] as const
) {
  Deno.test(`loadTier3() fetches ${part} for the run's own entities`, async () => {
    const context = {
      ...EMPTY_CONTEXT,
      company: COMPANY,
      counterpart: { name: "Nora", email: "nora@new.example", source: "attendee" as const },
    };
    const signal = new AbortController().signal;
    assert.deepEqual(await loadTier3(PORTS, part, { orgId: ORG, context, signal }), answer);
  });
}

for (const part of ["news", "apollo", "linkedin"]) {
  Deno.test(`loadTier3() answers null for ${part} where the run knows nobody`, async () => {
    const signal = new AbortController().signal;
    const asked = { orgId: ORG, context: EMPTY_CONTEXT, signal };
    assert.equal(await loadTier3(PORTS, part, asked), null);
  });
}

for (const part of ["weather", "constructor", ""]) {
  Deno.test(`loadTier3() refuses ${JSON.stringify(part)}`, async () => {
    const signal = new AbortController().signal;
    const asked = { orgId: ORG, context: EMPTY_CONTEXT, signal };
    await assert.rejects(loadTier3(PORTS, part, asked), { code: "unknown_tier" });
  });
}
