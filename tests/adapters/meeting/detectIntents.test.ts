import assert from "node:assert/strict";
import {
  detectIntents,
} from "../../../supabase/functions/_shared/orchestrator/adapters/meeting/detectIntents.ts";
import { readingRun, type ReadingWorld, runSkill } from "../readingRun.ts";
import { assertQuoted, DANA, INJECTION, MEETING, SALES_CALL, saying, TURNS } from "./salesCall.ts";

function detect(world: ReadingWorld, outputs: object = {}) {
  return runSkill(detectIntents, readingRun(world).ctx, { outputs });
}

const SAID: readonly (readonly [intent: string, lines: readonly string[], due: string | null])[] = [
  ["send_proposal", ["Dana Whitfield: I'll send you the proposal by Friday."], "2026-03-13"],
  ["send_content", ["Dana Whitfield: I'll send the deck over tonight."], "2026-03-12"],
  [
    "check_with_team",
    ["Dana Whitfield: I'll check with our engineering team tomorrow."],
    "2026-03-13",
  ],
  ["pricing_request", ["Marcus Oyelaran: How much does it cost per truck?"], null],
  ["timeline_signal", ["Marcus Oyelaran: We need to go live by the first of May."], "2026-05-01"],
  ["competitive_mention", ["Marcus Oyelaran: We're also talking to FleetMax."], null],
  ["objection_blocker", ["Marcus Oyelaran: My concern is the data migration."], null],
  ["stakeholder_introduction", ["Marcus Oyelaran: I'll introduce you to Priya, our CFO."], null],
  ["objection_blocker", ["Marcus Oyelaran: One thing that does worry me is the depot."], null],
  ["objection_blocker", ["Marcus Oyelaran: Full advance is not possible from our side."], null],
  ["objection_blocker", ["Marcus Oyelaran: There are too many of them."], null],
  ["objection_blocker", ["Marcus Oyelaran: My only niggle would be the older drivers."], null],
  ["competitive_mention", ["Marcus Oyelaran: FleetMax has been calling."], null],
  ["competitive_mention", ["Marcus Oyelaran: Tried FleetMax for a year."], null],
  ["pricing_request", ["Marcus Oyelaran: What lies the price at, for twelve trucks?"], null],
  ["timeline_signal", ["Marcus Oyelaran: We must be running before the rains."], null],
  ["stakeholder_introduction", ["Marcus Oyelaran: Please include Balaji also."], null],
  ["stakeholder_introduction", ["Marcus Oyelaran: Our chairman has to sit in."], null],
  ["check_with_team", ["Dana Whitfield: I'll have a word with our technical chaps."], null],
  ["check_with_team", ["Dana Whitfield: I'll loop in our billing department."], null],
  [
    "send_proposal",
    ["Dana Whitfield: The revised quotation will reach you by Friday."],
    "2026-03-13",
  ],
  [
    "send_content",
    ["Dana Whitfield: I'll flick the cheat sheet through to you tonight."],
    "2026-03-12",
  ],
  ["send_content", ["Dana Whitfield: I can send you the data sheet until Monday."], "2026-03-16"],
  ["schedule_meeting", [
    "Dana Whitfield: There is a depot near you, how about the second of April, eleven o'clock?",
    "Marcus Oyelaran: The second of April suits.",
  ], null],
  ["schedule_meeting", [
    "Dana Whitfield: Good. Let us take a short status call on the twenty-fifth at nine?",
    "Marcus Oyelaran: Nine is fine.",
  ], null],
  ["schedule_meeting", [
    "Dana Whitfield: Then let us talk again once you have read it. Tuesday the 17th at one?",
    "Marcus Oyelaran: Tuesday the 17th works for me.",
  ], null],
  ["schedule_meeting", [
    "Dana Whitfield: Let's talk again next Wednesday at ten.",
    "Marcus Oyelaran: Works for me.",
  ], null],
];

