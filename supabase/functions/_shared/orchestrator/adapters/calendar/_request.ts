import { Temporal } from "temporal-polyfill";
import { type Clock, type ClockRange, clockRange, findClocks } from "./_clocks.ts";
import {
  type DayMention,
  type FindDates,
  findDays,
  LIMIT_BEFORE,
  weekdayWishes,
  weekNamed,
} from "./_days.ts";
import { writeTimesInDigits } from "./_spokenTime.ts";
import { zoneNamedIn } from "./_zones.ts";

export type TimeOfDay = "morning" | "afternoon" | "evening";

/** Local calendar days, both included. */
export interface DayWindow {
  readonly from: string;
  readonly to: string;
}

/** What a text asks of a meeting to be booked; null where it says nothing. */
export interface SchedulingWishes {
  readonly duration_minutes: number | null;
  /** The horizon as worded: "next week" is 7, "this week" 5, "tomorrow" 2, "today" 1. */
  readonly timeframe_days: number | null;
  /** The days that the wording leaves open; null without one, or when the text's own date is unknown. */
  readonly window: DayWindow | null;
  readonly time_of_day: TimeOfDay | null;
  /** Local times of day within which the meeting should lie. */
  readonly between: { readonly from: string; readonly to: string } | null;
  /** ISO weekdays, 1 is Monday. */
  readonly days: readonly number[];
  readonly avoid_days: readonly number[];
  /** Starts named to the minute, ISO with offset, in the order of mention. */
  readonly exact: readonly string[];
  /** The zone that the text names ("2 PM Eastern"), else null. */
  readonly timezone: string | null;
}

export interface ReadingOptions {
  /** When the text was said, in the zone its times are meant in; null when unknown. */
  readonly reference: Temporal.ZonedDateTime | null;
  /** Finds month dates, ISO dates and "in three days". */
  readonly findDates: FindDates;
}

