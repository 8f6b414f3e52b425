import type { SkillAdapter } from "../../supabase/functions/_shared/orchestrator/adapters/defineAdapter.ts";
import { ADAPTER_REGISTRY } from "../../supabase/functions/_shared/orchestrator/adapters/index.ts";
import { EVENT_SEQUENCES } from "../../supabase/functions/_shared/orchestrator/eventSequences.ts";
import type { SkillSlug } from "../../supabase/functions/_shared/orchestrator/skillCatalogue.ts";
import type { JsonObject } from "../../supabase/functions/_shared/orchestrator/types.ts";
import { CONTEXT, PAYLOAD } from "../adapters/meeting/earlierOutputs.ts";
import { MEETING, SALES_CALL } from "../adapters/meeting/salesCall.ts";
import { type ReadingRun, readingRun, type ReadingWorld, USER } from "../adapters/readingRun.ts";

/** The skills that read the standard meeting, in the order of a run. */
const READING = new Set(
  [EVENT_SEQUENCES.meeting_ended, EVENT_SEQUENCES.calendar_find_times]
    .flatMap(({ steps }) => steps.map(({ skill }) => skill)),
);

export const ADAPTERS = (Object.entries(ADAPTER_REGISTRY) as [SkillSlug, SkillAdapter][])
  .filter(([slug]) => READING.has(slug));

export const WORLD: ReadingWorld = {
  ...SALES_CALL,
  meeting: { ...MEETING, title: "Discovery call with Harbour Freight" },
  contacts: [CONTEXT.contact],
  deal: { close_date: "2026-06-01" },
};

export function inputOf(outputs: JsonObject, title: string = PAYLOAD.title) {
  return {
    payload: { ...PAYLOAD, title, trigger_phrase: "Shall we do a demo next Tuesday at two?" },
    outputs,
    context: { ...CONTEXT, user: { ...CONTEXT.user, id: USER, slack_user_id: "U1" } },
    params: {},
  };
}

/** Both phases of a skill that asks, as if a person approved whatever it proposes. */
export async function perform(
  adapter: SkillAdapter,
  ctx: ReadingRun["ctx"],
  input: unknown,
): Promise<{ readonly outputs: readonly JsonObject[]; readonly proposed: readonly JsonObject[] }> {
  const parsed = adapter.input.parse(input);
  if (adapter.kind === "direct") {
    return { outputs: [(await adapter.run(parsed, ctx)).output], proposed: [] };
  }
  const { proposals, output } = await adapter.propose(parsed, ctx);
  const outputs = output === undefined ? [] : [output];
  for (const [ordinal, { proposed }] of proposals.entries()) {
    const content = adapter.proposal.parse(proposed) as JsonObject;
    outputs.push((await adapter.apply(content, { ...ctx, ordinal })).output);
  }
  return { outputs, proposed: proposals.map(({ proposed }) => proposed) };
}

/** What each skill would find of the others' outputs after `world`, in the registry's order. */
export async function earlierOutputs(world: ReadingWorld, title?: string): Promise<JsonObject> {
  const outputs: Record<string, JsonObject> = {};
  for (const [slug, adapter] of ADAPTERS) {
    const done = await perform(adapter, readingRun(world).ctx, inputOf(outputs, title));
    outputs[slug] = done.outputs[0];
  }
  return outputs;
}
