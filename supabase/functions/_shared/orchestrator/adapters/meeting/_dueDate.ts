import { casual as chrono } from "chrono-node/en";
import { type CalendarDay, dayOf, isoOf, localDayOf, partsOf } from "./_calendarDay.ts";
import { DAY_RULES, MONTHS } from "./_dayRules.ts";
import { spellOutDates } from "./_numberWords.ts";

/** When a meeting took place; null where nobody told us, and then no date is guessed. */
export interface MeetingTime {
  /** ISO with offset. */
  readonly startedAt: string | null;
  /** IANA zone. */
  readonly timezone: string | null;
}

export interface Due {
  /** `YYYY-MM-DD` in the meeting's zone; null without a date or without a start time. */
  readonly due_iso: string | null;
  /** The words that carry the date. */
  readonly due_text: string | null;
  /** True when the words leave a choice ("next week"), or hint at a date that is not a deadline. */
  readonly fuzzy: boolean;
}

interface Reading {
  readonly at: number;
  readonly text: string;
  /** Null when the words hint at a time without naming a day. */
  readonly day: CalendarDay | null;
  readonly fuzzy: boolean;
}

/**
 * A calendar date with a month or in figures; only then is chrono worth its milliseconds. "May" and
 * "march" are verbs unless a date word stands beside them.
 */
const CALENDAR_DATE = new RegExp(
  `\\b(?:${
    MONTHS.filter((month) => !/^ma[ry]/.test(month)).join("|")
  }|jan|feb|apr|jun|jul|aug|sept?|oct|nov|dec)\\b|\\b(?:of|by|in|until|till|before|after|late|early|mid|next|this|from|to|on|\\d{1,2}(?:st|nd|rd|th)?)[ -](?:may|mar|march)\\b|\\b(?:may|mar|march) (?:the )?\\d|\\b\\d{1,2}[/.]\\d{1,2}\\b|\\b\\d{4}-\\d\\d-\\d\\d\\b`,
);
/** What chrono found must hold a month or figures itself; its weekdays are read here. */
const NAMES_A_DATE = new RegExp(
  `\\b(?:${MONTHS.join("|")}|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\\b|\\d[/.-]\\d`,
);
const BEFORE_IS_PAST =
  /\b(?:since|last|from|past|previous|as of|back (?:on|in)|was (?:on )?|were (?:on )?)\s*(?:the\s*)?$/;
