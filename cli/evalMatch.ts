/** Which prediction meets which label: the rules of the labelled set's own description. */
import type { GoldLabels, WrittenAmount } from "./evalGold.ts";
import type { Prediction } from "./evalRun.ts";

type GoldAction = GoldLabels["action_items"][number];
type FoundAction = Prediction["action_items"][number];

/** Words too common to prove on their own that two to-dos are the same one. */
const COMMON = new Set(
  ("send share provide list new call ring phone email mail today tonight tomorrow monday tuesday wednesday thursday " +
    "friday saturday sunday meeting team next check ask confirm work discuss look take find write report reply message " +
    "meet book schedule set prepare create update add bring loop join include get make done date dates two three five " +
    "ten end week time connect touch answer lunch run start starts option use follow back contact complete")
    .split(" "),
);
const ACTION_REACH = 1;
const INTENT_REACH = 2;
const TITLES = new Set(["mr", "mrs", "ms", "dr", "sir"]);

/** How labels and predictions met; positions in their lists. */
export interface Matches {
  readonly pairs: readonly (readonly [gold: number, found: number])[];
  readonly missed: readonly number[];
  readonly extra: readonly number[];
}

/**
 * Pairs the best fits first, each side once; affinity 0 is no fit. An optional label takes what the
 * others left and counts neither way.
 */
export function matchAll<G extends { readonly optional?: boolean }, F>(
  gold: readonly G[],
  found: readonly F[],
  affinity: (gold: G, found: F) => number,
): Matches {
  const fits = gold.flatMap((label, g) =>
    found.map((item, f) => ({
      g,
      f,
      isOptional: label.optional ?? false,
      by: affinity(label, item),
    }))
  ).filter(({ by }) => by > 0);
  fits.sort((a, b) =>
    Number(a.isOptional) - Number(b.isOptional) || b.by - a.by || a.g - b.g || a.f - b.f
  );
  const usedGold = new Set<number>();
  const usedFound = new Set<number>();
  const pairs: [number, number][] = [];
  for (const { g, f, isOptional } of fits) {
    if (usedGold.has(g) || usedFound.has(f)) continue;
    usedGold.add(g);
    usedFound.add(f);
    if (!isOptional) pairs.push([g, f]);
  }
  return {
    pairs,
    missed: [...gold.keys()].filter((g) => !gold[g].optional && !usedGold.has(g)),
    extra: [...found.keys()].filter((f) => !usedFound.has(f)),
  };
}

/** Half the keywords, one of them telling; or any keyword within a turn. Owner and day break ties. */
export function actionAffinity(gold: GoldAction, found: FoundAction): number {
  const words = tokensOf(found.text);
  const alternatives = gold.keywords.map((keyword) =>
    keyword.split("|").filter((word) => words.some((spoken) => isSameStem(spoken, fold(word))))
  );
  const hits = alternatives.filter((words) => words.length > 0).length;
  const isTelling = alternatives.flat().some((word) => !COMMON.has(fold(word)));
  const distance = Math.abs(found.turn - gold.turn);
  const isNear = distance <= ACTION_REACH;
  if (!(hits * 2 >= gold.keywords.length && isTelling) && !(isNear && hits > 0)) return 0;
  return hits / gold.keywords.length + (isNear ? 0.5 : distance <= 4 ? 0.2 : 0) +
    (isSameOwner(gold.owner, found.owner) ? 0.3 : 0) +
    (gold.due_iso !== null && gold.due_iso === found.due_iso ? 0.1 : 0);
}

/** Same name within two turns, the nearer the better. */
export function intentAffinity(
  gold: Pick<GoldLabels["intents"][number], "intent" | "turn">,
  found: Pick<GoldLabels["intents"][number], "intent" | "turn">,
): number {
  const distance = Math.abs(found.turn - gold.turn);
  return gold.intent === found.intent && distance <= INTENT_REACH ? 4 - distance : 0;
}

export function isSameOwner(gold: string, found: string): boolean {
  return isContained(nameTokens(gold), nameTokens(found));
}

