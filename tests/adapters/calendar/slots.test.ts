import assert from "node:assert/strict";
import fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import {
  findSlots,
  mergeIntervals,
  type SlotQuery,
  subtractIntervals,
  workingIntervals,
} from "../../../supabase/functions/_shared/orchestrator/adapters/calendar/_slots.ts";

const at = (iso: string): number => Temporal.Instant.from(iso).epochMilliseconds;
const MINUTE = 60_000;

const base: SlotQuery = {
  now: at("2026-03-12T15:00:00Z"),
  timezone: "America/Chicago",
  prospectTimezone: null,
  workingHours: { start: "09:00", end: "17:30", days: [1, 2, 3, 4, 5] },
  window: { from: "2026-03-12", to: "2026-03-17" },
  durationMinutes: 30,
  bufferMinutes: 0,
  busy: [],
  wishes: {
    timezone: "America/Chicago",
    timeOfDay: null,
    between: null,
    days: [],
    avoidDays: [],
    exact: [],
  },
  limit: 6,
};

/** Zones whose clocks change inside the searched weeks, on either hemisphere, and odd offsets. */
const zone = fc.constantFrom(
  "America/Chicago",
  "Europe/London",
  "Australia/Sydney",
  "Asia/Kolkata",
  "America/St_Johns",
  "UTC",
);

const query: fc.Arbitrary<SlotQuery> = fc.record({
  timezone: zone,
  prospectTimezone: fc.option(zone),
  firstDay: fc.constantFrom("2026-03-05", "2026-03-27", "2026-04-02", "2026-10-23", "2026-10-30"),
  days: fc.integer({ min: 0, max: 9 }),
  duration: fc.integer({ min: 5, max: 240 }),
  buffer: fc.constantFrom(0, 5, 15),
  startHour: fc.integer({ min: 0, max: 11 }),
  endHour: fc.integer({ min: 12, max: 23 }),
  busy: fc.array(
    fc.record({
      start: fc.integer({ min: -600, max: 12 * 1440 }),
      length: fc.integer({ min: 0, max: 600 }),
    }),
    { maxLength: 30 },
  ),
  timeOfDay: fc.option(fc.constantFrom("morning" as const, "afternoon" as const)),
  wantedDays: fc.subarray([1, 2, 3, 4, 5]),
}).map((raw) => {
  const day = Temporal.PlainDate.from(raw.firstDay);
  const midnight = day.toZonedDateTime(raw.timezone).epochMilliseconds;
  return {
    ...base,
    now: midnight,
    timezone: raw.timezone,
    prospectTimezone: raw.prospectTimezone,
    window: { from: raw.firstDay, to: day.add({ days: raw.days }).toString() },
    durationMinutes: raw.duration,
    bufferMinutes: raw.buffer,
    workingHours: {
      start: `${String(raw.startHour).padStart(2, "0")}:00`,
      end: `${raw.endHour}:00`,
      days: [1, 2, 3, 4, 5],
    },
    busy: raw.busy.map(({ start, length }) => ({
      start: midnight + start * MINUTE,
      end: midnight + (start + length) * MINUTE,
    })),
    wishes: {
      ...base.wishes,
      timezone: raw.timezone,
      timeOfDay: raw.timeOfDay,
      days: raw.wantedDays,
    },
  };
});

const check = (property: (query: SlotQuery) => void) =>
  fc.assert(fc.property(query, property), { numRuns: 200, seed: 20261123 });

Deno.test("findSlots() keeps every slot clear of busy time and its buffer", () => {
  check((given) => {
    for (const slot of findSlots(given).slots) {
      for (const busy of given.busy) {
        const margin = given.bufferMinutes * MINUTE;
        const clear = busy.end <= busy.start || busy.end + margin <= slot.start ||
          slot.end <= busy.start - margin;
        assert.ok(clear, `${slot.start} meets ${busy.start}–${busy.end}`);
      }
    }
  });
});

Deno.test("findSlots() keeps every slot inside the rep's local working hours and days", () => {
  check((given) => {
    for (const slot of findSlots(given).slots) {
      const start = Temporal.Instant.fromEpochMilliseconds(slot.start)
        .toZonedDateTimeISO(given.timezone);
      const end = Temporal.Instant.fromEpochMilliseconds(slot.end)
        .toZonedDateTimeISO(given.timezone);
      assert.ok(given.workingHours.days.includes(start.dayOfWeek));
      assert.ok(start.toPlainTime().toString() >= given.workingHours.start);
      assert.ok(end.toPlainTime().toString().slice(0, 5) <= given.workingHours.end);
      assert.equal(start.toPlainDate().toString(), end.toPlainDate().toString());
    }
  });
});

Deno.test("findSlots() gives every slot the exact duration, in the future and inside the window", () => {
  check((given) => {
    const { slots } = findSlots(given);
    assert.ok(slots.length <= given.limit);
    for (const slot of slots) {
      assert.equal(slot.end - slot.start, given.durationMinutes * MINUTE);
      assert.ok(slot.start >= given.now + 60 * MINUTE);
      const day = Temporal.Instant.fromEpochMilliseconds(slot.start)
        .toZonedDateTimeISO(given.timezone).toPlainDate().toString();
      assert.ok(given.window.from <= day && day <= given.window.to);
    }
  });
});

Deno.test("findSlots() offers slots that do not overlap one another, best first", () => {
  check((given) => {
    const { slots } = findSlots(given);
    slots.forEach((slot, index) => {
      for (const other of slots.slice(index + 1)) {
        assert.ok(slot.end <= other.start || other.end <= slot.start);
        assert.ok(slot.score >= other.score);
      }
    });
  });
});

