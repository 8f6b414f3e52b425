import { Temporal } from "temporal-polyfill";
import type { DayWindow, TimeOfDay } from "./_request.ts";

/** Half-open stretch of time in epoch milliseconds. */
export interface Interval {
  readonly start: number;
  readonly end: number;
}

export interface WorkingHours {
  /** Local, `09:00`. */
  readonly start: string;
  readonly end: string;
  /** ISO weekdays, 1 is Monday. */
  readonly days: readonly number[];
}

export interface SlotQuery {
  readonly now: number;
  /** The rep's zone: working hours and labels are reckoned in it. */
  readonly timezone: string;
  readonly prospectTimezone: string | null;
  readonly workingHours: WorkingHours;
  /** Local days to search, both included. */
  readonly window: DayWindow;
  readonly durationMinutes: number;
  readonly bufferMinutes: number;
  readonly busy: readonly Interval[];
  readonly wishes: SlotWishes;
  readonly limit: number;
}

export interface SlotWishes {
  /** The zone in which the wished days and hours were meant. */
  readonly timezone: string;
  readonly timeOfDay: TimeOfDay | null;
  readonly between: { readonly from: string; readonly to: string } | null;
  readonly days: readonly number[];
  readonly avoidDays: readonly number[];
  /** Starts that the people named, epoch milliseconds. */
  readonly exact: readonly number[];
}

export type SlotQuality = "excellent" | "good" | "fair" | "poor";
export type DayType = "today" | "tomorrow" | "this_week" | "next_week" | "later";

export interface RankedSlot extends Interval {
  /** 0 to 100; a start that the people named is always above one that they did not. */
  readonly score: number;
  readonly quality: SlotQuality;
  readonly dayType: DayType;
  /** True when the people named this very start. */
  readonly asked: boolean;
}

export interface SlotSearch {
  /** Best first, at most `limit`, never overlapping one another. */
  readonly slots: readonly RankedSlot[];
  /** How many starts were free before choosing. */
  readonly candidates: number;
}

const MINUTE = 60_000;
/** Nobody can prepare for, or even see, an invitation closer than this. */
export const MIN_NOTICE_MINUTES = 60;
/** Two offers on one day should be different offers. */
const SAME_DAY_GAP_MINUTES = 90;
/** With this many offers that meet every wish, others would only distract. */
const ENOUGH_WISHED = 3;

/**
 * Free times for a meeting. Every slot lasts exactly `durationMinutes` of real time, keeps
 * `bufferMinutes` from each busy interval and starts at least an hour from now. All lie in the rep's
 * working hours, except a start that the people themselves named.
 */
export function findSlots(query: SlotQuery): SlotSearch {
  const padded = mergeIntervals(
    query.busy.map((busy) => ({
      start: busy.start - query.bufferMinutes * MINUTE,
      end: busy.end + query.bufferMinutes * MINUTE,
    })),
  );
  const earliest = query.now + MIN_NOTICE_MINUTES * MINUTE;
  const duration = query.durationMinutes * MINUTE;

  const starts = new Map<number, boolean>();
  for (const start of query.wishes.exact) {
    if (start >= earliest && isFree({ start, end: start + duration }, padded)) {
      starts.set(start, true);
    }
  }
  for (const day of workingIntervals(query.window, query.workingHours, query.timezone)) {
    for (const free of subtractIntervals(day, padded)) {
      for (const start of gridStarts(free, query)) {
        if (start >= earliest && !starts.has(start)) starts.set(start, false);
      }
    }
  }
  const ranked = [...starts].map(([start, asked]) => rank(start, asked, query));
  return { slots: choose(ranked, query), candidates: ranked.length };
}

/** Sorted, disjoint cover of the same points. Empty intervals vanish. */
export function mergeIntervals(intervals: readonly Interval[]): readonly Interval[] {
  const sorted = intervals.filter((i) => i.end > i.start).toSorted((a, b) => a.start - b.start);
  const merged: { start: number; end: number }[] = [];
  for (const next of sorted) {
    const last = merged.at(-1);
    if (last && next.start <= last.end) last.end = Math.max(last.end, next.end);
    else merged.push({ ...next });
  }
  return merged;
}

