import type { TranscriptTurn } from "../../../ports/crm.ts";
import {
  findAntecedent,
  findReply,
  flattenClauses,
  isInRecap,
  type SaidClause,
} from "./_clauses.ts";
import { deedText, hasPronounObject, needsContext, objectStems } from "./_deedWords.ts";
import { type Due, type MeetingTime, resolveDue } from "./_dueDate.ts";
import { quoteOf } from "./_evidence.ts";
import {
  type Candidate,
  dropRecaps,
  mergeExchanges,
  mergeRepeats,
  settleSameDay,
} from "./_exchanges.ts";
import type { Person, Sides } from "./_sides.ts";
import { isAcceptance, isFulfilled, isRefusal } from "./_speechActs.ts";
import { type ClauseAct, ON_THE_SPOT, readAct } from "./_clauseActs.ts";
import { type Draft, peopleOf, resolveOwner } from "./_undertakingOwner.ts";
import { confidenceOf } from "./_undertakingWeight.ts";
import { readSentences, type Sentence } from "./_transcript.ts";
import { readVerb, type VerbClass } from "./_verbs.ts";

/** How plainly it was said; the words of the intent tiers. */
export type Strength = "explicit" | "strong_implied" | "weak_implied";

/** Something that somebody took on to do after the meeting, whichever way it was put. */
export interface Undertaking {
  readonly owner: Person;
  /** Turn in which the owner (or whoever speaks for them) settles it. */
  readonly turn: number;
  readonly quote: string;
  /** The deed in words: `Send Scott the secure upload link`. */
  readonly text: string;
  readonly verbClass: VerbClass;
  readonly lemma: string;
  /** Lower case: the verb phrases alone. */
  readonly predicate: string;
  /** Lower case: what the phrases' pronouns point at; "" when they need nothing. */
  readonly context: string;
  readonly due: Due;
  readonly strength: Strength;
  /** 0 to 1. */
  readonly confidence: number;
}

/** One meeting as the rules read it. */
export interface MeetingSpeech {
  readonly sentences: readonly Sentence[];
  readonly sides: Sides;
  readonly time: MeetingTime;
}

export function readMeetingSpeech(
  turns: readonly TranscriptTurn[],
  sides: Sides,
  time: MeetingTime,
): MeetingSpeech {
  return { sentences: readSentences(turns), sides, time };
}

/** Kept from here on; below it a sentence is more likely talk than a promise. */
const MIN_CONFIDENCE = 0.55;

/** Ten times what a long meeting promises: what comes later is compared with nothing. */
const MAX_DRAFTS = 600;

/**
 * Finds what people took on: promises, accepted offers, accepted requests and assignments, one entry
 * per deed however often it is repeated. Refused and fulfilled ones, suppositions and orders to
 * machines are left out. In spoken order.
 */
export function readUndertakings(speech: MeetingSpeech): Undertaking[] {
  const clauses = flattenClauses(speech.sentences);
  const candidates = readDrafts(clauses, speech.time).slice(0, MAX_DRAFTS)
    .map((draft) => judge(draft, clauses, speech))
    .filter((candidate) => candidate !== null);
  const exchanges = settleSameDay(mergeExchanges(candidates));
  return dropRecaps(mergeRepeats(exchanges))
    .filter((candidate) => candidate.confidence >= MIN_CONFIDENCE)
    .map(toUndertaking)
    .sort((a, b) => a.turn - b.turn);
}

function readDrafts(clauses: readonly SaidClause[], time: MeetingTime): Draft[] {
  return clauses.flatMap((clause, at): Draft[] => {
    const act = readAct(clause) ?? readElliptic(clause, time);
    if (act === null || isDoneOnTheSpot(at, clauses)) return [];
    if (act.isBargain && !bindsInReturn(at, clauses)) return [];
    return splitCoordinated(act).map((part) => ({ act: part, at, clause }));
  });
}

/** "Give me one sec, I'm gonna pull the log": the clause itself or one beside it says so. */
function isDoneOnTheSpot(at: number, clauses: readonly SaidClause[]): boolean {
  const { turn } = clauses[at];
  return [clauses[at - 1], clauses[at], clauses[at + 1]].some((near) =>
    near?.turn === turn && ON_THE_SPOT.test(near.words)
  );
}

/** One of the next clauses of the turn holds the speaker's own part of the bargain. */
function bindsInReturn(at: number, clauses: readonly SaidClause[]): boolean {
  return clauses.slice(at + 1, at + 4).some((next) =>
    next.turn === clauses[at].turn && readAct(next)?.actor.is === "speaker"
  );
}

