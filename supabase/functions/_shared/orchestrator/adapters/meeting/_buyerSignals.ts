import { type MeetingTime, mentionedDays } from "./_dueDate.ts";
import { NO_NAME } from "./_personPatterns.ts";
import type { Strength } from "./_undertakings.ts";
import type { Side, Sides } from "./_sides.ts";
import { isHypothetical } from "./_speechActs.ts";
import {
  ASKS_FOR_DATE,
  ASKS_FOR_RIVALS,
  COMPETITION_CURRENT,
  COMPETITION_GENERIC,
  COMPETITION_NAMED,
  GOAL,
  HORIZON,
  NAME,
  NO_OBJECTION,
  NO_PRODUCT,
  NOT_PRICING,
  OBJECTIONS,
  OTHERS_USE,
  PAST_TIME,
  PRICING_RULES,
  RIVAL_COMPARES,
  RIVAL_COURTS,
  RIVAL_QUOTES,
  RIVAL_VISITS,
  type Rule,
  STAKEHOLDER_RULES,
  TIMELINE_EXPLICIT,
} from "./_signalRules.ts";
import type { Sentence } from "./_transcript.ts";

/** What a sentence of the other side lets us know without promising anything. */
export type SignalKind =
  | "pricing_request"
  | "competitive_mention"
  | "timeline_signal"
  | "objection_blocker"
  | "stakeholder_introduction";

export interface Signal {
  readonly kind: SignalKind;
  readonly sentence: Sentence;
  /** The words that gave it away. */
  readonly phrase: string;
  readonly strength: Strength;
  readonly confidence: number;
}

const CONFIDENCE: Readonly<Record<Strength, number>> = {
  explicit: 0.85,
  strong_implied: 0.72,
  weak_implied: 0.52,
};

const ANY_NAME = new RegExp(NAME, "g");
/** Turns an answer may come after our question; a second sentence often holds it. */
const ANSWER_REACH = 2;
/** Turns apart in which the same signal is one signal. */
const SAME_BREATH = 3;

/**
 * Reads the signals of the other side, sentence by sentence; repeats within a few turns are one.
 * Where sides are unknown a speaker may be anyone: then the strength is at most weak.
 */
export function readSignals(
  sentences: readonly Sentence[],
  sides: Sides,
  time: MeetingTime,
): Signal[] {
  const found: Signal[] = [];
  let asked: Sentence | null = null;
  for (const sentence of sentences) {
    const side = sides.sideOf(sentence.speaker);
    if (side === "ours") {
      if (sentence.isQuestion) asked = sentence;
      continue;
    }
    const question = asked !== null && sentence.turn - asked.turn <= ANSWER_REACH
      ? asked.words
      : "";
    const readings: readonly (readonly [SignalKind, Reading | null])[] = [
      ["pricing_request", readPricing(sentence)],
      [
        "competitive_mention",
        readCompetition(sentence, sides) ?? readRival(question, sentence, sides),
      ],
      ["timeline_signal", readTimeline(sentence, time) ?? readDate(question, sentence, time)],
      ["objection_blocker", blamesRival(sentence, found) ? null : readObjection(sentence)],
      ["stakeholder_introduction", readStakeholder(sentence)],
    ];
    for (const [kind, reading] of readings) {
      if (reading !== null) keep(found, toSignal(kind, sentence, reading, side));
    }
  }
  return found;
}

interface Reading {
  readonly phrase: string;
  readonly strength: Strength;
}

function toSignal(kind: SignalKind, sentence: Sentence, reading: Reading, side: Side): Signal {
  const strength = side === "unknown" ? "weak_implied" : reading.strength;
  return { kind, sentence, phrase: reading.phrase, strength, confidence: CONFIDENCE[strength] };
}

/** The stronger of two neighbouring signals of one kind stays; two price questions are two. */
function keep(found: Signal[], next: Signal): void {
  const at = found.findLastIndex((known) => known.kind === next.kind);
  const known = found[at];
  if (known === undefined || next.sentence.turn - known.sentence.turn > SAME_BREATH) {
    found.push(next);
  } else if (next.confidence > known.confidence) found[at] = next;
}

function readPricing(sentence: Sentence): Reading | null {
  const { words } = sentence;
  if (NOT_PRICING.test(words)) return null;
  const hit = firstHit(PRICING_RULES, sentence);
  const isAsking = sentence.isQuestion ||
    /\b(?:what|how much|can you|could you|need|want|like to|curious|wondering|remind me|tell me|give me|ballpark)\b/
      .test(words);
  return hit !== null && isAsking ? hit : null;
}

