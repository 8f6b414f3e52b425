/**
 * Holds `cpuMs` of every adapter: the engine plans a request's CPU with these numbers, and the platform
 * kills an isolate that uses 2 s. Measured in fresh processes, because an isolate's first request, which
 * compiles as it goes, is the dearest by far.
 */
import assert from "node:assert/strict";
import { fromFileUrl } from "@std/path";
import { EVENT_SEQUENCES } from "../../supabase/functions/_shared/orchestrator/eventSequences.ts";
import { ADAPTER_REGISTRY } from "../../supabase/functions/_shared/orchestrator/adapters/index.ts";
import type { SkillSlug } from "../../supabase/functions/_shared/orchestrator/skillCatalogue.ts";
import { ADAPTERS } from "./_perform.ts";
import { SCENARIOS } from "./scenarios/index.ts";

/** CI machines may be slower than the one where the values were declared. */
const SLACK = 2;
const PROCESSES = 3;
/** Default of FLEET_CPU_MS. */
const PLANNED_CPU_MS = 1200;

type SpentMs = Readonly<Record<string, number>>;

/** CPU of one cold run over the largest input, by skill. */
async function measure(script: string): Promise<SpentMs> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-check",
      "--quiet",
      fromFileUrl(new URL(script, import.meta.url)),
    ],
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

const runs: SpentMs[] = [];
// One after the other: they must not wait for each other's caches and cores.
for (let n = 0; n < PROCESSES; n++) {
  runs.push({ ...await measure("./_measureCpu.ts"), ...await measure("./_measureSkillCpu.ts") });
}

function medianOf(slug: string): number {
  return runs.map((run) => run[slug]).sort((a, b) => a - b)[Math.floor(PROCESSES / 2)];
}

for (const [slug, { cpuMs }] of ADAPTERS) {
  Deno.test(`${slug} reads a 13,000-word call within ${SLACK} × the CPU it declares`, () => {
    const median = medianOf(slug);
    assert.ok(
      median <= cpuMs * SLACK,
      `${slug} used ${median.toFixed(1)} ms of CPU, declares ${cpuMs} ms`,
    );
  });
}

for (const slug of Object.keys(SCENARIOS)) {
  Deno.test(`${slug} does its largest work within ${SLACK} × the CPU it declares`, () => {
    const { cpuMs } = ADAPTER_REGISTRY[slug as SkillSlug];
    const median = medianOf(slug);
    assert.ok(
      median <= cpuMs * SLACK,
      `${slug} used ${median.toFixed(1)} ms of CPU, declares ${cpuMs} ms`,
    );
  });
}

Deno.test("the steps after a meeting together declare less CPU than one request may plan", () => {
  const rows = ADAPTERS.map(([skill, { cpuMs }]) => ({
    skill,
    declared_ms: cpuMs,
    measured_ms: Math.round(medianOf(skill)),
  }));
  console.table(rows);
  const meeting = new Set<string>(EVENT_SEQUENCES.meeting_ended.steps.map(({ skill }) => skill));
  const own = rows.filter(({ skill }) => meeting.has(skill));
  const declared = own.reduce((sum, row) => sum + row.declared_ms, 0);
  const measured = own.reduce((sum, row) => sum + row.measured_ms, 0);
  console.log(`meeting_ended: ${declared} ms declared, ${measured} ms measured here`);
  assert.ok(declared <= PLANNED_CPU_MS);
});
