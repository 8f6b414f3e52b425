import { REPLY_REACH } from "./_clauses.ts";
import { hasPronounObject, objectStems, overlap, pointsBack } from "./_deedWords.ts";
import type { Due } from "./_dueDate.ts";
import type { Person } from "./_sides.ts";
import type { ActKind } from "./_clauseActs.ts";
import { contentStems } from "./_transcript.ts";
import type { VerbClass } from "./_verbs.ts";

/** A deed found in one clause, growing as the talk around it is joined. */
export interface Candidate {
  readonly owner: Person;
  speaker: string;
  turn: number;
  quote: string;
  texts: string[];
  predicates: string[];
  context: string;
  verbClass: VerbClass;
  lemma: string;
  kind: ActKind;
  due: Due;
  /** Said right after somebody else's question, which may have turned to another thing. */
  readonly isAnswer: boolean;
  /** Said to be done "the same day" as the promise before it. */
  isSameDay: boolean;
  confidence: number;
  isExplicit: boolean;
}

/** Joins what belongs to one exchange: "can you …" with its "I'll …", "check …" with "get back". */
export function mergeExchanges(candidates: readonly Candidate[]): Candidate[] {
  const kept: Candidate[] = [];
  for (const next of candidates) {
    const earlier = kept.findLast((candidate) =>
      candidate.owner.name === next.owner.name && next.turn - candidate.turn <= REPLY_REACH &&
      (candidate.turn === next.turn ? isOneBreath(candidate, next) : isAnswered(candidate, next))
    );
    if (earlier === undefined) kept.push({ ...next });
    else absorb(earlier, next);
  }
  return kept;
}

/** Within one turn: the report after the check, the pronoun after the thing. */
function isOneBreath(earlier: Candidate, next: Candidate): boolean {
  const [predicate] = next.predicates;
  const own = objectStems(predicate, next.lemma);
  if (next.verbClass === "report") return true;
  // "I'll rerun it and circulate the corrected figures": the second half names the thing.
  if (
    earlier.quote === next.quote && pointsBack(earlier.predicates[0], earlier.lemma) &&
    /^(?:change|prepare|review|other)$/.test(earlier.verbClass)
  ) return true;
  if (earlier.verbClass === "report") return false;
  const isSame = earlier.verbClass === next.verbClass;
  if (isSame && (next.verbClass === "ask" || next.verbClass === "introduce")) return true;
  // "I'll chase them and ask for replacements"
  if (earlier.verbClass === "contact" && next.verbClass === "ask") return true;
  if (
    pointsBack(predicate, next.lemma) &&
    (isSame || next.due.due_iso === null || earlier.due.due_iso === null)
  ) return true;
  if (
    hasPronounObject(predicate) &&
    (next.due.due_iso === null || earlier.due.due_iso === null ||
      next.due.due_iso === earlier.due.due_iso)
  ) return true;
  return own.length > 0 && overlap(wordsOf(earlier), own) === own.length;
}

/** Over turns: somebody takes up a request or an offer, in other words or with "that". */
function isAnswered(earlier: Candidate, next: Candidate): boolean {
  const [predicate] = next.predicates;
  const isOpen = earlier.kind === "request" || earlier.kind === "offer" || next.kind === "request";
  if (isOpen && earlier.speaker !== next.speaker) {
    const own = objectStems(predicate, next.lemma);
    return pointsBack(predicate, next.lemma) || earlier.verbClass === next.verbClass ||
      overlap(stemsOf(earlier), own) > 0 ||
      // "Can you introduce us?" "I'll do an email tomorrow": the first thing said in reply.
      earlier.kind === "request" && next.turn - earlier.turn === 1 && own.length <= 1;
  }
  return earlier.speaker === next.speaker && earlier.verbClass === next.verbClass &&
    next.turn - earlier.turn <= 2 && !next.isAnswer && !next.isSameDay &&
    (hasPronounObject(predicate) || objectStems(predicate, next.lemma).length === 0);
}

function absorb(into: Candidate, next: Candidate): void {
  // The owner's own words settle a request: they are the evidence.
  if (into.turn !== next.turn && into.kind === "request" && next.kind !== "request") {
    into.turn = next.turn;
    into.quote = next.quote;
    into.kind = next.kind;
    into.speaker = next.speaker;
  }
  const isTelling = objectStems(next.predicates[0], next.lemma).length > 0 &&
    next.verbClass !== "report";
  if (isTelling) into.texts.push(...next.texts);
  into.predicates.push(...next.predicates);
  if (into.context === "" && stemsOf(into).length <= 1) into.context = next.context;
  if (into.due.due_iso === null && next.due.due_text !== null) into.due = next.due;
  into.confidence = Math.max(into.confidence, next.confidence);
  into.isExplicit ||= next.isExplicit;
}

/** "I'll get it to legal the same day": the day of the promise before it. */
export function settleSameDay(candidates: readonly Candidate[]): Candidate[] {
  return candidates.map((candidate, index) => {
    if (!candidate.isSameDay) return candidate;
    const dated = candidates.slice(0, index).findLast((earlier) => earlier.due.due_iso !== null);
    return dated === undefined ? candidate : { ...candidate, due: dated.due };
  });
}

const SAID_BEFORE = /\b(?:(?:as|like) (?:i|we) said|as (?:discussed|mentioned|promised|agreed))\b/;

/** A promise made again later is the same promise; the first one keeps its evidence. */
export function mergeRepeats(candidates: readonly Candidate[]): Candidate[] {
  const kept: Candidate[] = [];
  for (const next of candidates) {
    const earlier = kept.find((candidate) => isRepeat(candidate, next));
    if (earlier === undefined) {
      kept.push(next);
      continue;
    }
    if (earlier.due.due_iso === null && next.due.due_iso !== null) earlier.due = next.due;
    earlier.confidence = Math.max(earlier.confidence, next.confidence);
  }
  return kept;
}

function isRepeat(earlier: Candidate, next: Candidate): boolean {
  if (earlier.owner.name !== next.owner.name) return false;
  const before = wordsOf(earlier);
  const now = wordsOf(next);
  const shared = overlap(before, now);
  if (SAID_BEFORE.test(next.quote.toLowerCase())) return shared > 0;
  const smaller = Math.min(before.length, now.length);
  if (shared < 2 || shared / smaller < 0.67) return false;
  const { due_iso: a } = earlier.due;
  const { due_iso: b } = next.due;
  return a === null || b === null || a === b || shared === smaller;
}

/** "I'll follow up with the agreement and the invite": a summary of promises already kept. */
export function dropRecaps(candidates: readonly Candidate[]): Candidate[] {
  return candidates.filter((candidate, index) => {
    const own = objectStems(candidate.predicates.join(" "), candidate.lemma);
    if (own.length < 2 || candidate.predicates.length > 1) return true;
    const earlier = candidates.slice(0, index).filter((other) =>
      other.owner.name === candidate.owner.name
    );
    const touched = earlier.filter((other) => overlap(stemsOf(other), own) > 0);
    const known = touched.flatMap(stemsOf);
    return !(touched.length >= 2 && overlap(known, own) === new Set(own).size);
  });
}

function stemsOf(candidate: Candidate): string[] {
  return candidate.predicates.flatMap((predicate) => objectStems(predicate, candidate.lemma));
}

/** Verb included: "ring Helen" repeats "ring Helen", not "write to Helen". */
function wordsOf(candidate: Candidate): string[] {
  return [...new Set(candidate.predicates.flatMap((predicate) => contentStems(predicate)))];
}
