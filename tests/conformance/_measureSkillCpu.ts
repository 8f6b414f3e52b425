/**
 * Run by cpu.test.ts in a process of its own: every skill outside the meeting and calendar sequences
 * once, cold, over its largest input. Prints one JSON object of CPU milliseconds by skill; the driver of
 * the database counts as the skill's.
 */
import process from "node:process";
import { ADAPTER_REGISTRY } from "../../supabase/functions/_shared/orchestrator/adapters/index.ts";
import type { SkillSlug } from "../../supabase/functions/_shared/orchestrator/skillCatalogue.ts";
import { createSkillWorld } from "../support/skillWorld.ts";
import { SCENARIOS } from "./scenarios/index.ts";

const spentMs: Record<string, number> = {};
for (const [slug, scenario] of Object.entries(SCENARIOS)) {
  await using world = await createSkillWorld();
  const asked = await (scenario.askWorst ?? scenario.ask)(world);
  const before = process.cpuUsage();
  await world.perform(ADAPTER_REGISTRY[slug as SkillSlug], asked);
  const { user, system } = process.cpuUsage(before);
  spentMs[slug] = (user + system) / 1000;
}
console.log(JSON.stringify(spentMs));
