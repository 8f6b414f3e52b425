import { currencySign, currencyWord } from "./_currency.ts";
import { readNumbers, type SpokenNumber, tokenize } from "./_spokenNumbers.ts";
import { type Reading, type SpokenAmount, spokenValue, withRangeStarts } from "./_moneyValue.ts";
import {
  COUNT_QUESTION,
  LOOSE_BEFORE,
  NOT_AFTER,
  OFFERED_BEFORE,
  OPEN_AFTER,
  OTHER_MONEY,
  PAYMENT_TERMS,
  PER_PHRASE,
  PER_TIME,
  PER_UNIT,
  PERCENT_OF_OTHER,
  PERCENT_OF_PRICE,
  PRICE_BEFORE,
  PRICE_QUESTION,
  PRICE_TALK,
  SUM_BEFORE,
  TOTAL_MARK,
} from "./_priceTalk.ts";
import type { Sentence } from "./_transcript.ts";

export type { SpokenAmount };

/** How many turns a price cue carries: an answer to "what does it cost" need not repeat the word. */
const CUE_REACH = 3;
const AMOUNT_REACH = 6;

export interface MoneyOptions {
  /** Only amounts whose currency was said count: among colleagues a bare number is rarely a price. */
  readonly explicitOnly: boolean;
}

/**
 * Prices, fees, discounts, budgets and rival prices said as numbers, in spoken order. Revenue, savings,
 * salaries and limits of liability are left out, and so are counts, dates and hours.
 */
export function findAmounts(
  sentences: readonly Sentence[],
  options: MoneyOptions,
): readonly SpokenAmount[] {
  const amounts: SpokenAmount[] = [];
  const magnitudes: number[] = [];
  let cueTurn = -Infinity;
  let otherMoneyTurn = -Infinity;
  let previous: Sentence | null = null;
  for (const sentence of sentences) {
    const hasCue = PRICE_TALK.test(sentence.words);
    const hasOther = OTHER_MONEY.test(sentence.words);
    if (hasCue) cueTurn = sentence.turn;
    if (hasOther) otherMoneyTurn = sentence.turn;
    const readings = readSentence(sentence);
    for (const reading of readings) {
      if (reading.number.scaled && reading.number.value >= 1_000) {
        magnitudes.push(reading.number.value);
      }
    }
    const asked = previous !== null && previous.speaker !== sentence.speaker ? previous : null;
    const near = {
      previousWords: previous?.words ?? "",
      answersPrice: asked !== null && PRICE_QUESTION.test(asked.words),
      answersCount: asked !== null && COUNT_QUESTION.test(asked.words),
      lastIsPercentage: amounts.at(-1)?.isPercentage ?? false,
      cueInSentence: hasCue,
      cueDistance: sentence.turn - cueTurn,
      // A money talk of another kind covers its own turn, and the next unless that one speaks of price.
      isOtherMoney: hasOther || (asked?.isQuestion === true && OTHER_MONEY.test(asked.words)) ||
        (sentence.turn - otherMoneyTurn <= 1 && cueTurn <= otherMoneyTurn && !hasCue),
      amountDistance: sentence.turn - (amounts.at(-1)?.sentence.turn ?? -Infinity),
    };
    const accepted: SpokenAmount[] = [];
    for (const reading of readings) {
      const around = { ...near, accepted: accepted.length };
      const isElidedPercentage = continuesPercentage(reading, around, options);
      const confidence = isElidedPercentage ? 0.5 : judge(reading, around, options);
      if (confidence === null) continue;
      accepted.push({
        value: spokenValue(reading, magnitudes, [...amounts.slice(-6), ...accepted]),
        isPercentage: reading.isPercentage || isElidedPercentage,
        currency: reading.isPercentage ? null : reading.currency,
        per: PER_PHRASE.exec(reading.after)?.[0].replace(/^[, ]+/, "") ?? null,
        sentence,
        confidence,
      });
    }
    amounts.push(...withRangeStarts(accepted, readings));
    previous = sentence;
  }
  return amounts;
}

