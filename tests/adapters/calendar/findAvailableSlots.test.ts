import assert from "node:assert/strict";
import { Temporal } from "temporal-polyfill";
import {
  busyIntervals,
  findAvailableSlots,
  type FindAvailableSlotsOutput,
  searchWindow,
} from "../../../supabase/functions/_shared/orchestrator/adapters/calendar/findAvailableSlots.ts";
import { readingRun, type ReadingWorld } from "../readingRun.ts";

interface Given {
  readonly payload?: Record<string, unknown>;
  readonly parsed?: Record<string, unknown> | null;
  readonly contact?: { readonly id: string } | null;
}

async function find(given: Given, world: ReadingWorld = {}): Promise<{
  readonly output: FindAvailableSlotsOutput;
  readonly run: ReturnType<typeof readingRun>;
}> {
  const run = readingRun(world);
  const input = findAvailableSlots.input.parse({
    payload: given.payload ?? {},
    outputs: { "parse-scheduling-request": given.parsed ?? null },
    context: { contact: given.contact ?? null },
    params: {},
  });
  const { output } = await findAvailableSlots.run(input, run.ctx);
  return { output: findAvailableSlots.output.parse(output), run };
}

const parsed = (parts: Record<string, unknown> = {}) => ({
  duration_minutes: 45,
  timeframe_days: 7,
  timezone: "America/Chicago",
  window: { from: "2026-03-16", to: "2026-03-22" },
  preferences: {},
  ...parts,
});

Deno.test("findAvailableSlots uses the parsed length and horizon, not the payload's", async () => {
  const { output, run } = await find({
    parsed: parsed(),
    payload: { duration_minutes: 30, days_ahead: 5 },
  });
  assert.ok(output.slots.length > 0);
  for (const slot of output.slots) {
    const start = Temporal.Instant.from(slot.start);
    assert.equal(start.until(slot.end).total("minutes"), 45);
    assert.ok(slot.start >= "2026-03-16" && slot.start < "2026-03-23", slot.start);
  }
  assert.equal(run.calendarReads.length, 1);
  assert.ok((run.calendarReads[0]?.toIso ?? "") > "2026-03-22");
});

Deno.test("findAvailableSlots falls back to payload and defaults without a parsed request", async () => {
  const { output } = await find({ payload: { days_ahead: 2 } });
  assert.equal(output.duration_minutes, 30);
  assert.deepEqual(output.window, { from: "2026-03-12", to: "2026-03-14" });
});

Deno.test("findAvailableSlots offers the exact proposal first when it is free", async () => {
  const { output } = await find({
    parsed: parsed({ preferences: { exact: ["2026-03-19T13:00-05:00"] } }),
  });
  assert.equal(output.slots[0]?.start, "2026-03-19T13:00:00-05:00");
  assert.equal(output.slots[0]?.asked_for, true);
  assert.equal(output.slots[0]?.label, "Thu 19 Mar, 13:00–13:45");
});

Deno.test("findAvailableSlots never offers time that the calendar holds busy or tentative", async () => {
  const busy = [
    { starts_at: "2026-03-16T05:00:00Z", ends_at: "2026-03-19T17:00:00Z" },
    {
      starts_at: "2026-03-19T18:00:00Z",
      ends_at: "2026-03-21T05:00:00Z",
      busy_status: "tentative" as const,
    },
  ];
  const { output } = await find({ parsed: parsed() }, { calendar: busy });
  assert.deepEqual(output.slots.map((slot) => slot.start), ["2026-03-19T12:00:00-05:00"]);
});

Deno.test("findAvailableSlots ignores rows marked free", async () => {
  const calendar = [{
    starts_at: "2026-03-16T05:00:00Z",
    ends_at: "2026-03-23T05:00:00Z",
    busy_status: "free" as const,
  }];
  const { output } = await find({ parsed: parsed() }, { calendar });
  assert.equal(output.busy_count, 0);
  assert.ok(output.success);
});

Deno.test("findAvailableSlots answers with a message when nothing is free", async () => {
  const calendar = [{ starts_at: "2026-03-15T05:00:00Z", ends_at: "2026-03-24T05:00:00Z" }];
  const { output } = await find({ parsed: parsed() }, { calendar });
  assert.equal(output.success, false);
  assert.deepEqual(output.slots, []);
  assert.equal(output.message, "No free 45 minutes from 2026-03-16 to 2026-03-22");
});

Deno.test("findAvailableSlots notes the prospect's time, taken from the contact", async () => {
  const { output } = await find({ parsed: parsed(), contact: { id: "c" } }, {
    contacts: [{ id: "c", timezone: "Europe/London" }],
  });
  assert.equal(output.prospect_timezone, "Europe/London");
  for (const slot of output.slots) assert.match(slot.timezone_note ?? "", /in Europe\/London$/);
});

Deno.test("findAvailableSlots searches from today when the days asked for have passed", async () => {
  const { output, run } = await find({ parsed: parsed() }, { now: "2026-11-23T12:00:00Z" });
  assert.equal(output.window.from, "2026-11-23");
  assert.ok(output.success);
  assert.equal(run.warnings.length, 1);
});

Deno.test("findAvailableSlots refuses a run without a user", async () => {
  await assert.rejects(find({}, { userId: null }), { code: "no_user" });
});

Deno.test("findAvailableSlots offers nothing over a calendar that it cannot read", async () => {
  await assert.rejects(find({}, { crmFailure: new Error("crm down") }), /crm down/);
});

Deno.test("findAvailableSlots stops when aborted", async () => {
  await assert.rejects(find({}, { signal: AbortSignal.abort(new Error("stopped")) }), /stopped/);
});

Deno.test("findAvailableSlots refuses a parsed request of another shape", () => {
  const bad = { payload: {}, outputs: { "parse-scheduling-request": { duration_minutes: "x" } } };
  assert.equal(findAvailableSlots.input.safeParse({ ...bad, context: {} }).success, false);
});

Deno.test("busyIntervals() blocks the rep's whole local day for an all-day row in UTC", () => {
  const [day] = busyIntervals([{
    id: "1",
    title: "Leave",
    starts_at: "2026-03-16T00:00:00Z",
    ends_at: "2026-03-17T00:00:00Z",
    is_all_day: true,
    busy_status: "busy",
    organizer_email: null,
    attendees: [],
  }], "America/Chicago");
  assert.deepEqual(day, {
    start: Temporal.Instant.from("2026-03-16T05:00:00Z").epochMilliseconds,
    end: Temporal.Instant.from("2026-03-17T05:00:00Z").epochMilliseconds,
  });
});

Deno.test("searchWindow() never starts before today", () => {
  const today = Temporal.PlainDate.from("2026-03-18");
  assert.deepEqual(
    searchWindow(
      { timeframe_days: 7, window: { from: "2026-03-16", to: "2026-03-22" } },
      null,
      today,
    ),
    { window: { from: "2026-03-18", to: "2026-03-22" }, passed: false },
  );
});
