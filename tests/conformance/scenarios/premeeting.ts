import type { SkillSlug } from "../../../supabase/functions/_shared/orchestrator/skillCatalogue.ts";
import { outputsOf } from "./_before.ts";
import type { Scenario } from "./index.ts";

const STEPS: readonly SkillSlug[] = [
  "enrich-attendees",
  "pull-crm-history",
  "research-company-news",
  "generate-briefing",
  "deliver-slack-briefing",
];

function at(step: number, attendees: readonly unknown[]) {
  return async (world: Parameters<Scenario["ask"]>[0]) => {
    world.news.push({
      title: "Harbor Foods opens a second cold store",
      url: "https://news.example/harbor",
      snippet: "Harbor Foods doubles its capacity.",
      source: "Example News",
      published_at: new Date(world.now - 86_400_000).toISOString(),
    });
    const payload = {
      meeting_id: "calendar-1",
      title: "Harbor Foods: forecasting demo",
      start_time: new Date(world.now + 90 * 60_000).toISOString(),
      attendees: attendees as never,
    };
    const outputs = await outputsOf(world, STEPS.slice(0, step), payload);
    return { payload, outputs, type: "pre_meeting_90min" };
  };
}

const PRIYA = { name: "Priya", email: "Priya.Raman@harborfoods.example" };
const CROWD = Array.from({ length: 400 }, (_, n) => ({
  name: `Guest ${n}`,
  email: `guest${n}@harborfoods.example`,
}));

export const PREMEETING_SCENARIOS: Readonly<Record<string, Scenario>> = Object.fromEntries(
  STEPS.map((slug, step) => [slug, {
    ask: at(step, [PRIYA, "maya.chen@northwind.example", "someone@gmail.com"]),
    askWorst: at(step, [PRIYA, ...CROWD]),
  }]),
);
