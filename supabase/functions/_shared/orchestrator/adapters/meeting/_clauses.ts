import { cut } from "../../core/cut.ts";
import { isBackchannel, isInjected, isNegated } from "./_speechActs.ts";
import { type Clause, clausesOf, contentStems, type Sentence } from "./_transcript.ts";
import type { VerbClass } from "./_verbs.ts";

/** A clause with who said it and where. */
export interface SaidClause extends Clause {
  readonly turn: number;
  readonly speaker: string;
  readonly sentence: Sentence;
}

/** All clauses in spoken order; from an order to a machine on, the rest of that turn is left out. */
export function flattenClauses(sentences: readonly Sentence[]): SaidClause[] {
  const injectedTurns = new Set<number>();
  return sentences.flatMap((sentence) => {
    if (isInjected(sentence.words)) injectedTurns.add(sentence.turn);
    if (injectedTurns.has(sentence.turn)) return [];
    return clausesOf(sentence).map((clause) => ({
      ...clause,
      turn: sentence.turn,
      speaker: sentence.speaker,
      sentence,
    }));
  });
}

/** Replies further away than this answer something else. */
export const REPLY_REACH = 3;

/** First sentence of the next speaker that is more than a listening noise; null without one. */
export function findReply(at: number, clauses: readonly SaidClause[]): Sentence | null {
  const { turn, speaker } = clauses[at];
  let noise: Sentence | null = null;
  for (let i = at + 1; i < clauses.length && clauses[i].turn <= turn + REPLY_REACH; i++) {
    const { sentence } = clauses[i];
    if (sentence.speaker === speaker) {
      if (noise !== null && sentence.turn > turn) break;
      continue;
    }
    if (!isBackchannel(sentence.words)) return sentence;
    noise ??= sentence;
  }
  // An "okay" alone is an answer when nothing better follows.
  return noise;
}

/** Turns back in which a pronoun finds what it points at. */
const ANTECEDENT_REACH = 5;
/** Longest stretch of context that a to-do quotes. */
const CONTEXT_MAX = 160;

const DOCUMENT =
  /\b(?:pagers?|decks?|documents?|docs?|slides?|recording|reports?|case stud(?:y|ies)|white ?papers?|guides?|brochures?|links?|files?|spreadsheets?|sheets?|templates?|contracts?|agreements?|proposals?|quotes?|quotation|forms?|invoices?|notes|minutes|summary|agenda|examples?|samples?|references?|data|list|pdf|videos?|articles?|checklist|playbook|datasheet|overview|info|information|pricing|policy|certificates?|questionnaire|redlines?|terms|specs?|diagram|plan|ranges|access|credentials|details|numbers)\b/;
const MEETING_TIME =
  /\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(?:tomorrow|next week|o'clock|demo|kick-?off|workshop|session|review|follow-?up|call|meeting)\b|\b\d{1,2} ?[ap]m\b/;

/** "I'll do that", "I'll take that one": the deed itself was named before. */
const OWNING = new Set(["do", "take", "own", "handle", "cover", "pick"]);
const TO_BE_DONE =
  /\b(?:do|doing|done|needs? to|has to|have to|got to|should|(?:somebody|someone|can you|could you|would you) (?!take (?:that|it|this))\w+)\b/;

/**
 * The nearest earlier words that a pronoun (or a bare "the invite") can point at; "" without any.
 * Deliveries look for a document first, invitations for a time, "do it" for what was to be done.
 */
export function findAntecedent(
  at: number,
  deed: { readonly class: VerbClass; readonly lemma: string; readonly isPronoun: boolean },
  clauses: readonly SaidClause[],
): string {
  const wanted = deed.class === "deliver"
    ? (deed.isPronoun ? DOCUMENT : null)
    : deed.class === "schedule"
    ? MEETING_TIME
    : OWNING.has(deed.lemma)
    ? TO_BE_DONE
    : null;
  const { turn, speaker } = clauses[at];
  let best = { weight: 0, at: -1 };
  for (let i = at - 1; i >= 0 && clauses[i].turn >= turn - ANTECEDENT_REACH; i--) {
    const weight = weighAntecedent(clauses[i], { turn, speaker, wanted });
    if (weight > best.weight) best = { weight, at: i };
  }
  return best.at < 0 ? "" : clip(widen(best.at, clauses));
}

/** Words that put a thing on the table: whoever asks for it or needs it names it. */
const ASKS_FOR =
  /\b(?:can (?:i|we|you)|could (?:i|we|you)|would you|will you|do you have|have you got|is there|are there|needs? to|has to|have to|need|waiting (?:for|on)|where's|where are|missing|still (?:don't|haven't|owe)|somebody|someone|what about|how about|anything on|any news)\b/;

const HOLDS_PRONOUN = /\b(?:it|them|those|that one|this one)\b/;

/** Near, telling and asked for: what speaks for a clause as the thing a pronoun means. 0: nothing. */
function weighAntecedent(
  clause: SaidClause,
  from: { readonly turn: number; readonly speaker: string; readonly wanted: RegExp | null },
): number {
  const stems = contentStems(clause.words).length;
  const isQuestion = clause.sentence.isQuestion && clause.speaker !== from.speaker;
  // One word says little: it serves where its own turn offers nothing better.
  if (stems === 1 && !isQuestion) return clause.turn === from.turn ? 0.05 : 0;
  if (stems === 0) return 0;
  const distance = from.turn - clause.turn;
  return Math.max(
    0.1,
    6 - 1.5 * distance + Math.min(stems, 5) * 0.4 +
      (from.wanted?.test(clause.words) ? 6 : 0) +
      (ASKS_FOR.test(clause.words) ? 1.5 : 0) + (isQuestion ? 1 : 0) -
      (HOLDS_PRONOUN.test(clause.words) ? 1.5 : 0) - (isNegated(clause.words) ? 3 : 0),
  );
}

/** A thin clause takes the one before it along: "it's in review" needs its subject. */
function widen(at: number, clauses: readonly SaidClause[]): string {
  const { plain, words, turn } = clauses[at];
  const before = clauses[at - 1];
  const isThin = contentStems(words).length < 4;
  return isThin && before?.turn === turn ? `${before.plain}, ${plain}` : plain;
}

function clip(text: string): string {
  if (text.length <= CONTEXT_MAX) return text;
  const boundary = text.slice(0, CONTEXT_MAX).lastIndexOf(" ");
  return `${cut(text, Math.max(boundary, CONTEXT_MAX / 2))} …`;
}

const RECAP =
  /\b(?:recap|next steps?|action items?|to summari[sz]e|in summary|takeaways?|take-aways|homework|to-?dos?|just to confirm|on (?:your|my|our) (?:side|end|plate)|from (?:your|my|our) (?:side|end)|for (?:the )?next (?:time|week|meeting))\b/;

/** True in a turn (or right after one) that sums up who does what. */
export function isInRecap(at: number, clauses: readonly SaidClause[]): boolean {
  const { turn } = clauses[at];
  for (let i = at; i >= 0 && clauses[i].turn >= turn - 1; i--) {
    if (RECAP.test(clauses[i].words)) return true;
  }
  return false;
}
