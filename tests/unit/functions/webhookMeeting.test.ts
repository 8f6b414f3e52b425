import assert from "node:assert/strict";
import { toMeeting } from "../../../supabase/functions/webhook-meeting/parse.ts";
import { GenericMeeting } from "../../../supabase/functions/webhook-meeting/schema.ts";

function parse(data: Readonly<Record<string, unknown>>) {
  return GenericMeeting.safeParse({
    type: "meeting.ended",
    data: { external_id: "x", title: "Call", ...data },
  });
}

function turnsOf(transcript: string) {
  return toMeeting(parse({ transcript }).data!).transcript;
}

const REFUSED: readonly (readonly [name: string, data: Readonly<Record<string, unknown>>])[] = [
  ["the year 0", { started_at: "0000-01-01T00:00:00Z" }],
  ["the year 9999", { started_at: "9999-01-01T00:00:00Z" }],
  ["an offset of almost a day", { started_at: "2027-01-01T00:00:00+23:59" }],
  ["an organiser's address of 6,000 letters", {
    organizer_email: `${"a".repeat(60)}@${"b.".repeat(3000)}example`,
  }],
  ["an attendee's address of 300 letters", {
    attendees: [{ name: "A", email: `${"a".repeat(60)}@${"b.".repeat(120)}example.com` }],
  }],
];

for (const [name, data] of REFUSED) {
  Deno.test(`GenericMeeting refuses ${name}, which the database would`, () => {
    assert.equal(parse(data).success, false);
  });
}

Deno.test("GenericMeeting takes a moment with the largest offset there is", () => {
  assert.equal(parse({ started_at: "2027-01-01T00:00:00+14:00" }).success, true);
});

Deno.test("toMeeting() splits a text at its speakers and joins what follows to them", () => {
  assert.deepEqual(turnsOf("Dana: Hello.\r\nAll well?\nSam Lee: Yes.\u2028Dana: Good."), [
    { speaker: "Dana", t_seconds: null, text: "Hello. All well?" },
    { speaker: "Sam Lee", t_seconds: null, text: "Yes." },
    { speaker: "Dana", t_seconds: null, text: "Good." },
  ]);
});

Deno.test("toMeeting() makes several turns of a line that is longer than a turn", () => {
  const turns = turnsOf(`Dana: ${"word ".repeat(10_000)}`);
  assert.deepEqual(turns.map((turn) => turn.speaker), ["Dana", "Dana", "Dana"]);
  assert.ok(turns.every((turn) => turn.text.length <= 20_000));
});

Deno.test("toMeeting() refuses a text of more turns than an array may have", () => {
  assert.throws(() => turnsOf("A: hi\n".repeat(50_001)), { status: 400, code: "invalid_input" });
});

Deno.test("toMeeting() reads eight megabytes of blanks in one pass", () => {
  const blanks = " ".repeat(8_000_000);
  assert.deepEqual(turnsOf(`A:${blanks}x\u2028y`).map((turn) => turn.text), ["x y"]);
});
