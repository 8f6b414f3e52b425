import assert from "node:assert/strict";
import {
  presentTimeOptions,
  TimeOptionsProposal,
} from "../../../supabase/functions/_shared/orchestrator/adapters/calendar/presentTimeOptions.ts";
import type { JsonObject } from "../../../supabase/functions/_shared/orchestrator/types.ts";
import { readingRun, type ReadingWorld } from "../readingRun.ts";

const slots = [
  {
    start: "2026-03-19T13:00:00-05:00",
    end: "2026-03-19T14:00:00-05:00",
    label: "Thu 19 Mar, 13:00–14:00",
  },
  {
    start: "2026-03-20T10:00:00-05:00",
    end: "2026-03-20T11:00:00-05:00",
    label: "Fri 20 Mar, 10:00–11:00",
  },
];
const contact = { id: "contact-1", name: "Marcus Oyelaran", email: "marcus@buyer.example" };
const world: ReadingWorld = { contacts: [contact] };

function input(parts: { slots?: unknown[] | null; contact?: unknown; payload?: unknown } = {}) {
  return presentTimeOptions.input.parse({
    payload: parts.payload ?? { meeting_title: "Demo" },
    outputs: {
      "find-available-slots": parts.slots === null
        ? null
        : { slots: parts.slots ?? slots, user_timezone: "America/Chicago", message: null },
    },
    context: {
      contact: parts.contact === undefined ? contact : parts.contact,
      deal: { id: "deal-1" },
    },
  });
}

async function proposed(): Promise<JsonObject> {
  const { proposals } = await presentTimeOptions.propose(input(), readingRun(world).ctx);
  assert.equal(proposals.length, 1);
  assert.equal(proposals[0]?.action_type, "calendar_slot_selection");
  return proposals[0]?.proposed ?? {};
}

Deno.test("presentTimeOptions proposes one choice of slots for the context's contact", async () => {
  const content = TimeOptionsProposal.parse(await proposed());
  assert.deepEqual(content.slots, slots);
  assert.deepEqual(content.slot, slots[0]);
  assert.deepEqual(content.attendee, {
    email: contact.email,
    name: contact.name,
    contact_id: contact.id,
  });
});

Deno.test("presentTimeOptions books the first slot when approved as it is", async () => {
  const run = readingRun(world);
  const { output } = await presentTimeOptions.apply(await proposed(), run.ctx);
  assert.equal(run.invitations.length, 1);
  assert.equal(run.invitations[0]?.invitation.starts_at, slots[0]?.start);
  assert.deepEqual(run.invitations[0]?.invitation.attendees, [
    { email: contact.email, name: contact.name },
  ]);
  assert.deepEqual(output.slot, slots[0]);
  assert.equal(output.delivery_status, "sent");
});

Deno.test("presentTimeOptions books the slot that an edit names by its times", async () => {
  const run = readingRun(world);
  // What a merge patch of {slot: {start, end}} leaves: the new times under the first slot's label.
  const edited = { ...await proposed(), slot: { ...slots[0], ...pick(slots[1]) } };
  const { output } = await presentTimeOptions.apply(edited, run.ctx);
  assert.deepEqual(output.slot, slots[1]);
  assert.equal(run.invitations[0]?.invitation.starts_at, slots[1]?.start);
});

function pick(slot: { start: string; end: string } | undefined) {
  return { start: slot?.start ?? "", end: slot?.end ?? "" };
}

Deno.test("presentTimeOptions books the slot that an edit names by its index", async () => {
  const run = readingRun(world);
  await presentTimeOptions.apply({ ...await proposed(), slot_index: 1 }, run.ctx);
  assert.equal(run.invitations[0]?.invitation.starts_at, slots[1]?.start);
});

const REFUSED_EDITS: readonly (readonly [what: string, edit: JsonObject])[] = [
  ["a slot that was not offered", {
    slot: { start: "2026-03-21T10:00:00-05:00", end: "2026-03-21T11:00:00-05:00", label: "x" },
  }],
  ["an index beyond the list", { slot_index: 2 }],
  ["an empty title", { title: " " }],
  ["a further field", { cc: "other@example.com" }],
  ["no slots", { slots: [] }],
  ["an address that is none", {
    attendee: { email: "not an address", name: "x", contact_id: "contact-1" },
  }],
];

for (const [what, edit] of REFUSED_EDITS) {
  Deno.test(`presentTimeOptions refuses an edit with ${what}`, async () => {
    assert.equal(
      presentTimeOptions.proposal.safeParse({ ...await proposed(), ...edit }).success,
      false,
    );
  });
}

Deno.test("presentTimeOptions invites nobody whose address is not the contact's", async () => {
  const run = readingRun(world);
  const edited = {
    ...await proposed(),
    attendee: { email: "stranger@elsewhere.example", name: "S", contact_id: contact.id },
  };
  await assert.rejects(presentTimeOptions.apply(edited, run.ctx), { code: "attendee_not_contact" });
  assert.deepEqual(run.invitations, []);
});

Deno.test("presentTimeOptions books once however often apply is repeated", async () => {
  const run = readingRun(world);
  const content = await proposed();
  const first = await presentTimeOptions.apply(content, run.ctx);
  const second = await presentTimeOptions.apply(content, run.ctx);
  assert.deepEqual(first.output, second.output);
  assert.equal(run.invitations.length, 1);
});

Deno.test("presentTimeOptions refuses to book a slot that has passed", async () => {
  const run = readingRun({ ...world, now: "2026-03-25T00:00:00Z" });
  await assert.rejects(presentTimeOptions.apply(await proposed(), run.ctx), {
    code: "slot_passed",
  });
});

const NOTHING_TO_ASK: readonly (readonly [why: string, parts: Parameters<typeof input>[0]])[] = [
  ["there are no slots", { slots: [] }],
  ["the slot search failed", { slots: null }],
  ["the event names no contact", { contact: null }],
  ["the contact has no address", { contact: { id: "c", name: "N", email: null } }],
];

for (const [why, parts] of NOTHING_TO_ASK) {
  Deno.test(`presentTimeOptions asks nothing and says why when ${why}`, async () => {
    const run = readingRun(world);
    const { proposals, output } = await presentTimeOptions.propose(input(parts), run.ctx);
    assert.deepEqual(proposals, []);
    assert.ok(output?.message);
    assert.deepEqual(run.invitations, []);
  });
}

Deno.test("presentTimeOptions stops before it books when aborted", async () => {
  const run = readingRun({ ...world, signal: AbortSignal.abort(new Error("stopped")) });
  await assert.rejects(presentTimeOptions.apply(await proposed(), run.ctx), /stopped/);
  assert.deepEqual(run.invitations, []);
});
