import assert from "node:assert/strict";
import {
  EVENT_SEQUENCES,
  isUpkeep,
} from "../../../supabase/functions/_shared/orchestrator/eventSequences.ts";

Deno.test("isUpkeep() holds for what only keeps accounts in step", () => {
  assert.ok(isUpkeep("mailbox_changed") && isUpkeep("watch_due"));
  assert.ok(!isUpkeep("email_received") && !isUpkeep("meeting_ended"));
  assert.ok(!isUpkeep("constructor") && !isUpkeep("a team's own"));
});

Deno.test("upkeep is on for an organisation that set nothing", () => {
  for (const [type, { enabledByDefault }] of Object.entries(EVENT_SEQUENCES)) {
    if (isUpkeep(type)) assert.ok(enabledByDefault, type);
  }
});
