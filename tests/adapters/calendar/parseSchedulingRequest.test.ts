import assert from "node:assert/strict";
import {
  parseSchedulingRequest,
  type ParseSchedulingRequestOutput,
} from "../../../supabase/functions/_shared/orchestrator/adapters/calendar/parseSchedulingRequest.ts";
import { readingRun, type ReadingWorld, talk } from "../readingRun.ts";

interface Payload {
  readonly [field: string]: string | number;
}

async function parse(
  payload: Payload,
  world: ReadingWorld = {},
  timezone = "America/Chicago",
): Promise<ParseSchedulingRequestOutput> {
  const input = parseSchedulingRequest.input.parse({ payload, context: { user: { timezone } } });
  const { output } = await parseSchedulingRequest.run(input, readingRun(world).ctx);
  return parseSchedulingRequest.output.parse(output);
}

// Said on Thursday 12 March 2026, 10:00 in Chicago.
const DURATIONS: readonly (readonly [text: string, minutes: number])[] = [
  ["45 minutes next week", 45],
  ["can we do half an hour", 30],
  ["let's take an hour and a half", 90],
  ["I'd ask for an hour", 60],
  ["a couple of hours on site", 120],
  ["can we lock in twenty minutes", 20],
  ["a forty five minute demo", 45],
  ["1.5 hours should do", 90],
  ["a quick 15 tomorrow", 15],
  ["an hour, no, make it thirty minutes", 30],
  ["I'll call back in 10 minutes, let's meet Friday", 30],
  ["it takes 20 minutes to load, let's meet Friday", 30],
  ["we lost 2 hours a week, let's meet", 30],
  ["let's meet", 30],
];

for (const [text, minutes] of DURATIONS) {
  Deno.test(`parseSchedulingRequest reads ${minutes} minutes from "${text}"`, async () => {
    assert.equal((await parse({ scheduling_text: text })).duration_minutes, minutes);
  });
}

const WINDOWS: readonly (readonly [text: string, days: number, from: string, to: string])[] = [
  ["45 minutes next week", 7, "2026-03-16", "2026-03-22"],
  ["some time this week", 5, "2026-03-12", "2026-03-15"],
  ["today please", 1, "2026-03-12", "2026-03-12"],
  ["asap", 1, "2026-03-12", "2026-03-12"],
  ["tomorrow morning", 2, "2026-03-13", "2026-03-13"],
  ["in the next 10 days", 10, "2026-03-12", "2026-03-22"],
  ["before Wednesday", 5, "2026-03-12", "2026-03-17"],
  ["by Wednesday", 6, "2026-03-12", "2026-03-18"],
  ["the week of the twenty third", 18, "2026-03-23", "2026-03-29"],
  ["this Friday", 1, "2026-03-12", "2026-03-13"],
  ["some time next month", 50, "2026-04-01", "2026-04-30"],
];

for (const [text, days, from, to] of WINDOWS) {
  Deno.test(`parseSchedulingRequest reads the days of "${text}"`, async () => {
    const { timeframe_days, window } = await parse({ scheduling_text: text });
    assert.deepEqual({ timeframe_days, window }, { timeframe_days: days, window: { from, to } });
  });
}

const EXACT: readonly (readonly [text: string, starts: readonly string[]])[] = [
  ["Thursday the nineteenth, one o'clock", ["2026-03-19T13:00-05:00"]],
  ["Thursday at one. sure", ["2026-03-19T13:00-05:00"]],
  ["seven thirty on the Tuesday", ["2026-03-17T07:30-05:00"]],
  ["Tuesday at 3pm or Wednesday at 11am next week", [
    "2026-03-17T15:00-05:00",
    "2026-03-18T11:00-05:00",
  ]],
  ["Monday at 10 AM, 2 PM, or 4 PM Eastern", [
    "2026-03-16T10:00-04:00",
    "2026-03-16T14:00-04:00",
    "2026-03-16T16:00-04:00",
  ]],
  ["half past two on April second", ["2026-04-02T14:30-05:00"]],
  ["2026-04-01 09:30", ["2026-04-01T09:30-05:00"]],
  ["the 24th at 10", ["2026-03-24T10:00-05:00"]],
  ["not Monday at 3, Tuesday at 4", ["2026-03-17T16:00-05:00"]],
  ["I can't do Friday at 2", []],
  ["Thursday afternoon", []],
  ["between 2 and 4 on Friday", []],
  ["call me at 555 1234", []],
];