Deno.test("findSlots() finds a slot whenever some working stretch is free for long enough", () => {
  check((given) => {
    const busy = mergeIntervals(given.busy.map((b) => ({
      start: b.start - given.bufferMinutes * MINUTE,
      end: b.end + given.bufferMinutes * MINUTE,
    })));
    // Ten minutes of slack: starts lie on five-minute marks.
    const needed = (given.durationMinutes + 10) * MINUTE;
    const fits = workingIntervals(given.window, given.workingHours, given.timezone)
      .flatMap((day) => subtractIntervals(day, busy))
      .some((free) =>
        free.end - Math.max(free.start, given.now + 60 * MINUTE) >= needed + 30 * MINUTE
      );
    if (fits) assert.ok(findSlots(given).slots.length > 0);
  });
});

Deno.test("workingIntervals() keeps local hours over a change of clocks", () => {
  const days = workingIntervals(
    { from: "2026-03-06", to: "2026-03-09" },
    { start: "09:00", end: "17:00", days: [1, 5] },
    "America/Chicago",
  );
  assert.deepEqual(days, [
    { start: at("2026-03-06T15:00:00Z"), end: at("2026-03-06T23:00:00Z") },
    { start: at("2026-03-09T14:00:00Z"), end: at("2026-03-09T22:00:00Z") },
  ]);
});

Deno.test("workingIntervals() counts the lost hour when the clocks change during work", () => {
  const [night] = workingIntervals(
    { from: "2026-03-29", to: "2026-03-29" },
    { start: "00:00", end: "08:00", days: [7] },
    "Europe/London",
  );
  assert.equal(night && night.end - night.start, 7 * 60 * MINUTE);
});

Deno.test("findSlots() puts a start that the people named first, even outside working hours", () => {
  const named = at("2026-03-17T12:30:00Z");
  const { slots } = findSlots({ ...base, wishes: { ...base.wishes, exact: [named] } });
  assert.equal(slots[0]?.start, named);
  assert.equal(slots[0]?.asked, true);
});

Deno.test("findSlots() drops a named start that is taken", () => {
  const named = at("2026-03-13T16:00:00Z");
  const { slots } = findSlots({
    ...base,
    busy: [{ start: named - 30 * MINUTE, end: named + 5 * MINUTE }],
    wishes: { ...base.wishes, exact: [named] },
  });
  assert.ok(slots.every((slot) => !slot.asked && slot.start !== named));
});

Deno.test("findSlots() spreads offers over days before it repeats a day", () => {
  const { slots } = findSlots({ ...base, limit: 3 });
  const days = slots.map((slot) => new Date(slot.start).toISOString().slice(0, 10));
  assert.equal(new Set(days).size, 3);
});

Deno.test("findSlots() offers only wished days while they are free", () => {
  const { slots } = findSlots({
    ...base,
    window: { from: "2026-03-12", to: "2026-03-20" },
    wishes: { ...base.wishes, days: [2, 4], timeOfDay: "afternoon" },
  });
  assert.ok(slots.length >= 3);
  for (const slot of slots) {
    const local = Temporal.Instant.fromEpochMilliseconds(slot.start)
      .toZonedDateTimeISO(base.timezone);
    assert.ok([2, 4].includes(local.dayOfWeek), String(local));
    assert.ok(local.hour >= 12 && local.hour < 17, String(local));
  }
});

Deno.test("findSlots() reads wished hours in the zone they were said in", () => {
  const { slots } = findSlots({
    ...base,
    window: { from: "2026-03-13", to: "2026-03-20" },
    wishes: {
      ...base.wishes,
      timezone: "America/New_York",
      between: { from: "14:00", to: "16:00" },
    },
  });
  assert.ok(slots.length > 0);
  for (const slot of slots) {
    const there = Temporal.Instant.fromEpochMilliseconds(slot.start)
      .toZonedDateTimeISO("America/New_York");
    assert.ok(there.hour >= 14 && there.hour < 16, String(there));
  }
});

Deno.test("findSlots() prefers times at which the prospect works", () => {
  const { slots } = findSlots({ ...base, prospectTimezone: "Europe/London" });
  assert.ok(slots.length >= 3);
  for (const slot of slots) {
    const there = Temporal.Instant.fromEpochMilliseconds(slot.start)
      .toZonedDateTimeISO("Europe/London");
    assert.ok(there.hour < 19, String(there));
  }
});

Deno.test("findSlots() uses a gap that lies on no half hour", () => {
  const { slots } = findSlots({
    ...base,
    window: { from: "2026-03-13", to: "2026-03-13" },
    busy: [
      { start: at("2026-03-13T00:00:00Z"), end: at("2026-03-13T15:15:00Z") },
      { start: at("2026-03-13T15:45:00Z"), end: at("2026-03-14T00:00:00Z") },
    ],
  });
  assert.deepEqual(slots.map((slot) => slot.start), [at("2026-03-13T15:15:00Z")]);
});

Deno.test("findSlots() gives nothing when the day is full", () => {
  const { slots, candidates } = findSlots({
    ...base,
    window: { from: "2026-03-13", to: "2026-03-13" },
    busy: [{ start: at("2026-03-13T00:00:00Z"), end: at("2026-03-14T06:00:00Z") }],
  });
  assert.deepEqual([slots.length, candidates], [0, 0]);
});
