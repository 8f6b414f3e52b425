import type { TranscriptTurn } from "../../../ports/crm.ts";
import { cut } from "../../core/cut.ts";

/** A stretch of speech between full stops; a turn without punctuation is one sentence. */
export interface Sentence {
  /** Position of the turn in the transcript, from 0. */
  readonly turn: number;
  readonly speaker: string;
  /** As spoken; a substring of the turn's text, so that it can be quoted. */
  readonly raw: string;
  /** Without fillers, stutters and stage directions; spelled-out letters joined; case kept. */
  readonly plain: string;
  /** `plain` in lower case, for patterns. Same length as `plain`. */
  readonly words: string;
  /** Ends in a question mark or opens like a question (recognised speech has no marks). */
  readonly isQuestion: boolean;
}

/** A part of a sentence that can be affirmed, denied or supposed on its own. */
export interface Clause {
  readonly plain: string;
  readonly words: string;
  /** True for the first clause of its sentence. */
  readonly isFirst: boolean;
}

const STAGE_DIRECTION = /\[[^\]]{0,60}\]|\((?:laughs?|laughter|inaudible|crosstalk|pause)\)/gi;
const FILLER = /(?<![\w'])(?:u+h+m*|u+m+|er+m?|m{2,}|hm+|mm-hmm|uh-huh|mhm|a+h)(?![\w'])[,.]?/gi;
const ASIDE = /,\s*(?:like|you know|i mean)\s*,/gi;
const STUTTER = /(?<![\w'])([a-z]+(?:'[a-z]+)?)(?:,?\s+\1(?![\w']))+/gi;
/** `T M S`, `I Ds`, `A P I`: recognisers write acronyms letter by letter. */
const SPELLED = /(?<![\w'])(?:[A-Z][ .]){1,5}[A-Z](?:s(?![\w']))?(?![\w'])/g;

/**
 * Speech without its noise: fillers, immediate repetitions and stage directions go, curly quotes
 * become straight, spelled-out acronyms are joined.
 *
 * @example plainSpeech("the, the T M S is uh down [laughs]") // "the TMS is down"
 */
export function plainSpeech(text: string): string {
  return text
    .replace(/[’‘ʼ]/g, "'")
    .replace(/[“”]/g, '"')
    .replace(/\s*[—–]\s*|\s+-+\s+/g, " - ")
    .replace(STAGE_DIRECTION, " ")
    .replace(FILLER, " ")
    .replace(ASIDE, ", ")
    .replace(STUTTER, "$1")
    .replace(SPELLED, (letters) => letters.replace(/[ .]/g, ""))
    // What was taken out leaves blanks; one of them, or the next patterns would look at each run again and again.
    .replace(/\s+/g, " ")
    .replace(/ ([,.!?;])/g, "$1")
    .replace(/,(?: ?,)+/g, ",")
    .replace(/^[\s,.;-]+|[\s,;-]+$/g, "");
}

// A lone letter before the stop is an initial; the rest are abbreviations a stop does not end.
const ABBREVIATION =
  /(?:\b(?:mr|mrs|ms|dr|prof|sr|jr|st|vs|etc|e\.g|i\.e|approx|no|inc|ltd|co)|\b[a-z])\.$/i;
const QUESTION_OPENING =
  /^(?:(?:and|so|but|okay|ok|well|then|also|right|great|cool|hey|oh|yeah|sorry|alright)[, ]+)*(?:what|what's|how|when|where|who|who's|why|which|is|are|am|was|were|do|does|did|can|could|would|will|should|shall|have|has|any|may)\b(?! (?:if|i mean)\b)/;

/**
 * Splits every turn into sentences, in spoken order.
 *
 * @example readSentences([{ speaker: "Ann", t_seconds: 0, text: "Yes. I'll send it." }]).length // 2
 */
export function readSentences(turns: readonly TranscriptTurn[]): Sentence[] {
  return turns.flatMap((turn, index) =>
    splitAtStops(turn.text).flatMap(cutLong).flatMap((raw) => {
      const plain = plainSpeech(raw);
      if (!/[\p{L}\p{N}]/u.test(plain)) return [];
      const words = lowerSameLength(plain);
      return [{
        turn: index,
        speaker: turn.speaker,
        raw: raw.trim(),
        plain,
        words,
        isQuestion: /\?["')]*$/.test(plain) || QUESTION_OPENING.test(words),
      }];
    })
  );
}

function splitAtStops(text: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (const stop of text.matchAll(/[.!?]+["')\]’”]*(?=\s)/g)) {
    const end = stop.index + stop[0].length;
    if (stop[0].startsWith(".") && ABBREVIATION.test(text.slice(start, stop.index + 1))) continue;
    parts.push(text.slice(start, end));
    start = end;
  }
  parts.push(text.slice(start));
  return parts;
}

/** Two minutes of speech: recognised text without stops goes on in pieces, so that a pattern never looks over all of it. */
const MAX_SENTENCE = 2000;

function cutLong(sentence: string): string[] {
  const pieces: string[] = [];
  let rest = sentence;
  while (rest.length > MAX_SENTENCE) {
    const gap = rest.lastIndexOf(" ", MAX_SENTENCE);
    const piece = gap > 0 ? rest.slice(0, gap) : cut(rest, MAX_SENTENCE);
    pieces.push(piece);
    rest = rest.slice(piece.length);
  }
  return [...pieces, rest];
}

/** A few letters change length in lower case (İ); patterns then meet them as they are. */
function lowerSameLength(text: string): string {
  const lower = text.toLowerCase();
  return lower.length === text.length ? lower : text.replace(/[A-Z]/g, (c) => c.toLowerCase());
}

const SUBJECT = "(?:i|we|you|he|she|they|it|that|this|there|let|please|someone|somebody)";
const AUXILIARY =
  "(?:'ll|'d|'ve|'m|'re|'s| will| would| can| could| should| might| need| have| am| are| gonna| going| want| think| don't| won't| can't)";
/** Where a new proposition starts although nobody drew breath. */
const SEAMS: readonly RegExp[] = [
  /\s-\s|;\s+/g,
  new RegExp(
    `,\\s+(?=(?:(?:and|but|so|then|because|cause|or|plus|also|yeah|yes|okay)\\s+)*(?:then\\s+|maybe\\s+|perhaps\\s+)?(?:${SUBJECT}(?:'\\w+)?\\s|(?:if|when|once|because|which|unless|until|just|can|could|would|not)\\s))`,
    "g",
  ),
  new RegExp(
    `\\s+(?=(?:and|but|so|then|because|cause|plus|also)\\s+(?:then\\s+|also\\s+|maybe\\s+|if\\s+\\w+\\s+)?(?:${SUBJECT}(?:${AUXILIARY})|(?:can|could|would|will) (?:you|we|i)\\b|please\\b|let me\\b))`,
    "g",
  ),
  // "if Sam can pull it I can run the test": a second subject with a modal, not after a subordinator
  /(?<!\b(?:and|but|so|then|because|cause|plus|also|that|what|which|who|how|if|when|whether|as|than|until|before|after|think|promise|guarantee|sure|know|say|says|said|hope|guess|believe|mean|where|while|once|or|everything|anything|whatever|wherever|whenever|thing|things|maybe|perhaps|probably|yeah|yes|okay|ok|sure))\s+(?=(?:i|we)(?:'ll| will| can|'m gonna|'m going to|'re gonna|'re going to)\s)/g,
];

/**
 * Parts a sentence into clauses at commas, dashes and conjunctions that open a new proposition, and
 * before a bare "I'll …" in speech that came without punctuation.
 *
 * @example clausesOf(sentence).map((c) => c.words) // ["if he agrees", "i'll send the form"]
 */
export function clausesOf(sentence: Pick<Sentence, "plain" | "words">): Clause[] {
  const cuts = new Set<number>();
  for (const seam of SEAMS) {
    for (const hit of sentence.words.matchAll(seam)) cuts.add(hit.index + hit[0].length);
  }
  const edges = [0, ...[...cuts].sort((a, b) => a - b), sentence.plain.length];
  const clauses: Clause[] = [];
  for (let i = 0; i + 1 < edges.length; i++) {
    const plain = sentence.plain.slice(edges[i], edges[i + 1]).replace(/^[\s,;-]+|[\s,;-]+$/g, "");
    if (plain !== "") {
      clauses.push({ plain, words: lowerSameLength(plain), isFirst: clauses.length === 0 });
    }
  }
  return clauses;
}

const STOP_WORDS = new Set(
  ("a an the and or but so if then of to in on at by for from with about into over as is are was were be been being am do does " +
    "did done have has had will would can could should may might must shall i you he she it we they me him her us them my your his " +
    "its our their this that these those there here what which who whom when where why how not no yes yeah okay ok well just also " +
    "very really too i'll i'd i'm i've we'll we'd we're we've you'll you'd you're you've it's he's she's they're that's there's let let's get got go " +
    "going gonna thing things stuff one ones some any all each every more most like know think mean want need up out back off down " +
    "sure right great good probably maybe actually basically please thanks thank kind sort lot bit")
    .split(" "),
);

/**
 * The words that carry meaning, cut to five letters so that `contract` and `contracts` meet.
 *
 * @example contentStems("I'll send the contracts") // ["send", "contr"]
 */
export function contentStems(words: string): string[] {
  const tokens = words.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "")
    .match(/[\p{L}\p{N}]+(?:'[a-z]+)?/gu) ?? [];
  return tokens.filter((token) => !STOP_WORDS.has(token)).map((token) => token.slice(0, 5));
}
