import type { SkillSlug } from "../../../supabase/functions/_shared/orchestrator/skillCatalogue.ts";
import { SEED, type SkillWorld } from "../../support/skillWorld.ts";
import { outputsOf } from "./_before.ts";
import type { Scenario } from "./index.ts";

const SCAN: readonly SkillSlug[] = [
  "scan-active-deals",
  "score-deal-risks",
  "generate-risk-alerts",
];
const REVIVAL: readonly SkillSlug[] = ["research-trigger-events", "analyse-stall-reason"];

/** Silence around the seeded deals, so that they are at risk. */
export async function neglectDeals(world: SkillWorld): Promise<void> {
  await world.sql`delete from public.emails where org_id = ${SEED.org}`;
  await world.sql`delete from public.activities where org_id = ${SEED.org}`;
  await world.sql`update public.meetings set started_at = fleet.now() - interval '80 days'
    where org_id = ${SEED.org}`;
  await world.sql`update public.deals set close_date = (fleet.now() - interval '3 days')::date
    where org_id = ${SEED.org} and status = 'open'`;
}

function inScan(upTo: number): Scenario {
  return {
    ask: async (world) => {
      await neglectDeals(world);
      return {
        payload: {},
        outputs: await outputsOf(world, SCAN.slice(0, upTo)),
        type: "deal_risk_scan",
        userId: null,
      };
    },
    askWorst: async (world) => {
      await world.sql`
        insert into public.deals (org_id, name, value, owner_id, contact_id, company_id)
        select ${SEED.org}, 'Deal ' || n, n * 1000, ${SEED.member}, ${SEED.contact}, ${SEED.company}
        from generate_series(1, 60) n`;
      await neglectDeals(world);
      return {
        payload: {},
        outputs: await outputsOf(world, SCAN.slice(0, upTo)),
        type: "deal_risk_scan",
        userId: null,
      };
    },
  };
}

function inRevival(upTo: number): Scenario {
  return {
    ask: async (world) => {
      world.news.push({
        title: "Ridgeline Outdoor raises 12 million to expand",
        url: "https://news.example/ridgeline",
        snippet: "Ridgeline Outdoor opens three warehouses.",
        source: "Example News",
        published_at: new Date(world.now - 86_400_000).toISOString(),
      });
      return {
        payload: {},
        outputs: await outputsOf(world, REVIVAL.slice(0, upTo)),
        type: "stale_deal_revival",
      };
    },
  };
}

export const DEAL_SCENARIOS: Readonly<Record<string, Scenario>> = {
  "scan-active-deals": inScan(0),
  "score-deal-risks": inScan(1),
  "generate-risk-alerts": inScan(2),
  "deliver-risk-slack": inScan(3),
  "research-trigger-events": inRevival(0),
  "analyse-stall-reason": inRevival(1),
  "draft-reengagement": inRevival(2),
};
