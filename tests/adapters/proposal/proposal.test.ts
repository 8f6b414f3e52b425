import assert from "node:assert/strict";
import { ADAPTER_REGISTRY } from "../../../supabase/functions/_shared/orchestrator/adapters/index.ts";
import { assemble } from "../../../supabase/functions/_shared/orchestrator/adapters/proposal/_proposal.ts";
import { renderTemplate } from "../../../supabase/functions/_shared/orchestrator/adapters/proposal/_render.ts";
import {
  chooseTemplate,
  focusAreas,
} from "../../../supabase/functions/_shared/orchestrator/adapters/proposal/selectProposalTemplate.ts";
import type { SkillSlug } from "../../../supabase/functions/_shared/orchestrator/skillCatalogue.ts";
import type { JsonObject } from "../../../supabase/functions/_shared/orchestrator/types.ts";
import { createSkillWorld, SEED, type SkillWorld } from "../../support/skillWorld.ts";

const TEMPLATES = [
  { id: "q", name: "Price quote", description: "prices only, budget, seats", body: "" },
  { id: "s", name: "Standard", description: "general first purchase", body: "" },
];

for (
  const [wanted, id] of [
    ["What would forty seats cost?", "q"],
    ["I'll put something together", "s"],
    ["the general one for a first purchase", "s"],
  ] as const
) {
  Deno.test(`chooseTemplate() takes ${id} for "${wanted}"`, () => {
    assert.equal(chooseTemplate(TEMPLATES, wanted).template?.id, id);
  });
}

Deno.test("chooseTemplate() has none to choose where the organisation has none", () => {
  assert.equal(chooseTemplate([], "anything").template, null);
});

Deno.test("focusAreas() leads with what was asked, then products and open objections", () => {
  const areas = focusAreas({
    request: "I'll send you the proposal with the two-year option by end of day tomorrow.",
    products: [
      { id: "1", name: "Forecast", description: "", price: null, currency: "USD", unit: null },
    ],
    objections: ["Too slow"],
    nextSteps: null,
  });
  assert.deepEqual(areas, ["The two-year option", "Forecast", "An answer to: Too slow"]);
});

Deno.test("renderTemplate() fills in data, runs nothing of it and names what is missing", async () => {
  const { text, missing } = await renderTemplate("Hi {{ contact.name }}, {{ deal.value }}", {
    contact: { name: "{{ 1 | plus: 1 }} {% include 'x' %}" },
    deal: { value: null },
  });
  assert.equal(text, "Hi {{ 1 | plus: 1 }} {% include 'x' %}, ");
  assert.deepEqual(missing, ["deal.value"]);
});

const ENDLESS =
  "{% for a in (1..100000) %}{% for b in (1..100000) %}{{ a }}{{ b }}{% endfor %}{% endfor %}";
for (
  const [what, template] of [
    ["that does not parse", "{% for %}"],
    ["that includes another", "{% include 'secret' %}"],
    ["that asks for a prototype's filter", "{{ 'x' | constructor }}"],
    ["without end", ENDLESS],
  ] as const
) {
  Deno.test(`renderTemplate() refuses a template ${what}`, async () => {
    await assert.rejects(renderTemplate(template, {}), { code: "template_invalid" });
  });
}

Deno.test("assemble() places sections literally and appends the others", () => {
  const proposal = {
    title: "T",
    template_id: null,
    template_name: "T",
    body: "A\n[[executive_summary]]\n[[value_case]]",
    products: [],
    missing: [],
  };
  const text = assemble(proposal, {
    executive_summary: "costs $& and $1",
    roi_projections: "",
    custom_sections: [{ title: "More", content: "x" }],
  });
  assert.equal(text, "A\ncosts $& and $1\n\n## More\n\nx");
});

const STEPS: readonly SkillSlug[] = [
  "select-proposal-template",
  "populate-proposal",
  "generate-custom-sections",
];
const PAYLOAD = {
  meeting_id: SEED.meeting,
  intent: "send_proposal",
  quote: "I'll send a proposal.",
};

async function write(world: SkillWorld): Promise<Record<string, JsonObject>> {
  const outputs: Record<string, JsonObject> = {};
  for (const slug of STEPS) {
    const done = await world.perform(ADAPTER_REGISTRY[slug], { payload: PAYLOAD, outputs });
    outputs[slug] = done.outputs[0] as JsonObject;
  }
  return outputs;
}

Deno.test("a proposal is written from the CRM's facts, shown, and sent once approved", async () => {
  await using world = await createSkillWorld();
  const outputs = await write(world);
  const adapter = ADAPTER_REGISTRY["present-for-review"];
  const done = await world.perform(adapter, { payload: PAYLOAD, outputs });
  await world.perform(adapter, { payload: PAYLOAD, outputs, attempt: 2 });
  const [{ proposed, preview }] = done.proposed;
  assert.match(String(proposed.body), /# Proposal for Harbor Foods/);
  assert.match(String(proposed.body), /Forecast: 2400 USD per site and month/);
  assert.match(String(proposed.body), /Spoilage is the pain/);
  assert.ok(!String(proposed.body).includes("[["));
  assert.ok(preview.length <= 500);
  assert.match(preview, /…$/, "what was left out is marked");
  assert.deepEqual(world.sent.map(({ port, content }) => [port, (content as JsonObject).to]), [
    ["mail", ["priya.raman@harborfoods.example"]],
  ]);
  const rows = await world
    .sql`select status, deal_id from public.proposals where org_id = ${SEED.org}`;
  assert.deepEqual(rows.map((row) => ({ ...row })), [{ status: "sent", deal_id: SEED.deal }]);
});

Deno.test("an approver may keep the proposal as a draft", async () => {
  await using world = await createSkillWorld();
  const outputs = await write(world);
  const done = await world.perform(
    ADAPTER_REGISTRY["present-for-review"],
    { payload: PAYLOAD, outputs },
    (proposed) => ({ ...proposed, send: false }),
  );
  assert.equal((done.outputs.at(-1) as JsonObject).message, "Kept as a draft");
  assert.equal(world.sent.length, 0);
});

Deno.test("an organisation without templates gets the built-in one", async () => {
  await using world = await createSkillWorld();
  await world.sql`delete from public.proposal_templates where org_id = ${SEED.org}`;
  const outputs = await write(world);
  const { proposal } = outputs["populate-proposal"] as { proposal: JsonObject };
  assert.match(String(proposal.body), /# Proposal for Harbor Foods/);
});

Deno.test("renderTemplate() measures its own time, not that of other runs in the isolate", async () => {
  const items = Array.from({ length: 300 }, (_, at) => at);
  await import("liquidjs");
  const rendering = renderTemplate("{% for item in items %}{{ item }}\n{% endfor %}", { items });
  // Another run computes in short turns meanwhile, for longer than a template may take.
  const others = (async () => {
    for (let turn = 0; turn < 80; turn++) {
      const until = performance.now() + 10;
      while (performance.now() < until);
      await null;
    }
  })();
  assert.match((await rendering).text, /^0\n1\n/);
  await others;
});
