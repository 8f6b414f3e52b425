import type { SkillSlug } from "../../../supabase/functions/_shared/orchestrator/skillCatalogue.ts";
import { SEED, type SkillWorld } from "../../support/skillWorld.ts";
import { outputsOf } from "./_before.ts";
import type { Scenario } from "./index.ts";

const STEPS: readonly SkillSlug[] = [
  "select-proposal-template",
  "populate-proposal",
  "generate-custom-sections",
  "present-for-review",
];

const PAYLOAD = {
  meeting_id: SEED.meeting,
  intent: "send_proposal",
  quote: "Then I'll send you the proposal with the two-year option by end of day tomorrow.",
  trigger_phrase: "send you the proposal with the two-year option",
};

async function ask(world: SkillWorld, step: number) {
  const outputs = await outputsOf(world, STEPS.slice(0, step), PAYLOAD);
  return { payload: PAYLOAD, outputs, type: "proposal_generation" };
}

export const PROPOSAL_SCENARIOS: Readonly<Record<string, Scenario>> = Object.fromEntries(
  STEPS.map((slug, step) => [slug, {
    ask: (world: SkillWorld) => ask(world, step),
    askWorst: async (world: SkillWorld) => {
      await world.sql`
        update public.proposal_templates set body = body || repeat(
          '{% for product in products %}{{ product.name }} {{ product.price }} {% endfor %}', 20)
        where org_id = ${SEED.org}`;
      await world.sql`
        insert into public.products (org_id, name, description, price)
        select ${SEED.org}, 'Part ' || n, 'A part', n from generate_series(1, 150) n`;
      return await ask(world, step);
    },
  }]),
);