/** One name contains the other. */
export function nameAffinity(
  gold: { readonly name: string },
  found: { readonly name: string },
): number {
  return isContained(nameTokens(gold.name), nameTokens(found.name)) ? 1 : 0;
}

export interface ReadAmount {
  readonly value: number;
  readonly isPercentage: boolean;
  readonly currency: string | null;
  readonly optional?: boolean;
}

/** @example readAmount("£14k") // { value: 14000, isPercentage: false, currency: "GBP" } */
export function readAmount(amount: WrittenAmount): ReadAmount {
  if (typeof amount === "number") return { value: amount, isPercentage: false, currency: null };
  if (typeof amount === "string") return readSpelledAmount(amount);
  const inner = readAmount(amount.value);
  const currency = amount.currency?.toUpperCase() ?? inner.currency;
  const isPercentage = inner.isPercentage || currency === "%" || amount.unit === "%" ||
    amount.unit === "percent";
  return { value: inner.value, isPercentage, currency: isPercentage ? null : currency };
}

const MAGNITUDES: readonly (readonly [RegExp, number])[] = [
  [/^[\d.,]+\s*(?:k|thousand|grand)\b/, 1e3],
  [/^[\d.,]+\s*(?:m|mn|million)\b/, 1e6],
  [/^[\d.,]+\s*(?:lakhs?|lac)\b/, 1e5],
];

function readSpelledAmount(text: string): ReadAmount {
  const figure = text.replace(/,(?=\d{3})/g, "").match(/-?\d+(?:\.\d+)?/)?.[0];
  const rest = text.slice(Math.max(0, text.search(/\d/))).toLowerCase();
  const times = MAGNITUDES.find(([pattern]) => pattern.test(rest))?.[1] ?? 1;
  const isPercentage = /%|percent|per cent/i.test(text);
  const code = text.match(/\b(?:USD|EUR|GBP|AUD|CAD|INR|BRL|SGD)\b/i)?.[0].toUpperCase() ??
    (text.includes("£") ? "GBP" : text.includes("€") ? "EUR" : null);
  return {
    value: figure === undefined ? NaN : Number(figure) * times,
    isPercentage,
    currency: isPercentage ? null : code,
  };
}

/** Value, being a percentage, and currency where both name one. */
export function amountAffinity(gold: ReadAmount, found: ReadAmount): number {
  if (gold.isPercentage !== found.isPercentage) return 0;
  if (gold.currency && found.currency && gold.currency !== found.currency) return 0;
  return Math.abs(gold.value - found.value) <= Math.abs(gold.value) * 0.001 ? 1 : 0;
}

/** The same amount twice is one. */
export function distinctAmounts(amounts: readonly WrittenAmount[]): ReadAmount[] {
  const distinct: ReadAmount[] = [];
  for (const amount of amounts.map(readAmount)) {
    const isKnown = distinct.some((known) => amountAffinity(known, amount) > 0);
    if (!Number.isNaN(amount.value) && !isKnown) distinct.push(amount);
  }
  return distinct;
}

/** `Customer success` and `customer-success` are one label. */
export function labelOf(name: string | null): string | null {
  return name?.trim().toLowerCase().replace(/[\s-]+/g, "_") ?? null;
}

function nameTokens(name: string): string[] {
  return tokensOf(name).filter((word) => !TITLES.has(word));
}

function isContained(a: readonly string[], b: readonly string[]): boolean {
  return a.length > 0 && b.length > 0 &&
    (a.every((word) => b.includes(word)) || b.every((word) => a.includes(word)));
}

function fold(text: string): string {
  return text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");
}

function tokensOf(text: string): string[] {
  return fold(text).split(/[^\p{L}\p{N}]+/u).filter((token) => token !== "");
}

/** The first five letters; a shorter keyword may carry a short ending (demo, demos). */
function isSameStem(word: string, keyword: string): boolean {
  if (keyword.length >= 5) return word.slice(0, 5) === keyword.slice(0, 5);
  return word === keyword ||
    keyword.length >= 3 && /^\p{L}+$/u.test(keyword) && word.startsWith(keyword) &&
      word.length - keyword.length <= 3;
}
