import { SEED, type SkillWorld } from "../../support/skillWorld.ts";
import type { Scenario } from "./index.ts";

async function connect(world: SkillWorld) {
  const id = crypto.randomUUID();
  await world
    .sql`insert into public.fleet_connections (id, org_id, user_id, provider, account_id, scopes)
    values (${id}, ${SEED.org}, ${SEED.member}, 'google', 'maya.chen@northwind.example',
      '{https://www.googleapis.com/auth/gmail.readonly}')`;
  return { payload: { connection_id: id }, type: "mailbox_changed", userId: null };
}

function fill(world: SkillWorld, count: number, text: string): void {
  for (let at = 0; at < count; at++) {
    world.inbox.push({
      message_id: `<${at}@customer.example>`,
      thread_id: null,
      in_reply_to: null,
      from_email: `somebody${at}@customer.example`,
      to_emails: ["maya.chen@northwind.example"],
      cc_emails: [],
      subject: `Mail ${at}`,
      body_text: text,
      received_at: "2026-11-26T09:30:00Z",
      ignored_reason: at === 1 ? "auto_reply" : null,
    });
  }
}

export const MAILBOX_SCENARIOS: Readonly<Record<string, Scenario>> = {
  "sync-mailbox": {
    ask: async (world) => {
      fill(world, 3, "Hello");
      return await connect(world);
    },
    askWorst: async (world) => {
      fill(world, 100, "word ".repeat(4000));
      return await connect(world);
    },
  },
  "renew-mailbox-watch": { ask: connect },
};
