import type { SkillSlug } from "../../../supabase/functions/_shared/orchestrator/skillCatalogue.ts";
import { SEED, type SkillWorld } from "../../support/skillWorld.ts";
import { outputsOf } from "./_before.ts";
import type { Scenario } from "./index.ts";

const COACHING: readonly SkillSlug[] = [
  "aggregate-weekly-metrics",
  "correlate-win-loss",
  "generate-coaching-digest",
  "deliver-coaching-slack",
];
const CAMPAIGN: readonly SkillSlug[] = [
  "pull-campaign-metrics",
  "classify-replies",
  "generate-campaign-report",
  "deliver-campaign-slack",
];

/** A year of coached meetings, every other deal won. */
async function coachAYear(world: SkillWorld): Promise<void> {
  await world.sql`
    insert into public.coaching_analyses (org_id, meeting_id, user_id, talk_ratio, question_quality_score,
      objection_handling_score, discovery_depth_score, overall_score, created_at)
    select ${SEED.org}, m.id, ${SEED.member}, 0.5, 60 + n % 30, 50, 70, 60, fleet.now() - n * interval '9 hours'
    from generate_series(1, 900) n,
      lateral (select id from public.meetings where org_id = ${SEED.org} order by id limit 1 offset n % 2) m`;
}

async function replyInMasses(world: SkillWorld): Promise<void> {
  await world.sql`
    insert into public.campaign_replies (org_id, campaign_id, contact_name, contact_email, subject, body_text, received_at)
    select ${SEED.org}, ${SEED.campaign}, 'R' || n, 'r' || n || '@example.com', 'Re: hello',
      repeat('We may be interested, but not before summer. On the other hand ', 300), fleet.now() - interval '1 hour'
    from generate_series(1, 100) n`;
}

function scenariosOf(
  steps: readonly SkillSlug[],
  type: string,
  enlarge: (world: SkillWorld) => Promise<void>,
): Readonly<Record<string, Scenario>> {
  const ask = async (world: SkillWorld, step: number) => ({
    payload: {},
    outputs: await outputsOf(world, steps.slice(0, step)),
    type,
  });
  return Object.fromEntries(
    steps.map((slug, step) => [slug, {
      ask: (world: SkillWorld) => ask(world, step),
      askWorst: async (world: SkillWorld) => {
        await enlarge(world);
        return await ask(world, step);
      },
    }]),
  );
}

export const WEEKLY_SCENARIOS: Readonly<Record<string, Scenario>> = {
  ...scenariosOf(COACHING, "coaching_weekly", coachAYear),
  ...scenariosOf(CAMPAIGN, "campaign_daily_check", replyInMasses),
};
