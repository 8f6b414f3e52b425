import assert from "node:assert/strict";
import { Temporal } from "temporal-polyfill";
import {
  planSchedule,
  type ScheduleTimes,
} from "../../../../supabase/functions/_shared/orchestrator/core/schedule.ts";

/** Zones with whole, half and quarter hours, both hemispheres, a shift of half an hour, and none at all. */
const ZONES = [
  "UTC",
  "America/New_York",
  "America/Los_Angeles",
  "America/St_Johns",
  "America/Sao_Paulo",
  "America/Santiago",
  "America/Havana",
  "Europe/London",
  "Europe/Berlin",
  "Europe/Lisbon",
  "Africa/Cairo",
  "Africa/Casablanca",
  "Asia/Kolkata",
  "Asia/Kathmandu",
  "Asia/Tokyo",
  "Asia/Beirut",
  "Asia/Jerusalem",
  "Australia/Lord_Howe",
  "Australia/Sydney",
  "Australia/Adelaide",
  "Pacific/Auckland",
  "Pacific/Chatham",
  "Pacific/Kiritimati",
  "Pacific/Apia",
];

const EXPRESSIONS = [
  "30 2 * * *",
  "30 1 * * *",
  "0 0 * * *",
  "15 3 * * 0",
  "*/20 * * * *",
  "0 * * * *",
  "30 1-3 * * *",
  "0 0,2,4 * * *",
  "45 */2 * * 1-5",
  "0 9 1 * *",
  "0 12 13 * 5",
  "10 4 * mar,oct,nov sun",
];

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Numbers that a field names; the oracle's own reading. */
function numbersOf(field: string, from: number, to: number, names = ""): ReadonlySet<number> {
  const numbers = new Set<number>();
  for (const part of field.split(",")) {
    const [range, step = "1"] = part.split("/");
    const read = (word: string) => {
      const at = names.split(" ").indexOf(word);
      return at >= 0 && names !== "" ? at + from : Number(word);
    };
    const [low, high = low] = range === "*" ? [from, to] : range.split("-").map(read);
    for (let n = low; n <= high; n += Number(step)) numbers.add(n);
  }
  return numbers;
}

/** What a zone's wall clock shows at one minute. */
interface Shown {
  readonly at: number;
  readonly date: string;
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  /** Minutes since midnight. */
  readonly time: number;
}

function watchClock(zone: string, [from, to]: readonly [number, number]): readonly Shown[] {
  const shown: Shown[] = [];
  for (let at = from; at <= to; at += MINUTE_MS) {
    const wall = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
    shown.push({
      at,
      date: `${wall.year}-${wall.month}-${wall.day}`,
      month: wall.month,
      day: wall.day,
      weekday: wall.dayOfWeek % 7,
      time: wall.hour * 60 + wall.minute,
    });
  }
  return shown;
}

/**
 * Due times by another way: every minute is asked what the wall clock shows. A single time of day happens once on
 * its day: the first of two, or the moment the clocks have skipped it. The first minute only says what was before.
 */
function dueByOracle(expression: string, clock: readonly Shown[]): string[] {
  const [minute, hour, day, month, weekday] = expression.split(" ");
  const minutes = numbersOf(minute, 0, 59), hours = numbersOf(hour, 0, 23);
  const days = numbersOf(day, 1, 31);
  const months = numbersOf(month, 1, 12, "jan feb mar apr may jun jul aug sep oct nov dec");
  const weekdays = new Set(
    [...numbersOf(weekday, 0, 7, "sun mon tue wed thu fri sat")].map((d) => d % 7),
  );
  const isDay = (at: Shown) => {
    if (!months.has(at.month)) return false;
    const byDay = days.has(at.day), byWeekday = weekdays.has(at.weekday);
    // Two restricted fields of the day: either is enough.
    return day !== "*" && weekday !== "*" ? byDay || byWeekday : byDay && byWeekday;
  };
  const due: string[] = [];
  const done = new Set<string>();
  for (let i = 1; i < clock.length; i++) {
    const now = clock[i], before = clock[i - 1];
    if (!isDay(now)) continue;
    if (minutes.size > 1 || hours.size > 1) {
      if (hours.has(Math.floor(now.time / 60)) && minutes.has(now.time % 60)) due.push(iso(now.at));
      continue;
    }
    const [wantedHour] = hours, [wantedMinute] = minutes;
    const wanted = wantedHour * 60 + wantedMinute;
    const wasBefore = before.date !== now.date || before.time < wanted;
    if (now.time >= wanted && wasBefore && !done.has(now.date)) {
      done.add(now.date);
      due.push(iso(now.at));
    }
  }
  return due;
}

const iso = (ms: number) => new Date(ms).toISOString();

function dueByPlan(expression: string, zone: string, range: readonly [number, number]): string[] {
  const times: string[] = [];
  let next =
    planSchedule(scheduleOf({ cron_expression: expression, timezone: zone }), range[0] - 1).next;
  while (next !== null && Date.parse(next) <= range[1]) {
    times.push(next);
    next = planSchedule(
      scheduleOf({ cron_expression: expression, timezone: zone, next_run_at: next }),
      Date.parse(next),
    ).next;
  }
  return times;
}

function scheduleOf(more: Partial<ScheduleTimes>): ScheduleTimes {
  return {
    cron_expression: "0 * * * *",
    timezone: "UTC",
    next_run_at: null,
    missed_run_policy: "run_once",
    ...more,
  };
}