function readSentence(sentence: Sentence): readonly Reading[] {
  const tokens = tokenize(sentence.words);
  const readings = readNumbers(tokens).map((number): Reading => {
    const signToken = tokens[number.first - 1];
    const sign = signToken && signToken.end === tokens[number.first]?.start
      ? currencySign(signToken.text)
      : null;
    const nextToken = tokens[number.last + 1]?.text ?? "";
    const per = nextToken === "per" && tokens[number.last + 2]?.text === "cent";
    const isPercentage = nextToken === "%" || nextToken === "percent" || per;
    const word = isPercentage
      ? null
      : spokenCurrency(nextToken, tokens[number.last + 2]?.text ?? "");
    const money = number.last + (isPercentage ? (per ? 2 : 1) : word ? 1 : 0);
    const cents = word === null || number.scaled ? null : spokenCents(tokens, money + 1);
    const last = cents === null ? money : cents.last;
    const start = tokens[number.first]?.start ?? 0;
    return {
      number: cents === null ? number : { ...number, value: number.value + cents.value / 100 },
      sentence,
      currency: sign ?? word?.currency ?? null,
      divisor: word?.parts ?? 1,
      isPercentage,
      before: sentence.words.slice(0, start),
      after: sentence.words.slice(tokens[last]?.end ?? 0).trimStart(),
      last,
      tokens,
    };
  });
  // The cents of "six dollars fifty" are no amount of their own.
  return readings.filter((one, at) => at === 0 || one.number.first > readings[at - 1].last);
}

/** "six dollars fifty", "four pounds and twenty five pence": a two-digit rest that counts nothing else. */
function spokenCents(
  tokens: ReturnType<typeof tokenize>,
  at: number,
): { readonly value: number; readonly last: number } | null {
  const from = tokens[at]?.text === "and" ? at + 1 : at;
  const [rest] = readNumbers(tokens.slice(from, from + 3));
  if (rest?.first !== 0 || !rest.inWords || rest.value < 10 || rest.value > 99) return null;
  const end = from + rest.last;
  const following = tokens[end + 1]?.text ?? "";
  if (/^(?:cents?|pence|p)$/.test(following)) return { value: rest.value, last: end + 1 };
  if (from > at || /^[a-z]/.test(following) && !OPEN_AFTER.has(following)) return null;
  return { value: rest.value, last: end };
}

/** "pounds of steel" is weight, "p" only after a figure that nothing else follows. */
function spokenCurrency(word: string, following: string): ReturnType<typeof currencyWord> {
  if (/^(?:pounds?|real|rand|p)$/.test(word) && /^(?:of|time|world|m)$/.test(following)) {
    return null;
  }
  return word === "real" || word === "p" ? null : currencyWord(word);
}

interface Surroundings {
  readonly cueInSentence: boolean;
  readonly cueDistance: number;
  readonly isOtherMoney: boolean;
  readonly amountDistance: number;
  /** The sentence before, whoever said it. */
  readonly previousWords: string;
  readonly answersPrice: boolean;
  readonly answersCount: boolean;
  readonly lastIsPercentage: boolean;
  /** Amounts already taken from this sentence. */
  readonly accepted: number;
}

/** How sure we are that the number is a price; null when it is none. */
function judge(reading: Reading, near: Surroundings, options: MoneyOptions): number | null {
  const { number, after, before } = reading;
  if (reading.isPercentage) return judgePercentage(reading, near, options);
  if (number.value <= 0 || isFromThereOn(reading)) return null;
  // "Our system pays at sixty": days, where the terms of payment are the talk.
  if (reading.currency === null && PAYMENT_TERMS.test(near.previousWords)) return null;
  if (reading.currency !== null) {
    if (near.isOtherMoney) return null;
    if (options.explicitOnly && !near.cueInSentence && near.cueDistance > CUE_REACH) return null;
    return 0.9;
  }
  if (options.explicitOnly || near.isOtherMoney || isCountOrTime(reading)) return null;
  const cueNear = near.cueDistance <= CUE_REACH;
  const onTheTable = near.amountDistance <= AMOUNT_REACH || near.accepted > 0;
  const spokenGrand = reading.tokens[number.last]?.text === "grand";
  if (spokenGrand) return 0.85;
  if (number.value < 1_000 && isYearOfCentury(number)) return null;
  if (PER_UNIT.test(after)) return cueNear || onTheTable ? 0.8 : number.inWords ? 0.6 : 0.55;
  if (PER_TIME.test(after)) return cueNear || onTheTable ? 0.75 : null;
  if (
    near.answersPrice && number.value >= 5 && opensNothing(reading) && LOOSE_BEFORE.test(before)
  ) {
    return 0.6;
  }
  if (number.value < 10 && !number.impliesThousands) return null;
  if (TOTAL_MARK.test(after)) return cueNear || onTheTable ? 0.75 : null;
  if (near.answersCount) return null;
  if (SUM_BEFORE.test(before.trimEnd()) && opensNothing(reading)) return 0.7;
  if (!opensNothing(reading) || isCalendarYear(number)) return null;
  if (PRICE_BEFORE.test(before.trimEnd())) return cueNear || onTheTable ? 0.7 : null;
  if (number.scaled && number.value >= 1_000) return cueNear || onTheTable ? 0.65 : null;
  if (near.accepted > 0 && LOOSE_BEFORE.test(before)) return 0.6;
  if (number.impliesThousands && (onTheTable || cueNear)) return 0.6;
  if (LOOSE_BEFORE.test(before) && near.amountDistance <= 2 && number.value >= 20) return 0.5;
  return null;
}