/** The parts of `whole` outside `busy`, which is sorted and disjoint. */
export function subtractIntervals(whole: Interval, busy: readonly Interval[]): readonly Interval[] {
  const free: Interval[] = [];
  let cursor = whole.start;
  for (const taken of busy) {
    if (taken.end <= cursor) continue;
    if (taken.start >= whole.end) break;
    if (taken.start > cursor) free.push({ start: cursor, end: taken.start });
    cursor = taken.end;
  }
  if (cursor < whole.end) free.push({ start: cursor, end: whole.end });
  return free;
}

function isFree(slot: Interval, busy: readonly Interval[]): boolean {
  return !busy.some((taken) => taken.start < slot.end && slot.start < taken.end);
}

/**
 * Working hours of each local day of the window, as instants. A day on which the clocks change is an
 * hour shorter or longer; its length in real time follows.
 */
export function workingIntervals(
  window: DayWindow,
  hours: WorkingHours,
  timezone: string,
): readonly Interval[] {
  const intervals: Interval[] = [];
  const last = Temporal.PlainDate.from(window.to);
  const from = Temporal.PlainTime.from(hours.start);
  const to = Temporal.PlainTime.from(hours.end);
  for (
    let day = Temporal.PlainDate.from(window.from);
    Temporal.PlainDate.compare(day, last) <= 0;
    day = day.add({ days: 1 })
  ) {
    if (!hours.days.includes(day.dayOfWeek)) continue;
    const start = day.toZonedDateTime({ timeZone: timezone, plainTime: from }).epochMilliseconds;
    const end = day.toZonedDateTime({ timeZone: timezone, plainTime: to }).epochMilliseconds;
    if (end > start) intervals.push({ start, end });
  }
  return intervals;
}

/** Starts on the half hour (quarter hour for short meetings) of the local clock, inside `free`. */
function gridStarts(free: Interval, query: SlotQuery): readonly number[] {
  const step = query.durationMinutes < 30 ? 15 : 30;
  const duration = query.durationMinutes * MINUTE;
  const local = Temporal.Instant.fromEpochMilliseconds(free.start)
    .toZonedDateTimeISO(query.timezone);
  const past = (local.minute % step) * MINUTE + local.second * 1000 + local.millisecond;
  const first = past === 0 ? free.start : free.start + step * MINUTE - past;
  const starts: number[] = [];
  for (let start = first; start + duration <= free.end; start += step * MINUTE) starts.push(start);
  // A gap that fits the meeting but no half hour (10:15 to 10:45) is still a free time.
  const fiveMinutes = Math.ceil(free.start / (5 * MINUTE)) * 5 * MINUTE;
  if (starts.length === 0 && fiveMinutes + duration <= free.end) starts.push(fiveMinutes);
  return starts;
}

function rank(start: number, asked: boolean, query: SlotQuery): RankedSlot {
  const slot = { start, end: start + query.durationMinutes * MINUTE };
  const local = zoned(start, query.timezone);
  const today = zoned(query.now, query.timezone).toPlainDate();
  const daysAhead = today.until(local.toPlainDate()).days;
  let score = 50 + hourScore(local.hour + local.minute / 60) - Math.min(10, daysAhead);
  if (meetsWishes(slot, query)) score += 20;
  if (query.wishes.avoidDays.includes(local.dayOfWeek)) score -= 30;
  if (touches(slot, query.busy)) score -= 8;
  score += prospectScore(slot, query.prospectTimezone);
  const quality = qualityOf(score);
  // A named start outranks every other, and only a later one of its kind can follow it closely.
  const final = asked ? 100 : Math.max(0, Math.min(95, score));
  return {
    ...slot,
    score: final,
    quality: asked ? "excellent" : quality,
    dayType: dayTypeOf(today, local.toPlainDate()),
    asked,
  };
}

/** Back to back with another meeting: possible, but nobody's first choice. */
function touches(slot: Interval, busy: readonly Interval[]): boolean {
  return busy.some((taken) => taken.end === slot.start || taken.start === slot.end);
}

function zoned(at: number, timezone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timezone);
}

/** People meet best mid-morning and mid-afternoon, worst over lunch and at the edges of the day. */
function hourScore(hour: number): number {
  if (hour >= 9.5 && hour < 11.5) return 15;
  if (hour >= 13.5 && hour < 16) return 12;
  if (hour >= 12 && hour < 13) return -5;
  return hour < 8 || hour >= 17.5 ? -10 : 5;
}