/** Days around each change of a zone's offset in a year, and one quiet day. */
function rangesOf(zone: string, year: number): readonly (readonly [number, number])[] {
  const ranges: [number, number][] = [[Date.UTC(year, 6, 14), Date.UTC(year, 6, 15)]];
  let at: Temporal.ZonedDateTime | null = Temporal.ZonedDateTime.from({
    timeZone: zone,
    year,
    month: 1,
    day: 1,
  });
  while ((at = at.getTimeZoneTransition("next")) !== null && at.year === year) {
    ranges.push([at.epochMilliseconds - DAY_MS, at.epochMilliseconds + DAY_MS]);
  }
  return ranges.map(([from, to]) => [Math.floor(from / MINUTE_MS) * MINUTE_MS, to]);
}

for (const zone of ZONES) {
  Deno.test(`planSchedule() names the due times of ${zone} that the wall clock shows, through its changes of 2026`, () => {
    for (const range of rangesOf(zone, 2026)) {
      const clock = watchClock(zone, range);
      for (const expression of EXPRESSIONS) {
        assert.deepEqual(
          dueByPlan(expression, zone, [range[0] + 1, range[1]]),
          dueByOracle(expression, clock),
          `${expression} from ${iso(range[0])}`,
        );
      }
    }
  });
}

const at = (time: string) => Date.parse(`2026-11-27T${time}Z`);

interface Missed {
  readonly name: string;
  readonly policy: string;
  readonly since: string;
  readonly now: string;
  readonly due: readonly string[];
}

/** Hourly, on the hour. */
const MISSED: readonly Missed[] = [
  { name: "on time", policy: "skip", since: "10:00:00", now: "10:00:04", due: ["10:00"] },
  { name: "four minutes late", policy: "skip", since: "10:00:00", now: "10:04:00", due: ["10:00"] },
  { name: "missed", policy: "skip", since: "10:00:00", now: "10:06:00", due: [] },
  {
    name: "after three hours, the last on time",
    policy: "skip",
    since: "10:00:00",
    now: "13:00:05",
    due: ["13:00"],
  },
  { name: "after three hours", policy: "skip", since: "10:00:00", now: "13:20:00", due: [] },
  {
    name: "after three hours",
    policy: "run_once",
    since: "10:00:00",
    now: "13:20:00",
    due: ["13:00"],
  },
  { name: "on time", policy: "run_once", since: "10:00:00", now: "10:00:00", due: ["10:00"] },
  {
    name: "after three hours",
    policy: "catch_up(2)",
    since: "10:00:00",
    now: "13:20:00",
    due: ["12:00", "13:00"],
  },
  {
    name: "after three hours",
    policy: "catch_up(100)",
    since: "10:00:00",
    now: "13:20:00",
    due: ["10:00", "11:00", "12:00", "13:00"],
  },
];

for (const { name, policy, since, now, due } of MISSED) {
  Deno.test(`planSchedule() with ${policy} runs ${due.join(" and ") || "nothing"} ${name}`, () => {
    const plan = planSchedule(
      scheduleOf({ next_run_at: iso(at(since)), missed_run_policy: policy }),
      at(now),
    );
    assert.deepEqual(plan.due, due.map((time) => iso(at(`${time}:00`))));
    assert.ok(Date.parse(plan.next!) > at(now));
  });
}

Deno.test("planSchedule() runs a stored time that somebody set by hand", () => {
  const plan = planSchedule(scheduleOf({ next_run_at: iso(at("09:59:30")) }), at("09:59:40"));
  assert.deepEqual(plan, { due: [iso(at("09:59:30"))], next: iso(at("10:00:00")) });
});

Deno.test("planSchedule() walks no year of minutes after a long outage", () => {
  const started = performance.now();
  const plan = planSchedule(
    scheduleOf({
      cron_expression: "* * * * *",
      next_run_at: "2024-01-01T00:00:00.000Z",
      missed_run_policy: "catch_up(100)",
    }),
    at("10:00:30"),
  );
  assert.equal(plan.due.length, 100);
  assert.deepEqual([plan.due[0], plan.due[99]], [iso(at("08:21:00")), iso(at("10:00:00"))]);
  assert.ok(performance.now() - started < 5000);
});

Deno.test("planSchedule() finds the last of a rare schedule after years", () => {
  const plan = planSchedule(
    scheduleOf({ cron_expression: "0 0 29 2 *", next_run_at: "2020-02-29T00:00:00.000Z" }),
    at("10:00:00"),
  );
  assert.deepEqual(plan, {
    due: ["2024-02-29T00:00:00.000Z"],
    next: "2028-02-29T00:00:00.000Z",
  });
});

Deno.test("planSchedule() answers no next time for a day that never comes", () => {
  assert.equal(
    planSchedule(scheduleOf({ cron_expression: "0 0 31 2 *" }), at("10:00:00")).next,
    null,
  );
});

Deno.test("planSchedule() runs nothing when a schedule is first seen", () => {
  assert.deepEqual(planSchedule(scheduleOf({}), at("10:00:00")), {
    due: [],
    next: iso(at("11:00:00")),
  });
});

for (const broken of [{ cron_expression: "every day" }, { timezone: "Mars/Olympus" }]) {
  Deno.test(`planSchedule() throws for ${Object.values(broken)[0]}`, () => {
    assert.throws(() => planSchedule(scheduleOf(broken), at("10:00:00")));
  });
}
