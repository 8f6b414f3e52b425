import { SEED } from "../../support/skillWorld.ts";
import { outputsOf } from "./_before.ts";
import type { Scenario } from "./index.ts";

const WORST =
  "<div><p>Hello, could you tell me what the pilot costs for six sites? On the other hand, </p>"
    .repeat(2000);

const ofMail: Scenario = {
  ask: () => ({ payload: { email_id: SEED.email }, type: "email_received" }),
  askWorst: async (world) => {
    await world.sql`update public.emails set body_text = ${WORST} where id = ${SEED.email}`;
    return { payload: { email_id: SEED.email }, type: "email_received" };
  },
};

export const MAIL_SCENARIOS: Readonly<Record<string, Scenario>> = {
  "classify-email-intent": ofMail,
  "match-to-crm-contact": ofMail,
  "send-email-as-rep": {
    ask: async (world) => {
      const payload = { email_id: SEED.email };
      return {
        payload,
        outputs: await outputsOf(world, ["draft-followup-email"], payload),
        type: "email_reply",
      };
    },
  },
};
