import assert from "node:assert/strict";
import { resolveDue } from "../../../../../supabase/functions/_shared/orchestrator/adapters/meeting/_dueDate.ts";

/** A Thursday morning in Chicago; in UTC it is the same day, in Sydney already Friday. */
const THURSDAY = { startedAt: "2026-03-12T10:00:00-05:00", timezone: "America/Chicago" };

const CASES: readonly (readonly [said: string, iso: string | null, fuzzy: boolean])[] = [
  ["you'll hear from me by Monday", "2026-03-16", false],
  ["probably tomorrow", "2026-03-13", false],
  ["the day after tomorrow", "2026-03-14", false],
  ["I'll do it tonight", "2026-03-12", false],
  ["this afternoon", "2026-03-12", false],
  ["by close of business", "2026-03-12", false],
  ["by close of business Wednesday", "2026-03-18", false],
  ["within the hour", "2026-03-12", false],
  ["straight after we hang up", "2026-03-12", false],
  ["by end of week", "2026-03-13", false],
  ["end of next week", "2026-03-20", false],
  ["by the end of the month", "2026-03-31", false],
  ["end of February", "2027-02-28", false],
  ["end of Q2", "2026-06-30", false],
  ["by the end of the year", "2026-12-31", false],
  ["next Friday", "2026-03-20", false],
  ["Tuesday next week", "2026-03-17", false],
  ["a week from Tuesday", "2026-03-24", false],
  ["Thursday or Friday", "2026-03-13", false],
  ["Thursday the nineteenth", "2026-03-19", false],
  ["on the 3rd", "2026-04-03", false],
  ["by the second", "2026-04-02", false],
  ["by June fifteenth", "2026-06-15", false],
  ["thirty June", "2026-06-30", false],
  ["May thirty one", "2026-05-31", false],
  ["first of October", "2026-10-01", false],
  ["by 3/20", "2026-03-20", false],
  ["in two weeks", "2026-03-26", false],
  ["three weeks today", "2026-04-02", false],
  ["within 48 hours", "2026-03-14", false],
  ["within two business days", "2026-03-16", false],
  ["before Thursday please", "2026-03-18", true],
  ["sometime next week", "2026-03-20", true],
  ["as soon as possible", null, true],
  // a date that is no deadline
  ["put the invite in for Monday at two", null, true],
  ["replay everything from Friday once it's open", null, true],
  ["fix the slides for tomorrow's demo", null, true],
  // no date at all
  ["I'll send the second option", null, false],
  ["I may send it", null, false],
  ["it takes about two days", null, false],
  ["Tuesdays I don't start till nine", null, false],
  ["the sun was out when we sat down", null, false],
];

for (const [said, iso, fuzzy] of CASES) {
  Deno.test(`resolveDue() reads "${said}" as ${iso ?? "no day"}${fuzzy ? ", loosely" : ""}`, () => {
    const due = resolveDue(said, THURSDAY);
    assert.deepEqual([due.due_iso, due.fuzzy], [iso, fuzzy]);
  });
}

Deno.test("resolveDue() reckons days in the meeting's zone, not in UTC", () => {
  // 23:30 on Thursday in Chicago is Friday in UTC.
  const late = { startedAt: "2026-03-13T04:30:00Z", timezone: "America/Chicago" };
  assert.equal(resolveDue("tomorrow", late).due_iso, "2026-03-13");
});

Deno.test("resolveDue() takes the offset of the start when the zone is unknown", () => {
  for (const timezone of [null, "Mars/Olympus"]) {
    const late = { startedAt: "2026-03-12T23:30:00-05:00", timezone };
    assert.equal(resolveDue("tomorrow", late).due_iso, "2026-03-13");
  }
});

Deno.test("resolveDue() keeps the words but guesses no day without a start", () => {
  assert.deepEqual(resolveDue("by Friday", { startedAt: null, timezone: null }), {
    due_iso: null,
    due_text: "friday",
    fuzzy: false,
  });
});
