/** The words that name a day, and the day they name; _dueDate.ts decides which of them is a deadline. */
import {
  addWorkingDays,
  type CalendarDay,
  dayOf,
  lastDayOfMonth,
  mondayOf,
  partsOf,
} from "./_calendarDay.ts";
import { numberOf, ORDINAL_PATTERN } from "./_numberWords.ts";

export type DayRule = readonly [
  pattern: RegExp,
  resolve: (match: RegExpMatchArray, today: CalendarDay) => CalendarDay | null,
  fuzzy?: boolean,
];

const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const FRIDAY = 5;
/** Short forms only where they are no other word: "sun", "sat" and "wed" are. */
const WEEKDAY =
  "(mon(?:day)?|tues(?:day)?|wednesday|weds|thurs?(?:day)?|fri(?:day)?|saturday|sunday)(?!\\w)";
export const MONTHS = [
  "january",
  "february",
  "march",
  "april",
  "may",
  "june",
  "july",
  "august",
  "september",
  "october",
  "november",
  "december",
];
const COUNT =
  "(an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fourteen|fifteen|twenty|thirty|\\d{1,2}|a couple(?: of)?|couple(?: of)?|a few|few|several)";
const CALL_END =
  "(?:hang up|hung up|get off(?: (?:the|this) (?:call|phone))?|finish(?: up)?|wrap(?: up)?|(?:'re|are|'s|is) done|(?:'re|are) off(?: (?:the|this) call)?|end (?:the|this) call)";