function judgePercentage(
  reading: Reading,
  near: Surroundings,
  options: MoneyOptions,
): number | null {
  const { words } = reading.sentence;
  const around = words.slice(Math.max(0, reading.before.length - 90), reading.before.length + 90);
  if (options.explicitOnly || reading.number.value > 100) return null;
  if (PERCENT_OF_OTHER.test(around) || near.isOtherMoney) return null;
  if (/^(?:off|discount|premium|commission|deposit|up ?front|uplift)\b/.test(reading.after)) {
    return 0.9;
  }
  if (PERCENT_OF_PRICE.test(around)) return 0.8;
  if (OFFERED_BEFORE.test(reading.before)) return 0.7;
  if (/\bdiscount\w*|\bcheaper|\bprice|\bdeposit|\bcommission/.test(near.previousWords)) return 0.6;
  return near.amountDistance <= CUE_REACH ? 0.55 : null;
}

/** "Can you do fifteen percent?" – "best I can do is ten": the answer leaves the unit out. */
function continuesPercentage(
  reading: Reading,
  near: Surroundings,
  options: MoneyOptions,
): boolean {
  return near.lastIsPercentage && near.amountDistance <= 2 && near.accepted === 0 &&
    !options.explicitOnly && !reading.isPercentage && reading.currency === null &&
    !reading.number.scaled && reading.number.value >= 1 && reading.number.value <= 50 &&
    opensNothing(reading) && !isCountOrTime(reading) &&
    /\b(?:do|is|to|at|make it|say|than|offer|give you)(?: about| only)? $/.test(reading.before);
}

/** "sixty orders", "14 hours", "twelve thirty", "version 23": numbers that count or name something. */
function isCountOrTime(reading: Reading): boolean {
  const { after, before, tokens, last } = reading;
  if (NOT_AFTER.test(before)) return true;
  if (
    /^(?:[ap]\.?m\b|o'clock|:\d|-\s?(?:day|month|year|week|hour|minute|page|step|point|rep|person|seat|user)|st\b|nd\b|rd\b|th\b|\/\d|x\b)/
      .test(after)
  ) {
    return true;
  }
  const following = tokens[last + 1];
  if (!following || !/^[a-z]/.test(following.text)) return false;
  if (PER_UNIT.test(after) || PER_TIME.test(after) || TOTAL_MARK.test(after)) return false;
  return !OPEN_AFTER.has(following.text);
}

/** "From one and a half million on": a threshold of quantity. */
function isFromThereOn({ before, after }: Reading): boolean {
  return /\bfrom (?:about |around |roughly )?$/.test(before) &&
    /^(?:on|onwards?|and up|upwards?)\b/.test(after);
}

function opensNothing(reading: Reading): boolean {
  const following = reading.tokens[reading.last + 1]?.text ?? "";
  return following === "" || !/^[a-z]/.test(following) || OPEN_AFTER.has(following);
}

function isCalendarYear(number: SpokenNumber): boolean {
  return !number.scaled && number.value >= 1_900 && number.value <= 2_100 &&
    Number.isInteger(number.value);
}

/** Digits said one by one ("four oh three") are codes, not prices; zero inside gives them away. */
function isYearOfCentury(number: SpokenNumber): boolean {
  return number.value === 0;
}
