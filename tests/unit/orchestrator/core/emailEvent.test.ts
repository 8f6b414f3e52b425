import assert from "node:assert/strict";
import { emailEvent } from "../../../../supabase/functions/_shared/orchestrator/core/emailEvent.ts";

const ORG = "d0000000-0000-4000-8000-000000000001";
const keyOf = (message_id: string) =>
  emailEvent(ORG, { email_id: "e", message_id, contact_id: null }).idempotency_key;

Deno.test("emailEvent() names the mail in its key, as it is", () => {
  assert.equal(keyOf("<1@example.com>"), `email_received:${ORG}:<1@example.com>`);
});

Deno.test("emailEvent() makes a short key of the longest Message-ID, one for each", () => {
  const keys = ["a", "b"].map((letter) => keyOf(`<${letter.repeat(990)}@x>`));
  assert.ok(keys.every((key) => key.length <= 300));
  assert.notEqual(keys[0], keys[1]);
  assert.equal(keys[0], keyOf(`<${"a".repeat(990)}@x>`));
});