for (const [text, starts] of EXACT) {
  Deno.test(`parseSchedulingRequest finds ${starts.length} exact starts in "${text}"`, async () => {
    assert.deepEqual((await parse({ scheduling_text: text })).preferences.exact ?? [], starts);
  });
}

Deno.test("parseSchedulingRequest keeps days apart from days that are refused", async () => {
  const { preferences } = await parse({
    scheduling_text: "next week I'm away Monday Tuesday so it'd have to be Wednesday or after",
  });
  assert.deepEqual(preferences.days, [3, 4, 5]);
  assert.deepEqual(preferences.avoid_days, [1, 2]);
});

Deno.test("parseSchedulingRequest falls back to the spec's defaults and says so", async () => {
  const output = await parse({});
  assert.equal(output.duration_minutes, 30);
  assert.equal(output.timeframe_days, 5);
  assert.equal(output.window, null);
  assert.deepEqual(output.defaulted, ["duration_minutes", "timeframe_days"]);
});

Deno.test("parseSchedulingRequest takes the payload's numbers where the text is silent", async () => {
  const output = await parse({
    scheduling_text: "let's meet",
    duration_minutes: 60,
    days_ahead: 9,
  });
  assert.deepEqual([output.duration_minutes, output.timeframe_days], [60, 9]);
});

Deno.test("parseSchedulingRequest reckons from the meeting's start, not from now", async () => {
  const { preferences } = await parse({ scheduling_text: "Tuesday at 3", meeting_id: "m" }, {
    now: "2026-11-23T12:00:00Z",
    meeting: { started_at: "2026-03-12T10:00:00-05:00" },
  });
  assert.deepEqual(preferences.exact, ["2026-03-17T15:00-05:00"]);
});

Deno.test("parseSchedulingRequest guesses no date when the meeting's start is unknown", async () => {
  const { preferences, window } = await parse(
    { scheduling_text: "Tuesday at 3", meeting_id: "m" },
    { meeting: { started_at: null } },
  );
  assert.deepEqual(preferences, { days: [2] });
  assert.equal(window, null);
});

Deno.test("parseSchedulingRequest finds the length that was said beside the commitment", async () => {
  const output = await parse({ scheduling_text: "Thursday works for me", meeting_id: "m" }, {
    meeting: { started_at: "2026-03-12T10:00:00-05:00" },
    turns: talk(
      "Ann: the roll-out took about two hours",
      "Ben: nice weather up there by the way",
      "Ann: it is",
      "Ben: anyway",
      "Ann: could we book forty five minutes, Thursday at one",
      "Ben: Thursday works for me",
    ),
  });
  assert.equal(output.duration_minutes, 45);
  assert.deepEqual(output.preferences.exact, ["2026-03-19T13:00-05:00"]);
  assert.deepEqual(output.evidence.at(-1), {
    turn: 4,
    quote: "could we book forty five minutes, Thursday at one",
  });
});

Deno.test("parseSchedulingRequest leaves an unknown zone and says so", async () => {
  const run = readingRun();
  const input = parseSchedulingRequest.input.parse({
    payload: { scheduling_text: "tomorrow at 4", timezone: "Mars/Olympus" },
    context: { user: { timezone: "Europe/Berlin" } },
  });
  const { output } = await parseSchedulingRequest.run(input, run.ctx);
  assert.equal(output.timezone, "Europe/Berlin");
  assert.equal(run.warnings.length, 1);
});

Deno.test("parseSchedulingRequest gives the same output for the same input", async () => {
  const payload = { scheduling_text: "Tuesday at 3pm or Wednesday at 11am next week" };
  assert.deepEqual(await parse(payload), await parse(payload));
});

Deno.test("parseSchedulingRequest refuses a text that is not a text", () => {
  assert.equal(
    parseSchedulingRequest.input.safeParse({ payload: { scheduling_text: 7 }, context: {} })
      .success,
    false,
  );
});

Deno.test("parseSchedulingRequest stops when aborted", async () => {
  const signal = AbortSignal.abort(new Error("stopped"));
  await assert.rejects(parse({ scheduling_text: "tomorrow" }, { signal }), /stopped/);
});

Deno.test("parseSchedulingRequest fails when the meeting cannot be read", async () => {
  const crmFailure = new Error("crm down");
  await assert.rejects(
    parse({ scheduling_text: "x", meeting_id: "m" }, { crmFailure }),
    /crm down/,
  );
});