const BEFORE_IS_EVENT =
  /\b(?:invit\w+|meeting|demo|(?<!^|\b(?:gonna|going to|'ll|will|to|can|should|could|and|then|please) )calls?(?! (?:you|him|her|them|me|us|back|[a-z]+ back)\b)|sessions?|kick-?off|review|workshop|slots?|interview|appointment|webinar|visit|catch-?up|agenda|deck|slides|date|event|party|hearing|presentation|booked|scheduled|together|see you|meet\w*|free|available)\b[^,.;]{0,30}\b(?:for|on|at|from)?\s*(?:the\s*)?$|\bfor\s*(?:the\s*)?$/;
const AFTER_IS_EVENT =
  /^(?:'s\b|(?: morning| afternoon| evening)?(?:'s)? (?:demo|call|meeting|session|review|workshop|kick-?off|standup|slot|interview|invite|appointment|visit|at \d|at (?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b))/;
const BEFORE_IS_CONDITION =
  /\b(?:once|when|after|if|(?<!\bgive (?:me|us) )(?:until|till)|unless|as soon as|depending on)\b[^,.;]*$/;
/** "I send you the sheet until Monday": whoever thinks in another language means "by" where the deed is done once. */
const UNTIL_IS_BY =
  /\b(?:send|deliver|provide|prepare|finish|forward|share|upload|submit|answer|reply|clarify|confirm|return|sign|complete)\b[^,.;]{0,60}\b(?:until|till) (?:the |next |this |latest )*$/;
/** "The invite today" is about the invite's sending; "the invite Monday" about its meeting. */
const SAME_DAY =
  /\b(?:today|tonight|this (?:morning|afternoon|evening|arvo)|hours?|minutes|call|meeting|hang|day|by)\b/;
/** "Before the leadership call on Friday": by then at the latest. */
const AHEAD_OF_EVENT = /\bbefore (?:the|our|that|their|my|your) [\w' -]{1,30} (?:on )?$/;
const DEADLINE =
  /\b(?:by|before|until|till|due|no later than|not later than|latest|deadline(?: is)?)\s*(?:the\s*|this\s*)?$/;

/**
 * Reads the deadline out of what was said, as a calendar day in the meeting's zone. "End of week" is
 * Friday, the end of a month its last day, "tonight" the same day, "before Friday" the day before.
 * The date of an event that is only mentioned ("the invite for Monday") or that conditions the
 * promise ("once we spoke on Monday") is no deadline: then `due_iso` is null and `fuzzy` true.
 *
 * @example resolveDue("I'll send it by Monday", { startedAt: "2026-03-12T10:00:00-05:00",
 *   timezone: "America/Chicago" }) // { due_iso: "2026-03-16", due_text: "Monday", fuzzy: false }
 */
export function resolveDue(text: string, meeting: MeetingTime): Due {
  const words = spellOutDates(text.toLowerCase().replace(/[’‘]/g, "'"));
  const today = localDayOf(meeting.startedAt, meeting.timezone);
  // Without a start the phrase is still worth keeping; any day will do to recognise it.
  const readings = readDays(words, today ?? dayOf(2001, 1, 1));
  const deadlines = readings.filter((reading) => isDeadline(reading, words));
  const chosen = choose(deadlines, words);
  if (chosen === null) {
    const hint = readings.at(0);
    return { due_iso: null, due_text: hint?.text ?? null, fuzzy: hint !== undefined };
  }
  return {
    due_iso: today === null || chosen.day === null ? null : isoOf(chosen.day),
    due_text: chosen.text,
    fuzzy: chosen.fuzzy,
  };
}

/**
 * Every day that is mentioned, deadline or not, in spoken order; for scheduling and timelines.
 * `day` is null for "soon" and the like, and for all when the meeting's start is unknown.
 */
export function mentionedDays(
  text: string,
  meeting: MeetingTime,
): { readonly text: string; readonly day_iso: string | null; readonly fuzzy: boolean }[] {
  const words = spellOutDates(text.toLowerCase().replace(/[’‘]/g, "'"));
  const today = localDayOf(meeting.startedAt, meeting.timezone);
  return readDays(words, today ?? dayOf(2001, 1, 1)).map((reading) => ({
    text: reading.text,
    day_iso: today === null || reading.day === null ? null : isoOf(reading.day),
    fuzzy: reading.fuzzy,
  }));
}

/** One look instead of fifty: without any of these no rule finds a day. */
const MAY_NAME_A_DAY =
  /day|mon\b|tue|weds|thu|fri\b|tomorrow|tonight|overnight|morning|afternoon|evening|lunch|arvo|week|month|quarter|year|hour|minute|\beo[dwmqy]\b|\bcob\b|\bclose\b|\bend of\b|noon|midnight|asap|soon|\bnow\b|shortly|immediately|away|first thing|\bafter\b|\bonce\b|\bwhen\b|moment|\d|o'clock|\b(?:at|around|about|by|before) (?:like |about |around )?(?:one|two|three|four|five|six|eight|nine|ten|eleven|twelve|half)\b/;

function readDays(words: string, today: CalendarDay): Reading[] {
  if (!MAY_NAME_A_DAY.test(words) && !CALENDAR_DATE.test(words)) return [];
  const readings: Reading[] = [];
  let rest = words;
  const blank = (at: number, length: number) => {
    rest = rest.slice(0, at) + "\u0000".repeat(length) + rest.slice(at + length);
  };
  if (CALENDAR_DATE.test(words)) {
    for (const reading of readCalendarDates(words, today)) {
      readings.push(reading);
      blank(reading.at, reading.text.length);
    }
  }
  for (const [pattern, resolve, fuzzy = false] of DAY_RULES) {
    for (let match = pattern.exec(rest); match !== null; match = pattern.exec(rest)) {
      const day = resolve(match, today);
      readings.push({ at: match.index, text: match[0], day, fuzzy });
      blank(match.index, match[0].length);
    }
  }
  return readings.sort((a, b) => a.at - b.at);
}

/** Dates that name a month or are written in figures, through chrono in the meeting's own calendar. */
function readCalendarDates(words: string, today: CalendarDay): Reading[] {
  // The local wall clock is handed over as if it were UTC, so that no zone can shift the day.
  const { year, month, date } = partsOf(today);
  const reference = { instant: new Date(Date.UTC(year, month - 1, date, 12)), timezone: 0 };
  return chrono.parse(words, reference, { forwardDate: true }).flatMap((result): Reading[] => {
    if (!NAMES_A_DATE.test(result.text)) return [];
    const isDay = result.start.isCertain("day");
    // "may" alone is a verb far more often than a month.
    if (!isDay && /^(?:may|mar|march)$/.test(result.text.trim())) return [];
    const isMonthEnd = /\bend of\b/.test(result.text);
    const day = dayOf(
      result.start.get("year") ?? year,
      result.start.get("month") ?? month,
      result.start.get("day") ?? 1,
    );
    return [{
      at: result.index,
      text: result.text,
      day: isDay || isMonthEnd ? day : null,
      fuzzy: !(isDay || isMonthEnd),
    }];
  });
}

function isDeadline(reading: Reading, words: string): boolean {
  const before = words.slice(0, reading.at);
  const after = words.slice(reading.at + reading.text.length);
  if (BEFORE_IS_CONDITION.test(before) && !UNTIL_IS_BY.test(before)) return false;
  if (DEADLINE.test(before) || AHEAD_OF_EVENT.test(before) || SAME_DAY.test(reading.text)) {
    return true;
  }
  return !BEFORE_IS_PAST.test(before) && !BEFORE_IS_EVENT.test(before) &&
    !AFTER_IS_EVENT.test(after);
}

/** A marked deadline wins over a bare day; "Thursday or Friday" is kept by the later one. */
function choose(found: readonly Reading[], words: string): Reading | null {
  // An hour only tells the time of a day that was named: "Monday by noon".
  const days = found.filter((reading) => !IS_HOUR.test(reading.text));
  const deadlines = days.some((reading) => reading.day !== null) ? days : found;
  const marked = deadlines.find((reading) => DEADLINE.test(words.slice(0, reading.at)));
  let chosen = marked ?? deadlines.find((reading) => reading.day !== null) ?? deadlines.at(0);
  if (chosen === undefined) return null;
  for (const later of deadlines) {
    const between = words.slice(chosen.at + chosen.text.length, later.at);
    if (/^ (?:or|maybe|or maybe|or at the latest|at the latest) ?(?:by )?$/.test(between)) {
      chosen = later;
    }
  }
  const isBefore = /(?<!\bnot )\bbefore\s*(?:the\s*|this\s*)?$/.test(words.slice(0, chosen.at));
  return isBefore && chosen.day !== null ? { ...chosen, day: chosen.day - 1, fuzzy: true } : chosen;
}

const IS_HOUR =
  /^(?:(?:at|around|about|by|before) (?!the (?:\d|end|close))|(?:at|over|after|in|the) ?(?:the )?(?:lunch|morning|afternoon|evening|arvo)|first thing)/;
