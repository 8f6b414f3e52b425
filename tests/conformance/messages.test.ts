/** What every message of every skill must hold: Slack takes it, and somebody answers its buttons. */
import assert from "node:assert/strict";
import { ADAPTER_REGISTRY } from "../../supabase/functions/_shared/orchestrator/adapters/index.ts";
import type { SkillAdapter } from "../../supabase/functions/_shared/orchestrator/adapters/defineAdapter.ts";
import type { SkillSlug } from "../../supabase/functions/_shared/orchestrator/skillCatalogue.ts";
import { ACTION_HANDLERS } from "../../supabase/functions/slack-interactivity/handlers.ts";
import { readingRun } from "../adapters/readingRun.ts";
import { createSkillWorld } from "../support/skillWorld.ts";
import { blockFault } from "../support/vendors/slack.ts";
import { earlierOutputs, inputOf, perform, WORLD } from "./_perform.ts";
import { SCENARIOS } from "./scenarios/index.ts";

/** Actions that a function of ours answers: its own table says which. */
const HANDLED_ACTIONS: ReadonlySet<string> = new Set(Object.keys(ACTION_HANDLERS));

interface Message {
  readonly text: string;
  readonly blocks: readonly unknown[];
}

const TELLING = ["notify-slack-summary", ...Object.keys(SCENARIOS)]
  .filter((slug) => {
    const { effectMode } = ADAPTER_REGISTRY[slug as SkillSlug];
    // A watch is renewed at the vendor: nobody is told.
    return effectMode === "reconcile" && slug !== "renew-mailbox-watch";
  }) as readonly SkillSlug[];

async function messagesOf(slug: SkillSlug): Promise<readonly Message[]> {
  const adapter: SkillAdapter = ADAPTER_REGISTRY[slug];
  if (!(slug in SCENARIOS)) {
    const run = readingRun(WORLD);
    await perform(adapter, run.ctx, inputOf(await earlierOutputs(WORLD)));
    return run.messages.map(({ message }) => message);
  }
  await using world = await createSkillWorld();
  const scenario = SCENARIOS[slug as keyof typeof SCENARIOS]!;
  await world.perform(adapter, await scenario.ask(world));
  return world.sent.filter(({ port }) => port === "slack" || port === "slack_update")
    .map(({ content }) => content as unknown as Message);
}

function actionIds(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  const own = (value as { action_id?: unknown }).action_id;
  return [
    ...(typeof own === "string" ? [own] : []),
    ...Object.values(value).flatMap(actionIds),
  ];
}

for (const slug of TELLING) {
  Deno.test(`${slug}: Slack takes its message, and each of its actions has a handler`, async () => {
    const messages = await messagesOf(slug);
    assert.ok(messages.length > 0, "no message was sent");
    for (const { text, blocks } of messages) {
      assert.ok(text.trim().length > 0 && text.length <= 4000);
      assert.equal(blockFault(blocks), null);
      assert.deepEqual(actionIds(blocks).filter((id) => !HANDLED_ACTIONS.has(id)), []);
    }
  });
}

Deno.test("the check of actions finds one that nobody answers", () => {
  const blocks = [{ type: "actions", elements: [{ type: "button", action_id: "approve" }] }];
  assert.deepEqual(actionIds(blocks), ["approve"]);
});