/** A length that is not the meeting's: "in an hour", "takes ten minutes". */
const NOT_A_LENGTH_BEFORE =
  /\b(?:(?<!lock |fit |squeeze |get |put |block )in|within|after|every|per|last|past|takes|took|(?:will|'ll|would|can|could|to) take|for the last|lasted|late|another|over|wait(?:ed)?|save[sd]?|spend(?:ing)?|half past)(?: about| around| maybe| only| like)? $/i;
const NOT_A_LENGTH_AFTER =
  /^ (?:ago|a week|a day|per|each|late|early|every|of (?:downtime|training|work)|from now|before|behind|ahead)/i;

/** Reads the wishes out of one text. Never throws; what it cannot read stays null. */
export function readSchedulingWishes(text: string, options: ReadingOptions): SchedulingWishes {
  const written = writeTimesInDigits(text);
  const reference = options.reference;
  const mentions = reference ? findDays(written, reference, options.findDates) : [];
  const { days, avoid } = weekdayWishes(written);
  const range = clockRange(written);
  const exact = reference ? exactStarts(written, mentions, reference, range) : [];
  const horizon = readHorizon(written, reference, mentions, exact);
  return {
    duration_minutes: readDuration(written),
    timeframe_days: horizon.days,
    window: horizon.window,
    time_of_day: timeOfDay(written),
    between: range
      ? { from: range.from.toString().slice(0, 5), to: range.to.toString().slice(0, 5) }
      : null,
    days,
    avoid_days: avoid,
    exact: exact.map((start) => start.toString({ timeZoneName: "never", smallestUnit: "minute" })),
    timezone: zoneNamedIn(text),
  };
}

/** Minutes of the meeting asked for; the last length named wins ("an hour, no, make it thirty"). */
export function readDuration(text: string): number | null {
  const written = writeTimesInDigits(text);
  let found: number | null = null;
  const pattern = /\b(\d+(?:\.\d+)?)[ -]?(minutes?|mins?|min|hours?|hrs?|h)\b/gi;
  for (const match of written.matchAll(pattern)) {
    if (NOT_A_LENGTH_BEFORE.test(written.slice(0, match.index))) continue;
    if (NOT_A_LENGTH_AFTER.test(written.slice(match.index + match[0].length))) continue;
    const perUnit = /^h/i.test(match[2] ?? "") ? 60 : 1;
    const minutes = Math.round(Number(match[1]) * perUnit);
    if (minutes >= 5 && minutes <= 480) found = minutes;
  }
  if (found !== null) return found;
  const bare = /\b(?:quick|give me|grab|for a) (10|15|20|30|45|60)\b(?! ?(?:%|percent|people))/i
    .exec(written);
  return bare ? Number(bare[1]) : null;
}

/** How far a day and an hour may stand apart and still belong together. */
const PAIRING_REACH = 160;

function exactStarts(
  text: string,
  mentions: readonly DayMention[],
  reference: Temporal.ZonedDateTime,
  range: ClockRange | null,
): readonly Temporal.ZonedDateTime[] {
  const zone = zoneNamedIn(text) ?? reference.timeZoneId;
  const starts: Temporal.ZonedDateTime[] = [];
  for (const clock of findClocks(text)) {
    if (range && clock.index < range.end && range.index < clock.end) continue;
    const day = dayOfClock(text, clock, mentions);
    if (!day || day.refused) continue;
    const start = day.date.toZonedDateTime({ timeZone: zone, plainTime: clock.time });
    if (Temporal.ZonedDateTime.compare(start, reference) <= 0) continue;
    if (!starts.some((known) => known.epochMilliseconds === start.epochMilliseconds)) {
      starts.push(start);
    }
  }
  return starts;
}

function dayOfClock(
  text: string,
  clock: Clock,
  mentions: readonly DayMention[],
): DayMention | null {
  // "Monday at 3" binds tightest, then "7:30 on the Tuesday", then the latest day named before the hour.
  const before =
    mentions.filter((day) => day.index < clock.end && clock.index - day.end <= PAIRING_REACH).at(
      -1,
    ) ?? null;
  if (before && /^[ ,]*$/.test(text.slice(before.end, clock.index))) return before;
  const following = mentions.find((day) =>
    day.index >= clock.end &&
    /^,? ?(?:on |the |this |next |your time |my time )*$/i.test(text.slice(clock.end, day.index))
  );
  return following ?? before;
}

function timeOfDay(text: string): TimeOfDay | null {
  if (
    /\bmornings?\b(?! (?:everyone|all|\w+$))|\bfirst thing\b|\bbefore (?:lunch|noon|12:00)|\bthis a ?m\b/i
      .test(text)
  ) {
    return "morning";
  }
  if (/\bafternoons?\b|\bafter lunch\b|\bend of (?:the )?(?:day|play)\b/i.test(text)) {
    return "afternoon";
  }
  return /\bevenings?\b|\bafter (?:work|hours)\b/i.test(text) ? "evening" : null;
}

function readHorizon(
  text: string,
  reference: Temporal.ZonedDateTime | null,
  mentions: readonly DayMention[],
  exact: readonly Temporal.ZonedDateTime[],
): { readonly days: number | null; readonly window: DayWindow | null } {
  const today = reference?.toPlainDate() ?? null;
  const spanned = (days: number, from: number, to: number) => ({
    days,
    window: today ? dayWindow(today.add({ days: from }), today.add({ days: to })) : null,
  });
  const week = today ? weekNamed(text, today) : null;
  if (week && today) {
    const days = /\bnext week\b/i.test(text) && !/\bweek of\b/i.test(text)
      ? 7
      : today.until(week).days + 7;
    return { days, window: dayWindow(week, week.add({ days: 6 })) };
  }
  if (/\bnext week\b/i.test(text)) return spanned(7, 0, 7);
  const nextDays =
    /\b(?:next|coming|within(?: the next)?|in the next) (\d{1,2}|few|couple of) (days|weeks)\b/i
      .exec(text);
  if (nextDays) {
    const count = Number(nextDays[1]) || (nextDays[1] === "few" ? 3 : 2);
    const days = count * (nextDays[2]?.toLowerCase() === "weeks" ? 7 : 1);
    return spanned(days, 0, days);
  }
  const until = mentions.find((day) => !day.refused && LIMIT_BEFORE.test(text.slice(0, day.index)));
  if (until && today) {
    const excluded = /\bbefore (?:the )?$/i.test(text.slice(0, until.index));
    const days = Math.max(1, today.until(until.date).days - (excluded ? 1 : 0));
    return { days, window: dayWindow(today, today.add({ days })) };
  }
  if (/\bthis week\b/i.test(text)) {
    return spanned(5, 0, today ? Math.max(0, 7 - today.dayOfWeek) : 5);
  }
  if (/\btomorrow\b/i.test(text) && mentions.length <= 1) return spanned(2, 1, 1);
  const open = mentions.filter((day) => !day.refused);
  const last = open.map((day) => day.date).sort(Temporal.PlainDate.compare).at(-1);
  const first = open.map((day) => day.date).sort(Temporal.PlainDate.compare).at(0);
  if (today && first && last) {
    const days = Math.max(1, today.until(last).days);
    const onwards = /\b(?:or|and) (?:after|later|onwards?)\b|\bonwards?\b|\bafter that\b/i.test(
      text,
    );
    const to = onwards ? last.add({ days: Math.max(0, 7 - last.dayOfWeek) }) : last;
    // Days named without an hour, or refused beside others, stay open as a window around them.
    return { days, window: dayWindow(exact.length > 0 ? first : today, to) };
  }
  if (/\btoday\b|\basap\b|\bas soon as possible\b|\burgent(?:ly)?\b/i.test(text)) {
    return spanned(1, 0, 0);
  }
  if (/\bnext month\b/i.test(text) && today) {
    const from = today.with({ day: 1 }).add({ months: 1 });
    return {
      days: today.until(from).days + from.daysInMonth,
      window: dayWindow(from, from.with({ day: from.daysInMonth })),
    };
  }
  return { days: null, window: null };
}

function dayWindow(from: Temporal.PlainDate, to: Temporal.PlainDate): DayWindow {
  return { from: from.toString(), to: to.toString() };
}