/** "I'll speak to Neil today and ring you tomorrow": one subject, two deeds. */
function splitCoordinated(act: ClauseAct): ClauseAct[] {
  const seams = act.predicate.matchAll(
    /,? (?:and|then|and then) (?:(?:also|probably|then|maybe) )?(?=[a-z])/g,
  );
  for (const seam of seams) {
    const first = act.predicate.slice(0, seam.index);
    const rest = act.predicate.slice(seam.index + seam[0].length);
    // "review and sign it" is one deed; "test and support teams" lists nouns.
    if (!first.includes(" ") || !rest.includes(" ") || /^[a-z]{3,}ing\b/.test(rest)) continue;
    const verb = readVerb(rest.toLowerCase());
    if (verb.class === "talk" || verb.class === "other") continue;
    const firstVerb = readVerb(first.toLowerCase());
    const head = firstVerb.class === "talk" ? [] : [{ ...act, predicate: first, verb: firstVerb }];
    return [...head, ...splitCoordinated({ ...act, predicate: rest, lead: "", verb })];
  }
  return [act];
}

const FINITE =
  /\b(?:i|you|he|she|it|we|they|that|this|is|was|are|were|be|been|being|do|did|done|has|have|had|get|got|not|just|so|if|yeah|ready|signed|need\w*|want\w*|works?|year|week|month|ago|long|day|morning|happened|came|went|left|live|go|going|close\w*|start\w*|finish\w*|\w+'(?:s|m|d|re|ll|ve))\b/;

/** "Rollback doc by Thursday", said in reply: a promise without a verb. */
function readElliptic(clause: SaidClause, time: MeetingTime): ClauseAct | null {
  if (!clause.words.includes(" by ")) return null;
  const match =
    /^((?:the |my |our |a |an )?(?:[a-z][\w'-]* ){1,4})by (?:the |this |next |end |close )?[a-z]+(?: [a-z]+){0,3}$/
      .exec(clause.words.replace(/[.!]$/, ""));
  if (match === null || clause.sentence.isQuestion || FINITE.test(match[1])) return null;
  if (resolveDue(clause.words, time).due_text === null) return null;
  return {
    kind: "commitment",
    actor: { is: "speaker" },
    verb: { lemma: "deliver", class: "prepare" },
    predicate: clause.plain,
    lead: "",
    isGroup: false,
    isHedged: true,
    isConditional: false,
    isAsked: false,
    isBargain: false,
  };
}

function judge(
  draft: Draft,
  clauses: readonly SaidClause[],
  speech: MeetingSpeech,
): Candidate | null {
  const { act, at, clause } = draft;
  if (takesUpAnOffer(draft, clauses)) return null;
  // "If you get me there I'll sign" is a word given in a deal, not a to-do.
  const isConditional = act.isConditional || followsCondition(at, clauses);
  if (act.verb.lemma === "sign" && (isConditional || turnHasCondition(at, clauses))) return null;

  const reply = needsReply(act) ? findReply(at, clauses) : null;
  if (reply !== null && (isRefusal(reply.words) || isFulfilled(reply.words))) return null;
  const isAccepted = reply !== null &&
    (isAcceptance(reply.words) || endsInYes(reply, speech.sentences));
  const owner = resolveOwner(draft, reply, speech.sides);
  if (owner === null) return null;

  const isSettledByOwner = isAccepted && speech.sides.personOf(reply.speaker).name === owner.name;
  const due = dueOf(draft, clauses, isSettledByOwner ? reply : null, speech.time);
  const antecedent = needsContext(act.predicate, act.verb.lemma)
    ? findAntecedent(at, { ...act.verb, isPronoun: hasPronounObject(act.predicate) }, clauses)
    : "";
  // "Hello" explains nothing.
  const context = antecedent.trim().includes(" ") ? antecedent : "";
  const confidence = confidenceOf(act, {
    isAccepted,
    hasDate: due.due_text !== null,
    hasContext: context !== "",
    isRecap: isInRecap(at, clauses),
  });
  if (confidence <= 0) return null;
  return {
    owner,
    speaker: clause.speaker,
    turn: clause.turn,
    quote: quoteOf(clause.sentence.raw),
    texts: [deedText(act.predicate, peopleOf(draft, clauses, speech.sides))],
    predicates: [act.predicate.toLowerCase()],
    context,
    verbClass: act.verb.class,
    lemma: act.verb.lemma,
    kind: act.kind,
    due,
    isAnswer: answersQuestion(at, clauses),
    isSameDay: due.due_text === null && /\bthe same day\b/.test(act.predicate),
    confidence,
    isExplicit: (act.kind === "commitment" || act.kind === "request") && !act.isGroup &&
      !act.isHedged && !isConditional,
  };
}

/** "Two pages is about their limit. Yes." */
function endsInYes(reply: Sentence, sentences: readonly Sentence[]): boolean {
  return sentences.some(({ turn, words }) =>
    turn === reply.turn && /^(?:yes|yeah|sure|okay|please|please do|go on then)[.!]?$/.test(words)
  );
}

/** The last thing said before this turn was somebody else's question. */
function answersQuestion(at: number, clauses: readonly SaidClause[]): boolean {
  const { turn, speaker } = clauses[at];
  let last = at - 1;
  while (last >= 0 && clauses[last].turn >= turn) last--;
  const before = clauses[last];
  return before !== undefined && before.speaker !== speaker && before.sentence.isQuestion;
}

/** "Yeah send me that" accepts what was offered; the offer is judged on its own. */
function takesUpAnOffer({ act, at, clause }: Draft, clauses: readonly SaidClause[]): boolean {
  if (act.kind !== "request" || objectStems(act.predicate, act.verb.lemma).length > 0) return false;
  for (let i = at - 1; i >= 0 && clauses[i].turn >= clause.turn - 2; i--) {
    if (clauses[i].speaker === clause.speaker) continue;
    const earlier = readAct(clauses[i]);
    if (earlier?.actor.is === "speaker" && earlier.verb.class === act.verb.class) return true;
  }
  return false;
}

function followsCondition(at: number, clauses: readonly SaidClause[]): boolean {
  const before = clauses[at - 1];
  return before?.sentence === clauses[at].sentence &&
    /\b(?:if|unless|once|assuming)\b/.test(before.words);
}

function turnHasCondition(at: number, clauses: readonly SaidClause[]): boolean {
  const { turn } = clauses[at];
  return clauses.slice(Math.max(0, at - 12), at).some((clause) =>
    clause.turn === turn && /\bif\b/.test(clause.words)
  );
}

function needsReply(act: ClauseAct): boolean {
  return act.kind === "offer" || act.kind === "request" || act.kind === "assignment";
}

/** "I'll get you the list, give me till Friday." */
const GIVES_TERM =
  /^(?:just )?(?:give me|allow me|allow|it might take|say|probably|hopefully|(?:that|it|they|those)(?:'ll| will| should) be (?:ready|done|finished|up|with you|there|live|complete|in place|sorted))\b/;

/** A short sentence after the deed that says by when and nothing else: "By Friday please." */
function isTermOf({ words, sentence }: SaidClause): boolean {
  if (sentence.isQuestion || words.split(" ").length > 6) return false;
  return GIVES_TERM.test(words) ||
    /^(?:(?:by|before|until|till|no later than|end of|later|first thing) |(?:today|tonight|tomorrow)\b)/
      .test(words);
}

/** Reads the date beside the deed, then in short clauses after it, then in the owner's own answer. */
function dueOf(
  { act, at, clause }: Draft,
  clauses: readonly SaidClause[],
  answer: Sentence | null,
  time: MeetingTime,
): Due {
  const lead = /\b(?:if|when|once|unless)\b/.test(act.lead) ? "" : act.lead;
  const before = clauses[at - 1];
  const term = before?.sentence === clause.sentence && GIVES_TERM.test(before.words)
    ? `${before.plain}, `
    : "";
  let said = `${term}${lead}${act.predicate}`;
  let next = at + 1;
  for (; next < clauses.length && clauses[next].sentence === clause.sentence; next++) {
    const isTerm = GIVES_TERM.test(clauses[next].words);
    if (!isTerm && (clauses[next].words.split(" ").length > 7 || readAct(clauses[next]) !== null)) {
      break;
    }
    said += `, ${clauses[next].plain}`;
  }
  let due = resolveDue(said, time);
  const following = clauses[next];
  if (due.due_text === null && following?.turn === clause.turn && isTermOf(following)) {
    due = resolveDue(following.plain, time);
  }
  if (due.due_text !== null || answer === null) return due;
  const answered = resolveDue(answer.plain, time);
  return answered.due_text !== null && !answered.fuzzy ? answered : due;
}

function toUndertaking(candidate: Candidate): Undertaking {
  const texts = [...new Set(candidate.texts)];
  // A request and its promise often say the deed in the same words, one of them with the day.
  const fullest = texts.filter((text) =>
    !texts.some((other) => other.length > text.length && other.startsWith(text))
  );
  const text = fullest.join("; ");
  return {
    owner: candidate.owner,
    turn: candidate.turn,
    quote: candidate.quote,
    text: candidate.context === "" ? text : `${text} (re: ${candidate.context})`,
    verbClass: candidate.verbClass,
    lemma: candidate.lemma,
    predicate: candidate.predicates.join(" ; "),
    context: candidate.context.toLowerCase(),
    due: candidate.due,
    strength: candidate.isExplicit ? "explicit" : "strong_implied",
    confidence: candidate.confidence,
  };
}
