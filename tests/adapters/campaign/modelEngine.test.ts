import assert from "node:assert/strict";
import { ADAPTER_REGISTRY } from "../../../supabase/functions/_shared/orchestrator/adapters/index.ts";
import type { JsonObject } from "../../../supabase/functions/_shared/orchestrator/types.ts";
import { createSkillWorld } from "../../support/skillWorld.ts";
import { answering } from "../readingRun.ts";

const reply = (id: string, words: string) => ({
  id,
  campaign_id: "c1",
  contact_name: null,
  contact_email: `${id}@them.example`,
  subject: "Re: hello",
  received_at: "2026-03-01T10:00:00Z",
  words,
});

Deno.test("classifyReplies: a model sorts, the rules fill in, and who wants out is left alone", async () => {
  const told: string[] = [];
  await using world = await createSkillWorld({
    llm: answering((material: string) => {
      told.push(material);
      return {
        replies: [
          { number: 0, category: "referral", confidence: 0.9 },
          { number: 1, category: "interested", confidence: 0.9 },
          { number: 77, category: "interested", confidence: 0.9 },
        ],
      };
    }),
  });
  const { outputs: [output], engine } = await world.perform(ADAPTER_REGISTRY["classify-replies"], {
    payload: {},
    outputs: {
      "pull-campaign-metrics": {
        replies: [
          reply("a", "You should ask my colleague Jo about that."),
          reply("b", "Please unsubscribe me from this list."),
          reply("c", "I am out of the office until Monday."),
        ],
      },
    },
  });
  assert.equal(engine, "test:model");
  assert.match(told[0], /^\[0\] Re: hello\nYou should ask/);
  const { classified_replies } = output as { classified_replies: readonly JsonObject[] };
  const byId = new Map(classified_replies.map((one) => [one.reply_id, one.category]));
  assert.deepEqual([byId.get("a"), byId.get("b"), byId.get("c")], [
    "referral",
    "unsubscribe",
    "out_of_office",
  ]);
});
