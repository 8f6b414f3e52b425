/**
 * Numbers as people say prices: "four and a half grand", "two ninety", "thirty eight five". What a
 * number counts is not decided here.
 */

/** A word, a figure or a sign, where it stands in the text. */
export interface Token {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export interface SpokenNumber {
  readonly value: number;
  /** First and last token, both included. */
  readonly first: number;
  readonly last: number;
  /** True when a scale was spoken: hundred, thousand, k, grand, million, lakh. */
  readonly scaled: boolean;
  /** "thirty eight five" for 38.5: the thousands that follow are understood. */
  readonly impliesThousands: boolean;
  /** "twelve fifty": 1250, or 12.50 where prices are small; `value` is the larger reading. */
  readonly mayHaveCents: boolean;
  /** True when spoken as words; figures are more certain. */
  readonly inWords: boolean;
}

const TOKEN = /\d[\d,]*(?:\.\d+)?|[a-z]+(?:'[a-z]+)?|[$€£₹%]|[^\sa-z\d]/g;

const SMALL = new Map<string, number>();
"zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
  .split(" ").forEach((word, value) => SMALL.set(word, value));
const TENS = new Map<string, number>();
"twenty thirty forty fifty sixty seventy eighty ninety".split(" ")
  .forEach((word, index) => TENS.set(word, (index + 2) * 10));

const SCALES: Readonly<Record<string, number>> = {
  k: 1e3,
  thousand: 1e3,
  thou: 1e3,
  grand: 1e3,
  lakh: 1e5,
  lakhs: 1e5,
  m: 1e6,
  mn: 1e6,
  mil: 1e6,
  million: 1e6,
  crore: 1e7,
  crores: 1e7,
  bn: 1e9,
  billion: 1e9,
};

/** @example tokenize("$15k a year").map((t) => t.text) // ["$", "15", "k", "a", "year"] */
export function tokenize(lowerCase: string): readonly Token[] {
  return [...lowerCase.matchAll(TOKEN)].map((match) => ({
    text: match[0],
    start: match.index,
    end: match.index + match[0].length,
  }));
}

/** Every number of the text, left to right, none inside another. */
export function readNumbers(tokens: readonly Token[]): readonly SpokenNumber[] {
  const numbers: SpokenNumber[] = [];
  for (let at = 0; at < tokens.length;) {
    const number = readNumber(tokens, at);
    if (number) numbers.push(number);
    at = number ? number.last + 1 : at + 1;
  }
  return numbers;
}

interface Part {
  readonly value: number;
  readonly next: number;
}

function readNumber(tokens: readonly Token[], first: number): SpokenNumber | null {
  const word = (at: number): string => tokens[at]?.text ?? "";
  const opening = readOpening(tokens, first);
  if (!opening) return null;
  let { value, next } = opening;
  const scaled = opening.scaled;
  const inWords = !/^\d/.test(word(first));

  // Scale by scale, falling: "two thousand (and) eight hundred", "a hundred and ninety".
  let lowest = Infinity;
  let total = 0;
  for (;;) {
    const scale = bigScaleAt(tokens, next);
    if (scale === null || scale >= lowest) break;
    total += value * scale;
    lowest = scale;
    value = 0;
    next += 1;
    const gap = word(next) === "and" ? 1 : 0;
    const more = readHundreds(tokens, next + gap);
    if (!more || more.value >= lowest) break;
    const following = bigScaleAt(tokens, more.next);
    // "a thousand and two million" are two numbers.
    if (following !== null && following >= lowest) break;
    value = more.value;
    next = more.next;
  }
  if (lowest !== Infinity || scaled) {
    const whole = round(total + value);
    return {
      value: whole,
      first,
      last: next - 1,
      scaled: true,
      impliesThousands: false,
      mayHaveCents: false,
      inWords,
    };
  }
  if (!inWords) {
    return {
      value,
      first,
      last: next - 1,
      scaled,
      impliesThousands: false,
      mayHaveCents: false,
      inWords,
    };
  }
  return readElided(tokens, first, { value, next }) ??
    {
      value: round(value),
      first,
      last: next - 1,
      scaled,
      impliesThousands: false,
      mayHaveCents: false,
      inWords,
    };
}

/** A first group: "forty two", "15,000", "four and a half", "one point five", "a" before a scale. */
function readOpening(
  tokens: readonly Token[],
  first: number,
): (Part & { readonly scaled: boolean }) | null {
  const word = (at: number): string => tokens[at]?.text ?? "";
  if (
    (word(first) === "a" || word(first) === "an") &&
    /^(?:hundred|thousand|grand|million|lakhs?|crores?)$/.test(word(first + 1))
  ) {
    const hundreds = readHundreds(tokens, first + 1, 1);
    return hundreds ? { ...hundreds, scaled: true } : { value: 1, next: first + 1, scaled: false };
  }
  if (word(first) === "half" && word(first + 1) === "a" && scaleAt(tokens, first + 2) !== null) {
    return { value: 0.5, next: first + 2, scaled: false };
  }
  const group = readHundreds(tokens, first);
  if (!group) return null;
  const { value, next } = group;
  const scaled = tokens.slice(first, next).some((token) => token.text === "hundred");
  if (word(next) === "and" && word(next + 1) === "a" && word(next + 2) === "half") {
    return { value: value + 0.5, next: next + 3, scaled };
  }
  if (word(next) === "point") {
    let digits = "";
    let at = next + 1;
    for (; (SMALL.get(word(at)) ?? 10) < 10; at++) digits += String(SMALL.get(word(at)));
    if (digits) return { value: Number(`${value}.${digits}`), next: at, scaled: false };
  }
  return { value, next, scaled };
}

/** "two", "two hundred", "two hundred and fifty five"; `article` reads "a hundred". */
function readHundreds(tokens: readonly Token[], at: number, article?: number): Part | null {
  const word = (index: number): string => tokens[index]?.text ?? "";
  const group = article === undefined ? readGroup(tokens, at) : { value: article, next: at };
  if (!group) return null;
  if (word(group.next) !== "hundred") return article === undefined ? group : null;
  const value = group.value * 100;
  const next = group.next + 1;
  const gap = word(next) === "and" ? 1 : 0;
  const rest = readGroup(tokens, next + gap);
  // "six hundred and seven hundred" are two numbers; a hundred's rest is below it.
  if (!rest || rest.value >= 100 || word(rest.next) === "hundred") return { value, next };
  return { value: value + rest.value, next: rest.next };
}

/** Below one hundred in words, or any figure. */
function readGroup(tokens: readonly Token[], at: number): Part | null {
  const text = tokens[at]?.text ?? "";
  if (/^\d/.test(text)) {
    const value = Number(text.replaceAll(",", ""));
    return Number.isFinite(value) ? { value, next: at + 1 } : null;
  }
  const tens = TENS.get(text);
  if (tens !== undefined) {
    const dash = tokens[at + 1]?.text === "-" ? 1 : 0;
    const unit = SMALL.get(tokens[at + 1 + dash]?.text ?? "") ?? 0;
    return unit >= 1 && unit <= 9
      ? { value: tens + unit, next: at + 2 + dash }
      : { value: tens, next: at + 1 };
  }
  const small = SMALL.get(text);
  return small === undefined ? null : { value: small, next: at + 1 };
}

function bigScaleAt(tokens: readonly Token[], at: number): number | null {
  const scale = scaleAt(tokens, at);
  return scale === 100 ? null : scale;
}

function scaleAt(tokens: readonly Token[], at: number): number | null {
  const text = tokens[at]?.text ?? "";
  if (text === "hundred") return 100;
  const scale = SCALES[text];
  if (scale === undefined) return null;
  // A lone letter is a scale only where it touches its figure: "15k", not "15 m".
  if (text.length === 1 && tokens[at - 1]?.end !== tokens[at]?.start) {
    return text === "k" ? scale : null;
  }
  return scale;
}

/**
 * Spoken shorthand: "two ninety" is 290, "twelve fifty" 1250, "two five two" 252, "thirty eight five"
 * 38.5 of something understood to be thousands.
 */
function readElided(
  tokens: readonly Token[],
  first: number,
  opening: Part,
): SpokenNumber | null {
  const plain = { first, scaled: false, inWords: true, mayHaveCents: false };
  const second = readGroup(tokens, opening.next);
  if (!second || /^\d/.test(tokens[opening.next]?.text ?? "")) return null;
  const { value } = opening;
  const scale = scaleAt(tokens, second.next);
  if (value >= 1 && value <= 9 && second.value >= 10 && second.value <= 99) {
    if (scale === 100) return null;
    if (scale !== null) {
      const scaledValue = round((value * 100 + second.value) * scale);
      return {
        ...plain,
        scaled: true,
        value: scaledValue,
        last: second.next,
        impliesThousands: false,
      };
    }
    return {
      ...plain,
      value: value * 100 + second.value,
      last: second.next - 1,
      impliesThousands: false,
    };
  }
  if (scale !== null) return null;
  if (value >= 10 && value <= 99 && second.value >= 10 && second.value <= 99) {
    return {
      ...plain,
      value: value * 100 + second.value,
      last: second.next - 1,
      mayHaveCents: true,
      impliesThousands: false,
    };
  }
  if (value >= 1 && value <= 9 && second.value <= 9) {
    const digits = [value, second.value];
    let next = second.next;
    for (; (SMALL.get(tokens[next]?.text ?? "") ?? 10) < 10; next++) {
      digits.push(SMALL.get(tokens[next]?.text ?? "") ?? 0);
    }
    if (digits.length < 3) return null;
    return { ...plain, value: Number(digits.join("")), last: next - 1, impliesThousands: false };
  }
  if (value >= 10 && value <= 99 && second.value >= 1 && second.value <= 9) {
    return {
      ...plain,
      value: round(value + second.value / 10),
      last: second.next - 1,
      impliesThousands: true,
    };
  }
  return null;
}

/** Spoken decimals stay short; binary noise ("0.30000000000000004") must not reach a mail. */
function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