for (const [intent, lines, due] of SAID) {
  Deno.test(`detectIntents hears ${intent} in “${lines.at(-1)}” and acts on it`, async () => {
    const { intents } = await detect(saying(...lines));
    assert.deepEqual(
      intents.map((found) => [found.intent, found.deadline_parsed, found.actionable]),
      [[intent, due, true]],
    );
  });
}

const UNSAID: readonly (readonly [what: string, line: string])[] = [
  ["a negated promise", "Dana Whitfield: We won't send a proposal this time."],
  ["a wish", "Dana Whitfield: It would be nice if we could send a proposal some day."],
  ["a lively yes", "Marcus Oyelaran: Haha, pretty much."],
  ["a verb that opens a question", "Marcus Oyelaran: Could do Tuesday at half six?"],
  ["orders to a machine", INJECTION],
];

for (const [what, line] of UNSAID) {
  Deno.test(`detectIntents takes ${what} for no intent`, async () => {
    assert.deepEqual((await detect(saying(line))).intents, []);
  });
}

Deno.test("detectIntents hears a repeated commitment once", async () => {
  const { intents } = await detect(saying(
    "Dana Whitfield: I'll send you the proposal by Friday.",
    "Marcus Oyelaran: Great.",
    "Dana Whitfield: Yes, I'll send you the proposal by Friday.",
  ));
  assert.equal(intents.length, 1);
});

Deno.test("detectIntents keeps two commitments of one intent apart", async () => {
  const { intents } = await detect(saying(
    "Dana Whitfield: I'll send you the contract today.",
    "Marcus Oyelaran: Thanks.",
    "Dana Whitfield: And I'll send you the pricing tomorrow.",
  ));
  assert.deepEqual(intents.map((found) => [found.intent, found.deadline_parsed]), [
    ["send_proposal", "2026-03-12"],
    ["send_proposal", "2026-03-13"],
  ]);
});

Deno.test("detectIntents only suggests when nobody told who sells", async () => {
  const world = saying("Dana Whitfield: I'll send you the proposal by Friday.");
  const { intents } = await detect({ ...world, meeting: { ...MEETING, attendees: [] } });
  assert.deepEqual(intents.map((found) => [found.confidence_tier, found.actionable]), [
    ["weak_implied", false],
  ]);
});

Deno.test("detectIntents skips a meeting among colleagues", async () => {
  const output = await detect({ ...SALES_CALL, meeting: { ...MEETING, attendees: [DANA] } });
  assert.deepEqual([output.count, output.reason], [0, "internal_meeting"]);
});

Deno.test("detectIntents skips what was classified as an interview", async () => {
  const output = await detect(SALES_CALL, {
    "classify-call-type": { call_type_name: "recruiting" },
  });
  assert.deepEqual([output.count, output.reason], [0, "recruiting_meeting"]);
});

Deno.test("detectIntents reads on when the classification is missing or strange", async () => {
  const { intents } = await detect(SALES_CALL);
  for (const classified of [null, "demo", { call_type_name: 7 }]) {
    const output = await detect(SALES_CALL, { "classify-call-type": classified });
    assert.deepEqual(output.intents, intents);
  }
});

Deno.test("detectIntents resolves a deadline over a clock change", async () => {
  const world = saying("Dana Whitfield: I'll send you the proposal tomorrow.");
  const { intents } = await detect({
    ...world,
    meeting: { ...MEETING, started_at: "2026-10-24T23:30:00+01:00", timezone: "Europe/London" },
  });
  assert.equal(intents[0].deadline_parsed, "2026-10-25");
});

Deno.test("detectIntents quotes what was said in the turn it names", async () => {
  const { intents, buying_signals } = await detect(SALES_CALL);
  assert.ok(intents.length > 3);
  assertQuoted(TURNS, [...intents, ...buying_signals]);
});

Deno.test("detectIntents finds nothing without a transcript", async () => {
  assert.equal((await detect({ meeting: MEETING })).count, 0);
});
