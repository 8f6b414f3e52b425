import { PER_UNIT } from "./_priceTalk.ts";
import type { SpokenNumber, Token } from "./_spokenNumbers.ts";
import type { Sentence } from "./_transcript.ts";

/** An amount said in a talk about price. */
export interface SpokenAmount {
  readonly value: number;
  readonly isPercentage: boolean;
  /** As said: an ISO code, `dollar`, `cent`, or null when none was said. */
  readonly currency: string | null;
  /** "a month per site", as said after the number; null without. */
  readonly per: string | null;
  readonly sentence: Sentence;
  readonly confidence: number;
}

/** A number with what stands around it. */
export interface Reading {
  readonly number: SpokenNumber;
  readonly sentence: Sentence;
  readonly currency: string | null;
  readonly divisor: 1 | 100;
  readonly isPercentage: boolean;
  readonly before: string;
  readonly after: string;
  /** Token index after the number and its currency word. */
  readonly last: number;
  readonly tokens: readonly Token[];
}

/**
 * The value meant. Where thousands are on the table, "seventy one" and "two five two" are thousands too;
 * a price per seat, or one with its currency said, is what it says.
 */
export function spokenValue(
  reading: Reading,
  magnitudes: readonly number[],
  recent: readonly SpokenAmount[],
): number {
  const { number } = reading;
  if (reading.isPercentage) return number.value;
  if (reading.divisor === 100) return Math.round(number.value * 100) / 10_000;
  if (number.scaled && number.value >= 1_000) return number.value;
  if (number.mayHaveCents) return pickScale(number.value, recent);
  // "six fifty" where six dollars fifty is on the table is that price again.
  if (
    number.inWords && !number.scaled &&
    recent.some((amount) => !amount.isPercentage && amount.value === number.value / 100)
  ) return number.value / 100;
  const isTotal = reading.currency === null && !PER_UNIT.test(reading.after) &&
    !/^,? ?(?:a|per|each|every) month\b|^,? ?monthly\b/.test(reading.after);
  if (!isTotal) return number.value;
  const scaled = Math.round(number.value * 1e6) / 1e3;
  if (number.impliesThousands) return scaled;
  const spokenHundred = reading.tokens.slice(number.first, number.last + 1)
    .some((token) => token.text === "hundred");
  if (spokenHundred || number.value < 10 || number.value >= 1_000) return number.value;
  // A monthly price per seat says nothing of the size of a yearly total; a total, or a neighbour, does.
  const known = recent.filter((amount) =>
    !amount.isPercentage &&
    (amount.sentence === reading.sentence || !amount.per || /year|annu/.test(amount.per))
  ).map((amount) => amount.value);
  if (known.some((value) => isWithin(value, number.value, 3))) return number.value;
  return magnitudes.some((value) => isWithin(value, scaled, 10)) ? scaled : number.value;
}

/** 1250 or 12.50, whichever lies nearer to the prices already named; the larger without any. */
function pickScale(value: number, recent: readonly SpokenAmount[]): number {
  const known = recent.filter((amount) => !amount.isPercentage).map((amount) => amount.value);
  const distance = (candidate: number) =>
    Math.min(...known.map((other) => Math.abs(Math.log(candidate / other))));
  return known.length > 0 && distance(value / 100) < distance(value) ? value / 100 : value;
}

function isWithin(a: number, b: number, factor: number): boolean {
  return a <= b * factor && b <= a * factor;
}

/** "two to three hundred dollars", "$2-3M": the first number of a range takes the second one's kind. */
export function withRangeStarts(
  accepted: readonly SpokenAmount[],
  readings: readonly Reading[],
): readonly SpokenAmount[] {
  const result: SpokenAmount[] = [];
  for (const amount of accepted) {
    const at = readings.findIndex((reading) => amount.value === readValue(reading));
    const end = readings[at];
    const start = readings[at - 1];
    if (
      start && end && isRange(start, end) && !accepted.some((a) => a.value === readValue(start))
    ) {
      const value = start.number.value * rangeScale(start.number, end.number);
      result.push({ ...amount, value });
    }
    result.push(amount);
  }
  return result;
}

/** "two or three hundred", "ten to fifteen thousand": the scale said last holds for both. */
function rangeScale(start: SpokenNumber, end: SpokenNumber): number {
  if (start.scaled || !end.scaled) return 1;
  return [1e6, 1e3, 100].find((scale) => start.value * scale < end.value) ?? 1;
}

function readValue(reading: Reading): number {
  return reading.divisor === 100
    ? Math.round(reading.number.value * 100) / 10_000
    : reading.number.value;
}

function isRange(start: Reading, end: Reading): boolean {
  const between = start.tokens.slice(start.last + 1, end.number.first).map((token) => token.text)
    .join(" ");
  return /^(?:to|-|–|or|and maybe|or maybe)(?: [$€£₹])?$/.test(between) &&
    start.number.value >= 1;
}
