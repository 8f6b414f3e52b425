/**
 * Run by cpu.test.ts in a process of its own: every adapter once over the longest call, in the order of
 * a run. Prints one JSON object of CPU milliseconds by skill.
 */
import process from "node:process";
import type { JsonObject } from "../../supabase/functions/_shared/orchestrator/types.ts";
import { readingRun, type ReadingWorld } from "../adapters/readingRun.ts";
import { longCall } from "./_longCall.ts";
import { ADAPTERS, inputOf, perform, WORLD } from "./_perform.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MEETING_MS = 2_400_000;
const BUSY_FROM = Date.parse("2026-03-13T14:00:00Z");

/** The longest call, and a calendar, tasks and call types to go with it. */
const LONG_WORLD: ReadingWorld = {
  ...WORLD,
  turns: longCall(),
  calendar: Array.from({ length: 200 }, (_, n) => {
    const startsAt = BUSY_FROM + Math.floor(n / 10) * DAY_MS + (n % 10) * HOUR_MS;
    return {
      starts_at: new Date(startsAt).toISOString(),
      ends_at: new Date(startsAt + MEETING_MS).toISOString(),
    };
  }),
  openTasks: Array.from({ length: 100 }, (_, n) => ({ title: `Call site ${n}` })),
  callTypes: ["Discovery", "Demo", "Negotiation", "Onboarding", "Renewal"].map((name) => ({
    name,
    keywords: [name.toLowerCase(), `${name.toLowerCase()} call`],
  })),
};

const outputs: Record<string, JsonObject> = {};
const spentMs: Record<string, number> = {};
for (const [slug, adapter] of ADAPTERS) {
  const { ctx } = readingRun(LONG_WORLD);
  const before = process.cpuUsage();
  const done = await perform(adapter, ctx, inputOf(outputs));
  const { user, system } = process.cpuUsage(before);
  outputs[slug] = done.outputs[0];
  spentMs[slug] = (user + system) / 1000;
}
console.log(JSON.stringify(spentMs));
