import { Temporal } from "temporal-polyfill";
import { WEEKDAY } from "./_days.ts";

const CLOCK_PATTERN = new RegExp(
  [
    "\\b(\\d{1,2})[:.h](\\d{2})(?!\\d)\\s?([ap]m)?",
    "\\b(\\d{1,2})\\s?([ap]m)\\b",
    `\\b(?:at|around|about|say|by|(?:${WEEKDAY})) (\\d{1,2})\\b(?![:.]\\d|[%/]|(?:st|nd|rd|th)\\b| (?:percent|minutes?|hours?|days?|weeks?|months?|people|of|and a half))`,
    "\\bor (\\d{1,2})\\b(?=[,.;?!]|$| (?:works|on|would|is|your|my|then))",
  ].join("|"),
  "gi",
);
const RANGE_PATTERN =
  /\b(?:between |from )?(\d{1,2})(?::(\d{2}))?\s?([ap]m)?\s?(?:-|–|to|and|until|till)\s?(\d{1,2})(?::(\d{2}))?\s?([ap]m)?\b/gi;

/** One hour that a text names. */
export interface Clock {
  readonly index: number;
  readonly end: number;
  readonly time: Temporal.PlainTime;
}

/**
 * Business reading of an hour without "am" or "pm": 1 to 6 is after noon, 7 to 11 before it, unless the
 * text says morning or evening.
 */
function clockTime(
  hour: number,
  minute: number,
  half: string,
  text: string,
): Temporal.PlainTime | null {
  if (hour > 23 || minute > 59) return null;
  let hours = hour;
  if (half === "pm" && hour < 12) hours += 12;
  else if (half === "am" && hour === 12) hours = 0;
  else if (!half && hour <= 12) {
    if (hour >= 1 && hour <= 6 && !/\bin the morning\b|\bearly morning\b/i.test(text)) hours += 12;
    else if (hour >= 7 && hour <= 9 && /\bevening\b|\bat night\b/i.test(text)) hours += 12;
  }
  return Temporal.PlainTime.from({ hour: hours, minute });
}

/** Every hour that the text names, in order of mention. */
export function findClocks(text: string): readonly Clock[] {
  const clocks: Clock[] = [];
  for (const match of text.matchAll(CLOCK_PATTERN)) {
    const hour = Number(match[1] ?? match[4] ?? match[6] ?? match[7]);
    const half = (match[3] ?? match[5] ?? "").toLowerCase();
    const time = clockTime(hour, Number(match[2] ?? 0), half, text);
    // "at two or four" continues an hour; "a deal or two" does not.
    const previous = clocks.at(-1);
    if (match[7] !== undefined && !(previous && match.index - previous.end <= 25)) continue;
    // A bare number is an hour only when a working day knows it: "at 48" is no time.
    if (!time || (match[2] === undefined && !half && (hour < 1 || hour > 12))) continue;
    clocks.push({ index: match.index, end: match.index + match[0].length, time });
  }
  return clocks;
}

/** "between 2 and 4", "after 3", "before 10". */
export interface ClockRange {
  readonly index: number;
  readonly end: number;
  readonly from: Temporal.PlainTime;
  readonly to: Temporal.PlainTime;
}

/** The first range of hours that the text names, or null. */
export function clockRange(text: string): ClockRange | null {
  for (const match of text.matchAll(RANGE_PATTERN)) {
    const marked = /between|from|[ap]m|:\d\d/i.test(match[0]);
    if (
      !marked ||
      /^ ?(?:minutes?|mins?|hours?|days?|weeks?|people|%)/i.test(
        text.slice(match.index + match[0].length),
      )
    ) {
      continue;
    }
    const toHalf = (match[6] ?? "").toLowerCase();
    const fromHalf = (match[3] ?? "").toLowerCase() ||
      (Number(match[1]) <= Number(match[4]) ? toHalf : "");
    const from = clockTime(Number(match[1]), Number(match[2] ?? 0), fromHalf, text);
    const to = clockTime(Number(match[4]), Number(match[5] ?? 0), toHalf, text);
    if (from && to && Temporal.PlainTime.compare(from, to) < 0) {
      return { index: match.index, end: match.index + match[0].length, from, to };
    }
  }
  const open = (pattern: RegExp) => {
    const match = pattern.exec(text);
    const hour = match ? Number(match[1]) : NaN;
    return match && hour >= 1 && hour <= 12
      ? {
        match,
        time: clockTime(hour, Number(match[2] ?? 0), (match[3] ?? "").toLowerCase(), text),
      }
      : null;
  };
  const after = open(
    /\bafter (\d{1,2})(?::(\d{2}))?\s?([ap]m)?\b(?! (?:minutes|hours|days|weeks|months|years))/i,
  );
  if (after?.time) {
    const end = after.match.index + after.match[0].length;
    return {
      index: after.match.index,
      end,
      from: after.time,
      to: Temporal.PlainTime.from("23:59"),
    };
  }
  const before = open(
    /\bbefore (\d{1,2})(?::(\d{2}))?\s?([ap]m)?\b(?! (?:minutes|hours|days|weeks|months|years))/i,
  );
  if (before?.time) {
    const end = before.match.index + before.match[0].length;
    return {
      index: before.match.index,
      end,
      from: Temporal.PlainTime.from("00:00"),
      to: before.time,
    };
  }
  return null;
}