/** Day words, more telling first: an earlier rule owns the characters it matched. */
export const DAY_RULES: readonly DayRule[] = [
  [/\b(?:the )?day after tomorrow\b/, (_, today) => today + 2],
  [
    new RegExp(`\\b${COUNT} (day|week|month)s? (?:from (?:now|today)|today)\\b`),
    (m, today) => afterUnits(today, m[1], m[2]),
  ],
  [/\b(?:a )?week (?:from )?tomorrow\b/, (_, today) => today + 8],
  [
    /\b(?:(?:(?:the )?(?:end|close) of (?:the )?(?:day|play|business)|eod|cob) )?tomorrow\b/,
    (_, today) => today + 1,
  ],
  [
    /\b(?:overnight|(?:first thing )?in the morning(?! of\b)|first thing(?= |$)(?! (?:next|on|mon|tue|wed|thu|fri|this|today|that|i|we|you|is|to)\b))/,
    (_, today) => today + 1,
    true,
  ],
  [
    /\b(?:(?:by |at |before )?(?:the )?(?:end|close) of (?:the |my |your |our |today's |this )?(?:business |working )?(?:day|play|business)|by close(?: of (?:play|business))?(?! of)|eod|cob)\b(?! (?:on )?(?:tomorrow|next|mon|tue|wed|thu|fri|sat|sun))/,
    (_, today) => today,
  ],
  [/\b(?:now now|straight now|now)(?=$|[,.!?])/, (_, today) => today, true],
  [
    /\b(?:later )?(?:today|tonight|(?:this|the) (?:morning|afternoon|evening|lunchtime|arvo)|(?:at|over) lunch(?:time)?|after lunch)\b/,
    (_, today) => today,
  ],
  [
    new RegExp(
      `\\b(?:(?:right |straight |just |shortly |soon )?after (?:this(?: call| meeting| chat| session)?(?=$|[,.!?;]| i\\b)|(?:the|this|our) (?:call|meeting|chat|session)|we ${CALL_END})|(?:as soon as|once|when|the minute|the moment) (?:we|i|this)(?: call)? ?${CALL_END})`,
    ),
    (_, today) => today,
  ],
  [
    /\b(?:within|in|inside) (?:the (?:next )?|an? |half an? |about an? |a couple of |the next (?:few|couple of) |a few )(?:hours?|half hour|minutes?)\b/,
    (_, today) => today,
  ],
  [
    new RegExp(
      `\\b(?:with)?in (?:the next |about |roughly |around |like |maybe )*${COUNT}(?: (?:or|to) ${COUNT})? (business|working) days?\\b`,
    ),
    (m, today) => addWorkingDays(today, numberOf(m[2] ?? m[1]) ?? 1),
  ],
  [
    /\b(?:with)?in (?:the next |about )*(\d{2}|twenty[- ]four|forty[- ]eight|seventy[- ]two) hours\b/,
    (m, today) => today + Math.ceil((numberOf(m[1]) ?? 24) / 24),
  ],
  [
    new RegExp(
      `\\b(?:with)?in (?:the next |about |roughly |around |like |maybe )*${COUNT}(?: (?:or|to) ${COUNT})? (day|week|month)(?:s|'s|s')?(?: time)?\\b`,
    ),
    (m, today) => afterUnits(today, m[2] ?? m[1], m[3]),
  ],
  [
    /\b(?:end of|the back end of|late) (?:the )?(?:next|following) week\b/,
    (_, today) => mondayOf(today) + 11,
  ],
  [
    /\b(?:(?:by |at |before )?(?:the )?(?:end|close|back end) of (?:the |this )?(?:working |business )?week|eow|week'?s end|before the weekend|later (?:on )?this week|late this week)\b/,
    (_, today) => upcomingFriday(today),
  ],
  [
    /\b(?:early|the (?:start|beginning|top) of|first thing) (?:the )?(?:next|following) week\b/,
    (_, today) => mondayOf(today) + 7,
    true,
  ],
  [
    /\b(?:mid(?:dle of)?[- ]?|the middle of )(?:the )?(?:next|following) week\b/,
    (_, today) => mondayOf(today) + 9,
    true,
  ],
  [
    /\b(?:end of|the back end of|late) next month\b/,
    (_, today) => monthEnd(today, 1),
  ],
  [
    /\b(?:(?:the )?end of (?:the |this )?month|month[- ]?end|month's end|eom)\b/,
    (_, today) => monthEnd(today, 0),
  ],
  [
    new RegExp(`\\bend of (?:the month of )?(${MONTHS.join("|")})\\b`),
    (m, today) => monthNamed(today, m[1], 31),
  ],
  [
    new RegExp(`\\b(?:mid|middle of)[- ](${MONTHS.join("|")})\\b`),
    (m, today) => monthNamed(today, m[1], 15),
    true,
  ],
  [/\bend of q([1-4])\b/, (m, today) => quarterEnd(today, Number(m[1]))],
  [
    /\b(?:(?:the )?end of (?:the |this )?quarter|eoq|quarter[- ]end)\b/,
    (_, today) => quarterEnd(today, Math.ceil(partsOf(today).month / 3)),
  ],
  [
    /\b(?:(?:the )?end of (?:the |this )?(?:calendar )?year|eoy|year[- ]end)\b/,
    (_, today) => dayOf(partsOf(today).year, 12, 31),
  ],
  [
    new RegExp(`\\bweek (?:of|commencing|beginning) (?:monday,? )?(?:the )?${ORDINAL_PATTERN}\\b`),
    (m, today) => mondayOf(dayOfMonth(today, Number(m[1]))),
    true,
  ],
  [
    new RegExp(`\\b${WEEKDAY},? (?:the )?${ORDINAL_PATTERN}(?! (?:of|${MONTHS.join("|")}))\\b`),
    (m, today) => dayOfMonth(today, Number(m[2])),
  ],
  [
    new RegExp(
      `\\b(?:next week,? (?:on |maybe |say |probably )*${WEEKDAY}|${WEEKDAY} (?:of )?next week)`,
    ),
    (m, today) => mondayOf(today) + 7 + (weekdayOf(m[1] ?? m[2]) + 6) % 7,
  ],
  [
    new RegExp(`\\b(?:a )?week (?:on|from) ${WEEKDAY}|\\b${WEEKDAY} week\\b`),
    (m, today) => nextWeekday(today, weekdayOf(m[1] ?? m[2])) + 7,
  ],
  [
    new RegExp(`\\b(?:next|following) ${WEEKDAY}`),
    (m, today) => mondayOf(today) + 7 + (weekdayOf(m[1]) + 6) % 7,
  ],
  [
    new RegExp(`\\bthis (?:coming )?${WEEKDAY}`),
    (m, today) => nextWeekday(today - 1, weekdayOf(m[1])),
  ],
  [new RegExp(`\\b${WEEKDAY}`), (m, today) => nextWeekday(today, weekdayOf(m[1]))],
  [
    new RegExp(
      `\\b(?:by|on|before|until|till|for|no later than) the ${ORDINAL_PATTERN}(?=$|[,.!?;]| (?:at|if|so|or|and|then|please|latest|in|because)\\b)`,
    ),
    (m, today) => dayOfMonth(today, Number(m[1])),
  ],
  [
    new RegExp(
      `\\bthe (1\\d|2\\d|3[01])(?:st|nd|rd|th)\\b(?! (?:of|${
        MONTHS.join("|")
      }|floor|century|time))`,
    ),
    (m, today) => dayOfMonth(today, Number(m[1])),
  ],
  [
    /\b(?:(?:over|on|at|during|this|by) (?:the |this )?weekend)\b/,
    (_, today) => upcomingFriday(today) + 2,
    true,
  ],
  [
    /\b(?:(?:sometime|some time|during|by|for) )?next week\b/,
    (_, today) => mondayOf(today) + 11,
    true,
  ],
  [/\b(?:(?:sometime|some time|during) )?this week\b/, (_, today) => upcomingFriday(today), true],
  [
    /\bby (?:noon|midday|midnight|lunch(?:time)?|(?:\d{1,2}|one|two|three|four|five|six)(?: ?o'clock| ?[ap]\.?m\b))/,
    (_, today) => today,
  ],
  [
    // A bare hour ends the phrase: "around four", but not "around four people".
    /\b(?:at|around|about|by|before) (?:like |about |around )?(?:noon|midday|\d{1,2}(?::\d\d)?|one|two|three|four|five|six|eight|nine|ten|eleven|twelve|half (?:past )?\w+)(?: thirty| fifteen| ?o'clock| ?[ap]\.?m\.?)?(?=$|[,.!?;]| (?:either|or|and|so|then|today|if|because|my time|your time)\b)/,
    (_, today) => today,
    true,
  ],
  [
    /\b(?:as soon as (?:possible|i can|we can)|asap|right away|straight ?away|immediately|shortly|next month|next quarter|soon)\b/,
    () => null,
    true,
  ],
];

function weekdayOf(word: string): number {
  return WEEKDAYS.indexOf(word.slice(0, 3));
}

/** First such weekday after `day`. */
function nextWeekday(day: CalendarDay, weekday: number): CalendarDay {
  return day + 1 + (weekday - partsOf(day + 1).weekday + 7) % 7;
}

/** Friday of the working week; on a weekend the coming one. */
function upcomingFriday(today: CalendarDay): CalendarDay {
  return nextWeekday(today - 1, FRIDAY);
}

/** The coming day with that number; a month too short for it is passed over. */
function dayOfMonth(today: CalendarDay, date: number): CalendarDay {
  const { year, month } = partsOf(today);
  for (let ahead = 0; ahead < 4; ahead++) {
    const day = dayOf(year, month + ahead, date);
    if (day >= today && partsOf(day).date === date) return day;
  }
  return dayOf(year, month + 1, date);
}

function monthEnd(today: CalendarDay, ahead: number): CalendarDay {
  const { year, month } = partsOf(today);
  return lastDayOfMonth(year, month + ahead);
}

/** Day `date` of the coming month of that name, at most its last day. */
function monthNamed(today: CalendarDay, name: string, date: number): CalendarDay {
  const parts = partsOf(today);
  const month = MONTHS.indexOf(name) + 1;
  const at = (year: number) => Math.min(dayOf(year, month, date), lastDayOfMonth(year, month));
  return at(parts.year) >= today ? at(parts.year) : at(parts.year + 1);
}

function quarterEnd(today: CalendarDay, quarter: number): CalendarDay {
  const { year } = partsOf(today);
  const end = lastDayOfMonth(year, quarter * 3);
  return end >= today ? end : lastDayOfMonth(year + 1, quarter * 3);
}

function afterUnits(today: CalendarDay, count: string, unit: string): CalendarDay {
  const n = numberOf(count) ?? 1;
  if (unit === "day") return today + n;
  if (unit === "week") return today + 7 * n;
  const { year, month, date } = partsOf(today);
  return Math.min(dayOf(year, month + n, date), lastDayOfMonth(year, month + n));
}