/** The prospect's working day is guessed as nine to half past five; far outside it nobody answers. */
function prospectScore(slot: Interval, timezone: string | null): number {
  if (!timezone) return 0;
  const start = zoned(slot.start, timezone);
  const end = zoned(slot.end, timezone);
  const from = start.hour + start.minute / 60;
  const to = end.hour + end.minute / 60;
  const sameDay = start.toPlainDate().equals(end.toPlainDate());
  if (start.dayOfWeek > 5) return -50;
  if (sameDay && from >= 9 && to <= 17.5) return 10;
  return sameDay && from >= 8 && to <= 19 ? -10 : -50;
}

function qualityOf(score: number): SlotQuality {
  if (score >= 75) return "excellent";
  if (score >= 58) return "good";
  return score >= 35 ? "fair" : "poor";
}

function meetsWishes(slot: Interval, query: SlotQuery): boolean {
  const { timeOfDay, between, days, avoidDays } = query.wishes;
  const start = zoned(slot.start, query.wishes.timezone);
  const end = zoned(slot.end, query.wishes.timezone);
  if (days.length > 0 && !days.includes(start.dayOfWeek)) return false;
  if (avoidDays.includes(start.dayOfWeek)) return false;
  if (between) {
    const from = Temporal.PlainTime.from(between.from);
    const to = Temporal.PlainTime.from(between.to);
    if (Temporal.PlainTime.compare(start.toPlainTime(), from) < 0) return false;
    if (Temporal.PlainTime.compare(end.toPlainTime(), to) > 0) return false;
  }
  return timeOfDay === null || timeOfDay === timeOfDayOf(start.hour);
}

function timeOfDayOf(hour: number): TimeOfDay {
  if (hour < 12) return "morning";
  return hour < 17 ? "afternoon" : "evening";
}

function dayTypeOf(today: Temporal.PlainDate, day: Temporal.PlainDate): DayType {
  const ahead = today.until(day).days;
  if (ahead === 0) return "today";
  if (ahead === 1) return "tomorrow";
  const toSunday = 7 - today.dayOfWeek;
  if (ahead <= toSunday) return "this_week";
  return ahead <= toSunday + 7 ? "next_week" : "later";
}

/**
 * Best first, one per day in each round, so that a person who is away on one day still has a choice.
 * Times that break a wish, or that nobody on the other side would accept, only fill up a short list.
 */
function choose(ranked: readonly RankedSlot[], query: SlotQuery): readonly RankedSlot[] {
  const asked = ranked.filter((slot) => slot.asked)
    .toSorted((a, b) => query.wishes.exact.indexOf(a.start) - query.wishes.exact.indexOf(b.start));
  const rest = ranked.filter((slot) => !slot.asked)
    .toSorted((a, b) => b.score - a.score || a.start - b.start);
  const acceptable = rest.filter((slot) => slot.quality !== "poor");
  const wished = acceptable.filter((slot) => meetsWishes(slot, query));
  const tiers = [
    wished,
    acceptable.filter((slot) => !wished.includes(slot)),
    rest.filter((slot) => slot.quality === "poor"),
  ];
  const chosen: RankedSlot[] = [];
  for (const slot of asked) {
    if (chosen.length < query.limit && isFree(slot, chosen)) chosen.push(slot);
  }
  for (const tier of tiers) {
    if (chosen.length >= ENOUGH_WISHED) break;
    spread(tier, chosen, query);
  }
  // The sort is stable: starts that the people named keep the order in which they named them.
  return chosen.toSorted((a, b) => b.score - a.score);
}

function spread(tier: readonly RankedSlot[], chosen: RankedSlot[], query: SlotQuery): void {
  const remaining = [...tier];
  while (remaining.length > 0 && chosen.length < query.limit) {
    const usedDays = new Set<string>();
    const before = chosen.length;
    for (const slot of [...remaining]) {
      if (chosen.length >= query.limit) return;
      const day = zoned(slot.start, query.timezone).toPlainDate().toString();
      if (usedDays.has(day)) continue;
      remaining.splice(remaining.indexOf(slot), 1);
      const gap = SAME_DAY_GAP_MINUTES * MINUTE;
      if (!isFree({ start: slot.start - gap, end: slot.end + gap }, chosen)) continue;
      chosen.push(slot);
      usedDays.add(day);
    }
    if (chosen.length === before) return;
  }
}
