/** Whatever a recorder writes becomes what can be stored, or is refused: never an error of ours (threat T31). */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  fathomContent,
  FathomMeeting,
} from "../../../supabase/functions/_shared/providers/recordings/fathom.ts";
import {
  addressOf,
  linkOf,
  minutesOf,
  momentOf,
  peopleOf,
  secondsOf,
  textOf,
  turnsOf,
} from "../../../supabase/functions/_shared/providers/recordings/words.ts";
import { MEETING_PROVIDERS } from "../../../supabase/functions/webhook-meeting/providers/index.ts";
import { fathomBody, meetingBaasBody, signHub, signStandard } from "../../support/webhooks.ts";

/** Strings as senders write them, and those that a database does not take. */
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constantFrom("\0", "\ud800", "a\udc00", "", " ", "null", "a".repeat(3000), "=cmd()", "<b>"),
);
const anything = fc.oneof(
  text,
  fc.constantFrom(
    null,
    undefined,
    0,
    -1,
    1e308,
    NaN,
    true,
    [],
    {},
    "2027-03-01T10:00:00Z",
    "25:61:61",
  ),
  fc.anything({ maxDepth: 2 }),
);

/** PostgreSQL's jsonb takes it. */
function assertStorable(value: unknown): void {
  for (const [, found] of entriesOf(value)) {
    if (typeof found !== "string") continue;
    assert.ok(found.isWellFormed() && !found.includes("\0"), JSON.stringify(found));
  }
}

function* entriesOf(value: unknown): Generator<readonly [string, unknown]> {
  if (typeof value !== "object" || value === null) return;
  for (const [key, one] of Object.entries(value)) {
    yield [key, one];
    yield* entriesOf(one);
  }
}

Deno.test("textOf(), addressOf(), linkOf(), momentOf(), secondsOf() and minutesOf() take anything", () => {
  fc.assert(
    fc.property(anything, (value) => {
      const read = [textOf(value, 20), addressOf(value), linkOf(value), momentOf(value)];
      assertStorable({ read });
      assert.ok((read[0]?.length ?? 0) <= 20 && (read[1]?.length ?? 0) <= 254);
      const seconds = secondsOf(value),
        minutes = minutesOf(Number(typeof value === "number" && value));
      assert.ok(seconds === null || seconds >= 0);
      assert.ok(minutes === null || (Number.isInteger(minutes) && minutes >= 0 && minutes <= 1440));
    }),
    { numRuns: 2000 },
  );
});

Deno.test("peopleOf() and turnsOf() keep what can be stored, and nobody twice", () => {
  const person = fc.record({ name: anything, email: anything });
  const turn = fc.record({
    speaker: anything,
    at: fc.oneof(fc.double(), fc.constant(null)),
    text: anything,
  });
  fc.assert(
    fc.property(fc.array(person), fc.array(turn), (people, said) => {
      const attendees = peopleOf(people), transcript = turnsOf(said);
      assertStorable({ attendees, transcript });
      const keys = attendees.map((one) => one.email ?? one.name);
      assert.equal(new Set(keys).size, keys.length);
      for (const one of transcript) {
        assert.ok(one.text.length > 0 && one.speaker.length <= 200);
        assert.ok(one.t_seconds === null || one.t_seconds >= 0);
      }
    }),
    { numRuns: 1000 },
  );
});

Deno.test("FathomMeeting refuses or takes whatever stands in a field; what it takes can be stored", () => {
  const good = JSON.parse(fathomBody(12)) as Record<string, unknown>;
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(good)), anything, (field, value) => {
      const parsed = FathomMeeting.safeParse({ ...good, [field]: value });
      if (parsed.success) assertStorable(fathomContent(parsed.data));
    }),
    { numRuns: 2000 },
  );
});

Deno.test("a signed body of anything is read, ignored or refused with 400", async () => {
  const whsec = `whsec_${btoa("signing secret of this endpoint")}`,
    hub = "fireflies-secret-24-chars";
  const bodies = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.tuple(fc.constantFrom("bot_id", "participants", "joined_at"), fc.jsonValue()).map(
      ([field, value]) => JSON.parse(meetingBaasBody("b1", { data: { [field]: value } })),
    ),
    fc.record({ meetingId: fc.jsonValue(), eventType: fc.constant("Transcription completed") }),
    fc.record({
      event: fc.constant("meeting.transcribed"),
      timestamp: fc.jsonValue(),
      meeting_id: fc.jsonValue(),
    }),
  );
  await fc.assert(
    fc.asyncProperty(bodies, async (value) => {
      const body = JSON.stringify(value);
      const deliveries = {
        fathom: signStandard(whsec, body),
        meetingbaas: signStandard(whsec, body, { family: "svix" }),
        generic: signStandard(whsec, body),
        fireflies: await signHub(hub, body),
      };
      for (const [provider, { headers }] of Object.entries(deliveries)) {
        const read = await MEETING_PROVIDERS.get(provider)!.verify({
          headers: new Headers(headers),
          body: new TextEncoder().encode(body),
          secrets: [whsec, hub],
        });
        try {
          read(value, { now: Date.now() });
        } catch (error) {
          const { status } = error as { status?: number };
          // A moment that is out of its window counts as a replay.
          assert.ok(status === 400 || (provider === "fireflies" && status === 401), String(error));
        }
      }
    }),
    { numRuns: 300 },
  );
});
