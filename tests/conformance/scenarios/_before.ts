import { ADAPTER_REGISTRY } from "../../../supabase/functions/_shared/orchestrator/adapters/index.ts";
import type { SkillSlug } from "../../../supabase/functions/_shared/orchestrator/skillCatalogue.ts";
import type { JsonObject } from "../../../supabase/functions/_shared/orchestrator/types.ts";
import { SEED, type SkillWorld } from "../../support/skillWorld.ts";

/** Outputs of the steps before, each computed by its own skill in a run of its own. */
export async function outputsOf(
  world: SkillWorld,
  steps: readonly SkillSlug[],
  payload: JsonObject = {},
): Promise<JsonObject> {
  const outputs: Record<string, JsonObject> = {};
  for (const slug of steps) {
    const done = await world.perform(ADAPTER_REGISTRY[slug], {
      payload,
      outputs,
      jobId: SEED.jobBefore,
    });
    outputs[slug] = done.outputs[0] as JsonObject;
  }
  await world.sql`truncate fleet_crm.applied_changes, public.fleet_activity`;
  world.sent.length = 0;
  return outputs;
}
