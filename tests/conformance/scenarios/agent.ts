import { SEED, type SkillWorld } from "../../support/skillWorld.ts";
import { outputsOf } from "./_before.ts";
import type { Scenario } from "./index.ts";

const PAYLOAD = { agent: "pipeline", delivery_channel: "slack", deal_id: SEED.deal };

async function crowd(world: SkillWorld): Promise<void> {
  await world.sql`insert into public.deals (org_id, name, value, owner_id, close_date)
    select ${SEED.org}, 'Deal ' || n, n, ${SEED.member}, (fleet.now() - interval '3 days')::date
    from generate_series(1, 150) n`;
}

export const AGENT_SCENARIOS: Readonly<Record<string, Scenario>> = {
  "run-specialist-agent": {
    ask: () => ({ payload: { ...PAYLOAD, agent: "research" }, type: "agent_run" }),
    askWorst: async (world) => {
      await crowd(world);
      return { payload: PAYLOAD, type: "agent_run" };
    },
  },
  "deliver-agent-result": {
    ask: async (world) => ({
      payload: PAYLOAD,
      outputs: await outputsOf(world, ["run-specialist-agent"], PAYLOAD),
      type: "agent_run",
    }),
  },
  "extract-crm-fields": {
    ask: () => ({
      payload: { meeting_id: SEED.meeting },
      outputs: {
        "extract-action-items": {
          action_items: [{ text: "Send the plan", owner_side: "ours", confidence: 0.9 }],
        },
      },
    }),
  },
};
