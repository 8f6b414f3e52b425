import { Temporal } from "temporal-polyfill";

/** A date found by a general parser (chrono-node); `index` counts in the text it was given. */
export interface FoundDate {
  readonly index: number;
  readonly length: number;
  readonly date: Temporal.PlainDate;
}

const WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
export const WEEKDAY =
  "mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:rs?(?:day)?)?|fri(?:day)?|" +
  "sat(?:urday)?|sun(?:day)?";
const WEEKDAY_PATTERN = new RegExp(
  `\\b(next |this |coming )?(${WEEKDAY})s?\\b(?:,? (?:the )?(\\d{1,2})(?:st|nd|rd|th)\\b)?`,
  "gi",
);
const DAY_OF_MONTH_PATTERN = /\bthe (\d{1,2})(?:st|nd|rd|th)\b/gi;
/** A weekday is refused when words like these stand before it in the same clause. */
const REFUSAL =
  /\b(?:can'?t|cannot|can not|couldn'?t|not|won'?t|don'?t|never|except|but not|unavailable|busy|off|out|away|travelling|traveling|on leave|booked|tied up|am in|i'm in|we're in)\b[^.;?!]*$/i;
/** "by Friday": the day is a limit. */
export const LIMIT_BEFORE = /\b(?:by|before|until|till|no later than) (?:the |this |next )?$/i;
/** Words after it that refuse it: "Tuesday is no good". */
const REFUSED_AFTER =
  /^[^.;?!,]{0,20}\b(?:doesn'?t work|won'?t work|is out|is no good|no good|is bad|is full|is impossible|i can'?t|we can'?t)\b/i;
/** One day that a text names; `index` and `end` count in the rewritten text. */
export interface DayMention {
  readonly index: number;
  readonly end: number;
  readonly date: Temporal.PlainDate;
  readonly refused: boolean;
}

/** Finds month dates, ISO dates and "in three days" (chrono-node in production). */
export type FindDates = (text: string, reference: Temporal.ZonedDateTime) => readonly FoundDate[];

/** Every day that the text names, resolved after `reference`, in order of mention. */
export function findDays(
  text: string,
  reference: Temporal.ZonedDateTime,
  findDates: FindDates,
): readonly DayMention[] {
  const today = reference.toPlainDate();
  const week = weekNamed(text, today);
  const mentions: DayMention[] = [];
  const add = (index: number, length: number, date: Temporal.PlainDate | null) => {
    const end = index + length;
    if (!date || mentions.some((m) => index < m.end && m.index < end)) return;
    mentions.push({ index, end, date, refused: isRefused(text, index, end) });
  };
  for (const found of findDates(text, reference)) add(found.index, found.length, found.date);
  for (const match of text.matchAll(WEEKDAY_PATTERN)) {
    const weekday = weekdayNumber(match[2] ?? "");
    const date = match[3]
      ? nextDayOfMonth(today, Number(match[3]), weekday)
      : weekdayDate(today, weekday, (match[1] ?? "").trim().toLowerCase(), week);
    add(match.index, match[0].length, date);
  }
  for (const match of text.matchAll(DAY_OF_MONTH_PATTERN)) {
    if (/week of\s+$/i.test(text.slice(0, match.index))) continue;
    add(match.index, match[0].length, nextDayOfMonth(today, Number(match[1]), null));
  }
  mentions.sort((a, b) => a.index - b.index);
  return mentions;
}

/** Where a refusal ends: "can't do Monday, Tuesday" refuses both, "not Monday at 3, Tuesday at 4" one. */
const CLAUSE_END = /[.;?!]|, (?:so|but)|(?<=\d(?: ?[ap]m)?), |\bso it'd|\bbut\b/;

function isRefused(text: string, index: number, end: number): boolean {
  const clause = text.slice(0, index).split(CLAUSE_END).at(-1) ?? "";
  return REFUSAL.test(clause) || REFUSED_AFTER.test(text.slice(end));
}

/** The Monday of the week that the text names, or null. */
export function weekNamed(text: string, today: Temporal.PlainDate): Temporal.PlainDate | null {
  const monday = today.subtract({ days: today.dayOfWeek - 1 });
  const ofDay =
    /\bweek (?:of|commencing|starting|beginning) (?:the )?(?:(?:mon|tues|wednes|thurs|fri)day,? )?(?:the )?(\d{1,2})(?:st|nd|rd|th)?\b/i
      .exec(text);
  if (ofDay) {
    const day = nextDayOfMonth(today, Number(ofDay[1]), null);
    return day?.subtract({ days: day.dayOfWeek - 1 }) ?? null;
  }
  if (/\b(?:the )?week after next\b/i.test(text)) return monday.add({ weeks: 2 });
  const inWeeks = /\bin (\d) weeks?(?:'? time)?\b/i.exec(text);
  if (inWeeks) return monday.add({ weeks: Number(inWeeks[1]) });
  if (/\bnext week\b/i.test(text)) return monday.add({ weeks: 1 });
  return null;
}

function weekdayDate(
  today: Temporal.PlainDate,
  weekday: number,
  word: string,
  week: Temporal.PlainDate | null,
): Temporal.PlainDate {
  if (week) return week.add({ days: weekday - 1 });
  if (word === "next") return today.add({ days: 8 - today.dayOfWeek + weekday - 1 });
  const ahead = (weekday - today.dayOfWeek + 7) % 7;
  return today.add({ days: ahead === 0 && word !== "this" ? 7 : ahead });
}

/** The next date with this day of the month (and weekday); null when none comes within 13 months. */
function nextDayOfMonth(
  today: Temporal.PlainDate,
  day: number,
  weekday: number | null,
): Temporal.PlainDate | null {
  for (let month = 0; month <= 13; month++) {
    const first = today.with({ day: 1 }).add({ months: month });
    if (day < 1 || day > first.daysInMonth) continue;
    const date = first.with({ day });
    if (Temporal.PlainDate.compare(date, today) < 0) continue;
    if (weekday === null || date.dayOfWeek === weekday) return date;
  }
  return weekday === null ? null : nextDayOfMonth(today, day, null);
}

function weekdayNumber(name: string): number {
  const start = name.slice(0, 3).toLowerCase();
  return WEEKDAYS.findIndex((weekday) => weekday.startsWith(start)) + 1;
}

/** ISO weekdays that are asked for, and those that are refused. */
export function weekdayWishes(text: string): { days: readonly number[]; avoid: readonly number[] } {
  const days = new Set<number>();
  const avoid = new Set<number>();
  for (const match of text.matchAll(WEEKDAY_PATTERN)) {
    const weekday = weekdayNumber(match[2] ?? "");
    const end = match.index + match[0].length;
    if (isRefused(text, match.index, end)) avoid.add(weekday);
    else if (/^ (?:or|and) (?:after|later|onwards?)|^ onwards?/i.test(text.slice(end))) {
      for (let later = weekday; later <= 5; later++) days.add(later);
    } else if (!LIMIT_BEFORE.test(text.slice(0, match.index))) {
      // "by Friday" and "before Friday" bound the horizon; they do not ask for that day.
      days.add(weekday);
    }
  }
  for (const refused of avoid) days.delete(refused);
  return { days: [...days].sort(), avoid: [...avoid].sort() };
}