function readCompetition(sentence: Sentence, sides: Sides): Reading | null {
  for (
    const [patterns, strength] of [
      [
        [
          ...COMPETITION_NAMED,
          RIVAL_COMPARES,
          RIVAL_COURTS,
          RIVAL_QUOTES,
          RIVAL_VISITS,
          OTHERS_USE,
        ],
        "explicit",
      ],
      [COMPETITION_CURRENT, "weak_implied"],
    ] as const
  ) {
    for (const pattern of patterns) {
      const match = pattern.exec(sentence.plain);
      if (match !== null && isProductName(match[1], match.index, sides)) {
        return { phrase: match[0], strength };
      }
    }
    if (strength === "explicit") {
      const generic = firstHit(COMPETITION_GENERIC, sentence);
      if (generic !== null) return generic;
    }
  }
  return null;
}

/** "We looked at StockPot. Too complicated": what is wrong with a rival stands in nobody's way. */
function blamesRival({ turn, words }: Sentence, found: readonly Signal[]): boolean {
  const isAboutUs = /\b(?:you|your|you're|yours)\b/.test(words);
  return !isAboutUs &&
    found.some((known) =>
      known.kind === "competitive_mention" && known.sentence.turn === turn &&
      known.strength !== "weak_implied"
    );
}

/** "Have you looked at anyone else?" "Just Riskline": the question makes the name a rival. */
function readRival(question: string, sentence: Sentence, sides: Sides): Reading | null {
  if (!ASKS_FOR_RIVALS.test(question)) return null;
  for (const match of sentence.plain.matchAll(ANY_NAME)) {
    // The head of a sentence has a capital anyway: "Only Stockwise so far".
    const name = match.index === 0 && !/^\w*[a-z][A-Z]/.test(match[0])
      ? match[0].split(" ").slice(1).join(" ")
      : match[0];
    if (name !== "" && isProductName(name, 1, sides)) return { phrase: name, strength: "explicit" };
  }
  return null;
}

/** "Is there a date?" "End of May": the question makes it a deadline. */
function readDate(question: string, sentence: Sentence, time: MeetingTime): Reading | null {
  const { words } = sentence;
  if (!ASKS_FOR_DATE.test(question) || PAST_TIME.test(words)) return null;
  const horizon = HORIZON.exec(words);
  if (horizon !== null) return { phrase: horizon[0], strength: "explicit" };
  const [day] = mentionedDays(words, time).filter((mention) => mention.day_iso !== null);
  return day === undefined ? null : { phrase: day.text, strength: "explicit" };
}

function isProductName(name: string, at: number, sides: Sides): boolean {
  const bare = name.replace(/[.,']+(?:s)?$/, "");
  if (NO_PRODUCT.test(bare) || NO_PRODUCT.test(bare.split(" ")[0])) return false;
  // A capital at the head of the sentence proves nothing.
  if (at === 0 && NO_NAME.has(bare.split(" ")[0].toLowerCase())) return false;
  if (at === 0 && !/[A-Z].*[A-Z]|\d/.test(bare) && bare.length < 4) return false;
  return sides.findByName(bare) === null && sides.findByName(bare.split(" ")[0]) === null;
}

function readTimeline(sentence: Sentence, time: MeetingTime): Reading | null {
  const { words } = sentence;
  if (sentence.isQuestion && !/\b(?:we|our|us)\b/.test(words)) return null;
  const horizon = HORIZON.exec(words) ?? dayHorizon(sentence, time);
  if (horizon === null || PAST_TIME.test(words)) return null;
  const goal = GOAL.exec(words);
  if (goal === null) return null;
  const isExplicit = TIMELINE_EXPLICIT.some((pattern) => pattern.test(words));
  return {
    phrase: words.slice(Math.min(goal.index, horizon.index)),
    strength: isExplicit ? "explicit" : "strong_implied",
  };
}

/** Today is no horizon. */
const AT_ONCE = /today|tonight|tomorrow|end of (?:the )?day|afternoon|morning|\bby /;

/** A named day counts only beside signing or being live; else it belongs to the next call. */
function dayHorizon(sentence: Sentence, time: MeetingTime): { readonly index: number } | null {
  if (
    !/\b(?:sign(?:ed)?|live|decision|decide|approv\w+|laps\w+|expir\w+|renew\w*|runs? out|cut ?over|deadline|launch|contract|board)\b/
      .test(
        sentence.words,
      )
  ) return null;
  const [day] = mentionedDays(sentence.words, time).filter((mention) =>
    mention.day_iso !== null && !AT_ONCE.test(mention.text)
  );
  return day === undefined ? null : { index: Math.max(0, sentence.words.indexOf(day.text)) };
}

function readObjection(sentence: Sentence): Reading | null {
  if (NO_OBJECTION.test(sentence.words)) return null;
  return firstHit(OBJECTIONS, sentence);
}

function readStakeholder(sentence: Sentence): Reading | null {
  if (isHypothetical(sentence.words)) return null;
  return firstHit(STAKEHOLDER_RULES, sentence);
}

function firstHit(rules: readonly Rule[], sentence: Sentence): Reading | null {
  for (const [pattern, strength] of rules) {
    const match = pattern.exec(sentence.words);
    if (match !== null) {
      return { phrase: sentence.plain.slice(match.index, match.index + match[0].length), strength };
    }
  }
  return null;
}
