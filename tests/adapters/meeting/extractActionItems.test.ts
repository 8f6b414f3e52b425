import assert from "node:assert/strict";
import {
  extractActionItems,
} from "../../../supabase/functions/_shared/orchestrator/adapters/meeting/extractActionItems.ts";
import { readingRun, type ReadingWorld, runSkill } from "../readingRun.ts";
import { assertQuoted, INJECTION, MEETING, SALES_CALL, saying, TURNS } from "./salesCall.ts";

async function itemsOf(world: ReadingWorld) {
  return (await runSkill(extractActionItems, readingRun(world).ctx)).action_items;
}

const OWNERS: readonly (readonly [how: string, lines: readonly string[], owner: string])[] = [
  ["who promises", ["Dana Whitfield: I'll send you the security report tonight."], "ours"],
  ["who accepts a request", [
    "Marcus Oyelaran: Could you send me the security report by Monday?",
    "Dana Whitfield: Sure.",
  ], "ours"],
  ["who is called by name", [
    "Dana Whitfield: Marcus, can you introduce me to your CFO this week?",
    "Marcus Oyelaran: Will do.",
  ], "theirs"],
  ["who offers, once accepted", [
    "Dana Whitfield: Shall I send you the security questionnaire?",
    "Marcus Oyelaran: Yes please.",
  ], "ours"],
];

for (const [how, lines, side] of OWNERS) {
  Deno.test(`extractActionItems gives the deed to ${how}`, async () => {
    const items = await itemsOf(saying(...lines));
    assert.deepEqual(items.map((item) => item.owner_side), [side]);
    assert.deepEqual(items.map((item) => item.owner), [
      side === "ours" ? "Dana Whitfield" : "Marcus Oyelaran",
    ]);
  });
}

const NO_PROMISE: readonly (readonly [what: string, lines: readonly string[]])[] = [
  ["a negated sentence", ["Dana Whitfield: I won't send you the contract before Friday."]],
  ["a denied intention", ["Dana Whitfield: I'm not going to send the deck today."]],
  ["advice", ["Dana Whitfield: If I were you I would send the contract to legal."]],
  ["a supposition", ["Dana Whitfield: In theory we could send you a sample report."]],
  ["a regret", ["Dana Whitfield: I would have sent the proposal last week."]],
  ["a deed that is done", ["Dana Whitfield: I sent you the proposal yesterday."]],
  ["a habit", ["Dana Whitfield: I usually send a recap after every call."]],
  ["a deed done on the call", ["Dana Whitfield: Okay, let me share my screen."]],
  ["a refused offer", [
    "Dana Whitfield: Want me to send the recording?",
    "Marcus Oyelaran: No, that's not necessary.",
  ]],
  ["a refused request", [
    "Marcus Oyelaran: Could you send me the security report?",
    "Dana Whitfield: I'm afraid I can't share that.",
  ]],
];

for (const [what, lines] of NO_PROMISE) {
  Deno.test(`extractActionItems does not take ${what} for a promise`, async () => {
    assert.deepEqual(await itemsOf(saying(...lines)), []);
  });
}

type DueCase = readonly [
  when: string,
  words: string,
  startedAt: string,
  zone: string,
  due: string,
];
const DUE_DAYS: readonly DueCase[] = [
  ["before midnight there", "tomorrow", "2026-03-13T02:30:00Z", "America/Chicago", "2026-03-13"],
  ["after midnight there", "tomorrow", "2026-03-12T16:30:00Z", "Asia/Tokyo", "2026-03-14"],
  [
    "tonight, the next day in UTC",
    "tonight",
    "2026-03-13T02:30:00Z",
    "America/Chicago",
    "2026-03-12",
  ],
  ["into a day of 23 hours", "tomorrow", "2026-03-08T05:30:00Z", "America/Chicago", "2026-03-08"],
  [
    "over the spring change",
    "in two days",
    "2026-03-08T05:30:00Z",
    "America/Chicago",
    "2026-03-09",
  ],
  [
    "over the autumn change",
    "within 48 hours",
    "2026-10-24T21:30:00Z",
    "Europe/London",
    "2026-10-26",
  ],
  ["over the year's end", "tomorrow", "2026-12-31T18:00:00Z", "America/Chicago", "2027-01-01"],
  ["on a leap day", "tomorrow", "2028-02-28T18:00:00Z", "America/Chicago", "2028-02-29"],
];

for (const [when, words, startedAt, zone, due] of DUE_DAYS) {
  Deno.test(`extractActionItems counts days where the meeting is: ${when}`, async () => {
    const [item] = await itemsOf({
      ...saying(`Dana Whitfield: I'll send the quote ${words}.`),
      meeting: { ...MEETING, started_at: startedAt, timezone: zone },
    });
    assert.equal(item.due_iso, due);
  });
}

Deno.test("extractActionItems guesses no day when the meeting's start is unknown", async () => {
  const [item] = await itemsOf({
    ...saying("Dana Whitfield: I'll send the quote tomorrow."),
    meeting: { ...MEETING, started_at: null },
  });
  assert.deepEqual([item.due_iso, item.due_text], [null, "tomorrow"]);
});

Deno.test("extractActionItems lists a repeated promise once", async () => {
  const items = await itemsOf(saying(
    "Dana Whitfield: I'll send the quote tomorrow.",
    "Marcus Oyelaran: Great.",
    "Dana Whitfield: So again, I'll send the quote tomorrow.",
  ));
  assert.equal(items.length, 1);
});

Deno.test("extractActionItems says a requested and promised deed once", async () => {
  const [item] = await itemsOf(SALES_CALL);
  assert.equal(item.text, "Send Marcus the pricing sheet by Friday");
});

Deno.test("extractActionItems knows no sides when nobody listed the attendees", async () => {
  const items = await itemsOf({ ...SALES_CALL, meeting: { ...MEETING, attendees: [] } });
  assert.ok(items.length > 0);
  assert.ok(items.every((item) => item.owner_side === "unknown"));
});

Deno.test("extractActionItems quotes what was said in the turn it names", async () => {
  assertQuoted(TURNS, await itemsOf(SALES_CALL));
});

Deno.test("extractActionItems is not moved by orders to a machine", async () => {
  const promise = "Dana Whitfield: I'll email the contract tonight.";
  assert.deepEqual(
    await itemsOf(saying(promise, INJECTION)),
    await itemsOf(saying(promise)),
  );
});

Deno.test("extractActionItems finds nothing without a transcript and says so", async () => {
  const run = readingRun({ meeting: MEETING });
  assert.equal((await runSkill(extractActionItems, run.ctx)).count, 0);
  assert.deepEqual(run.warnings, ["The meeting has no transcript to read"]);
});

Deno.test("extractActionItems refuses a meeting that is not there", async () => {
  await assert.rejects(itemsOf({}), { code: "meeting_not_found" });
});
