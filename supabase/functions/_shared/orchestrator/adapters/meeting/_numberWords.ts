const UNITS = [
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
    .split(" "),
][0];
const TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split(" ");
const ORDINALS =
  "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
    .split(" ");
const MONTH =
  "(?:january|february|march|april|may|june|july|august|september|october|november|december)";

/** Matches a day of the month in figures with an ending (`19th`); group 1 is the number. */
export const ORDINAL_PATTERN = "(\\d{1,2})(?:st|nd|rd|th)";

/**
 * The value of a small count as spoken: `a` and `an` are 1, `a couple` 2, `a few` 3.
 * Null when the words are no number.
 *
 * @example numberOf("forty-eight") // 48
 */
export function numberOf(spoken: string): number | null {
  const words = spoken.trim().toLowerCase();
  if (/^\d+(?:\.\d+)?$/.test(words)) return Number(words);
  if (/^an?$/.test(words)) return 1;
  if (/^(?:a )?couple(?: of)?$/.test(words)) return 2;
  if (/^(?:a )?few$|^several$/.test(words)) return 3;
  const [first, second] = words.split(/[- ]/);
  const tens = TENS.indexOf(first);
  if (tens >= 0) {
    const unit = second === undefined ? 0 : UNITS.indexOf(second);
    return unit < 0 || unit > 9 ? null : (tens + 2) * 10 + unit;
  }
  const unit = UNITS.indexOf(words);
  return unit < 0 ? null : unit;
}

const SPOKEN_ORDINAL = new RegExp(
  `\\b(?:(twenty|thirty)[- ](${ORDINALS.slice(0, 9).join("|")})|(${
    ORDINALS.join("|")
  }|thirtieth))\\b`,
  "g",
);
const SPOKEN_CARDINAL = `(?:twenty|thirty)(?:[- ](?:${UNITS.slice(1, 10).join("|")}))?|${
  UNITS.slice(1).join("|")
}`;
const MONTH_THEN_CARDINAL = new RegExp(`\\b(${MONTH} (?:the )?)(${SPOKEN_CARDINAL})\\b`, "g");
const CARDINAL_THEN_MONTH = new RegExp(`\\b(${SPOKEN_CARDINAL})(?= (?:of )?${MONTH}\\b)`, "g");

/**
 * Writes the days of the month in figures: "May thirty one" → "may 31", "the nineteenth" → "the
 * 19th". Ordinals that count something else ("the second option", "one second") stay.
 */
export function spellOutDates(words: string): string {
  return words
    .replace(SPOKEN_ORDINAL, (spoken, tens, unit, single, at: number) => {
      const value = tens === undefined
        ? single === "thirtieth" ? 30 : ORDINALS.indexOf(single) + 1
        : (tens === "twenty" ? 20 : 30) + ORDINALS.indexOf(unit) + 1;
      const isDate = value <= 31 &&
        (new RegExp(`(?:${MONTH}|\\bday,?) (?:the )?$`).test(words.slice(0, at)) ||
          new RegExp(`^ (?:of )?${MONTH}\\b`).test(words.slice(at + spoken.length)) ||
          (/\bthe $/.test(words.slice(0, at)) && (value > 10 || isDayByItself(words, at, spoken))));
      return isDate ? `${value}${ordinalEnding(value)}` : spoken;
    })
    .replace(MONTH_THEN_CARDINAL, (_, month: string, day: string) => `${month}${numberOf(day)}`)
    .replace(CARDINAL_THEN_MONTH, (day) => String(numberOf(day)));
}

/** "by the second", "the third at noon": a preposition before, no noun after. */
function isDayByItself(words: string, at: number, spoken: string): boolean {
  return /\b(?:by|on|before|until|till|for|of) the $/.test(words.slice(0, at)) &&
    /^(?:$|[,.!?;]| (?:at|if|so|or|and|then|please|latest|in|because)\b)/.test(
      words.slice(at + spoken.length),
    );
}

function ordinalEnding(value: number): string {
  if (value > 10 && value < 14) return "th";
  return ["th", "st", "nd", "rd"][value % 10] ?? "th";
}
