import assert from "node:assert/strict";
import { shadowPorts } from "../../../../supabase/functions/_shared/orchestrator/engine/shadowPorts.ts";
import type { DeliveryMeta, SkillPorts } from "../../../../supabase/functions/_shared/ports/mod.ts";

/** Ports of which nothing but ids may be touched. */
function untouchable(): SkillPorts {
  const acts = (port: string) =>
    new Proxy({}, {
      get: (_, name) => () => {
        throw new Error(`${port}.${String(name)} acted`);
      },
    });
  const names = ["crm", "slack", "mail", "calendar", "feed"];
  return {
    ...Object.fromEntries(names.map((name) => [name, acts(name)])),
    ids: { uuid: () => "00000000-0000-4000-8000-000000000000", random: () => 0 },
  } as unknown as SkillPorts;
}

const META: DeliveryMeta = {
  orgId: "o",
  jobId: "j",
  stepId: "s",
  effectKey: "k",
  signal: new AbortController().signal,
};

const EFFECTS: readonly [string, (ports: SkillPorts) => Promise<unknown>][] = [
  [
    "a CRM change",
    ({ crm }) =>
      crm.applyChange({ orgId: "o", entity: "task", id: null, change: {}, effectKey: "k" }),
  ],
  [
    "a Slack message",
    ({ slack }) => slack.postMessage({ to: { userId: "u" }, text: "t", blocks: [] }, META),
  ],
  [
    "a mail",
    ({ mail }) =>
      mail.send({ from_user_id: "u", to: ["a@b.c"], subject: "s", body_text: "b" }, META),
  ],
  ["an invitation", ({ calendar }) =>
    calendar.createEvent({
      organizer_user_id: "u",
      title: "t",
      starts_at: "2026-03-20T10:00:00Z",
      ends_at: "2026-03-20T11:00:00Z",
      timezone: "UTC",
      attendees: [],
      description: "",
      contact_id: null,
      deal_id: null,
    }, META)],
  ["a line in the feed", ({ feed }) =>
    feed.post({
      orgId: "o",
      userId: null,
      jobId: "j",
      eventType: "meeting_ended",
      title: "t",
      summary: "s",
      effectKey: "k",
    })],
];

for (const [what, act] of EFFECTS) {
  Deno.test(`shadowPorts() notes ${what} and does nothing`, async () => {
    const notes: string[] = [];
    await act(shadowPorts(untouchable(), notes));
    assert.equal(notes.length, 1);
  });
}
