/**
 * Times and lengths as people say them, in digits: transcripts spell "half past two", "seven thirty",
 * "the nineteenth", "twenty minutes", where a date parser wants `2:30`, `7:30`, `the 19th`, `20 minutes`.
 */

const UNITS = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen " +
  "fifteen sixteen seventeen eighteen nineteen";
const TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const ORDINALS =
  "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth " +
  "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth";

const CARDINAL = new Map<string, number>();
UNITS.split(" ").forEach((word, index) => CARDINAL.set(word, index + 1));
TENS.forEach((word, index) => CARDINAL.set(word, (index + 2) * 10));
for (const ten of TENS) {
  UNITS.split(" ").slice(0, 9).forEach((unit, index) => {
    CARDINAL.set(`${ten} ${unit}`, (CARDINAL.get(ten) ?? 0) + index + 1);
  });
}

const ORDINAL = new Map<string, number>();
ORDINALS.split(" ").forEach((word, index) => ORDINAL.set(word, index + 1));
for (const [ten, base] of [["twenty", 20], ["thirty", 30]] as const) {
  ORDINALS.split(" ").slice(0, 9).forEach((unit, index) => {
    if (base + index + 1 <= 31) ORDINAL.set(`${ten} ${unit}`, base + index + 1);
  });
}
ORDINAL.set("thirtieth", 30);

/** Longest first, so that "twenty five" is not read as "twenty". */
function alternation(words: Iterable<string>): string {
  return [...words].sort((a, b) => b.length - a.length).map((word) => word.replace(" ", "[ -]"))
    .join("|");
}

const HOUR = alternation(UNITS.split(" ").slice(0, 12));
const MINUTES =
  "oh[ -]five|five|ten|fifteen|twenty[ -]five|twenty|thirty[ -]five|thirty|forty[ -]five|forty|fifty[ -]five|fifty";
const LENGTH_UNIT = "minutes?|mins?|hours?|hrs?|days?|weeks?|months?";
const MONTH =
  "january|february|march|april|may|june|july|august|september|october|november|december";
const WEEKDAY = "monday|tuesday|wednesday|thursday|friday|saturday|sunday";

const ANY_NUMBER = alternation(CARDINAL.keys());
const ANY_ORDINAL = alternation(ORDINAL.keys());

function numberOf(words: string): number {
  const key = words.toLowerCase().replace(/-/g, " ");
  if (key === "oh five") return 5;
  return CARDINAL.get(key) ?? ORDINAL.get(key) ?? Number(key);
}

const two = (value: number): string => String(value).padStart(2, "0");

type Rewrite = readonly [RegExp, (...groups: string[]) => string];

/** In this order: the longer way of saying a thing comes before the shorter one inside it. */
const REWRITES: readonly Rewrite[] = [
  [/\b([ap])\s?\.?\s?m\b\.?(?=\W|$)/gi, (_all, half) => `${half.toLowerCase()}m`],
  [/\bo[' ’]?\s?clock\b/gi, () => "o'clock"],
  [/\b(?:an|one|1) hour and a half\b|\bhour and a half\b/gi, () => "90 minutes"],
  [/\b(?:three quarters|three-quarters) of an hour\b/gi, () => "45 minutes"],
  [/\b(?:a )?quarter (?:of an )?hour\b/gi, () => "15 minutes"],
  [/\b(?:a )?half(?: an|-|)[ -]?hour\b/gi, () => "30 minutes"],
  [/\ba couple(?: of)? (hours|days|weeks)\b/gi, (_all, unit) => `2 ${unit}`],
  [/\ba few (days|weeks)\b/gi, (_all, unit) => `3 ${unit}`],
  [/\ba fortnight\b|\bfortnight\b/gi, () => "2 weeks"],
  [/\ban (hour)\b/gi, () => "1 hour"],
  [/\bhalf past (\w+)\b/gi, (all, hour) => clock(all, numberOf(hour), 30)],
  [/\b(?:a )?quarter past (\w+)\b/gi, (all, hour) => clock(all, numberOf(hour), 15)],
  [/\b(?:a )?quarter to (\w+)\b/gi, (all, hour) => clock(all, (numberOf(hour) + 11) % 12, 45)],
  [
    new RegExp(`\\b(five|ten|twenty|twenty[ -]five) past (${HOUR}|\\d{1,2})\\b`, "gi"),
    (all, minutes, hour) => clock(all, numberOf(hour), numberOf(minutes)),
  ],
  [/\b(?:noon|midday|twelve noon)\b/gi, () => "12:00 pm"],
  [
    new RegExp(`\\b(${ANY_NUMBER})[ -](${LENGTH_UNIT})\\b`, "gi"),
    (_all, number, unit) => `${numberOf(number)} ${unit}`,
  ],
  [
    new RegExp(
      `\\b((?:${WEEKDAY}|${MONTH}) (?:the )?|the )(${ANY_ORDINAL})\\b(?! (?:thing|time|one|half|part|step|call|meeting|quarter|of all))`,
      "gi",
    ),
    (_all, before, ordinal) => `${before}${numberOf(ordinal)}${suffix(numberOf(ordinal))}`,
  ],
  [
    new RegExp(`\\b(${ANY_ORDINAL})( of (?:${MONTH}))\\b`, "gi"),
    (_all, ordinal, after) => `${numberOf(ordinal)}${suffix(numberOf(ordinal))}${after}`,
  ],
  [
    new RegExp(`\\b(${MONTH}) (${ANY_NUMBER})\\b(?! (?:${LENGTH_UNIT}))`, "gi"),
    (all, month, number) => numberOf(number) <= 31 ? `${month} ${numberOf(number)}` : all,
  ],
  [
    new RegExp(
      `\\b(${HOUR})[ -](${MINUTES})\\b(?! (?:${LENGTH_UNIT}|percent|dollars|pounds|euros|thousand|hundred|people|seats|users))`,
      "gi",
    ),
    (all, hour, minutes) => clock(all, numberOf(hour), numberOf(minutes)),
  ],
  [
    new RegExp(`\\b(${HOUR}) (o'clock|[ap]m)\\b`, "gi"),
    (_all, hour, half) =>
      half.toLowerCase() === "o'clock" ? `${numberOf(hour)}:00` : `${numberOf(hour)} ${half}`,
  ],
  [/\b(\d{1,2}) ?o'clock\b/gi, (_all, hour) => `${hour}:00`],
  [
    new RegExp(
      `\\b(at|around|about|say|before|after|from|until|till|between|and|to|or|by) (${HOUR})\\b(?![ -](?:of|more|other|${ANY_NUMBER}|hundred|thousand|${LENGTH_UNIT}|thing|call|meeting))`,
      "gi",
    ),
    (_all, preposition, hour) => `${preposition} ${numberOf(hour)}`,
  ],
];

function clock(original: string, hour: number, minute: number): string {
  if (!(hour >= 0 && hour <= 23)) return original;
  return `${hour === 0 ? 12 : hour}:${two(minute)}`;
}

function suffix(day: number): string {
  if (day % 100 >= 11 && day % 100 <= 13) return "th";
  return ["th", "st", "nd", "rd"][day % 10] ?? "th";
}

/**
 * @example writeTimesInDigits("seven thirty Tuesday the nineteenth, twenty minutes")
 * // "7:30 Tuesday the 19th, 20 minutes"
 */
export function writeTimesInDigits(text: string): string {
  let written = text;
  for (const [pattern, rewrite] of REWRITES) {
    written = written.replace(pattern, (...args) => rewrite(...args.map(String)));
  }
  return written;
}
