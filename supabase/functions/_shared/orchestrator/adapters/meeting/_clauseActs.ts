import { ACT_PATTERNS, SOFT } from "./_actPatterns.ts";
import type { Clause } from "./_transcript.ts";
import { isHypothetical, isInjected, isNegated } from "./_speechActs.ts";
import { isDeed, readVerb, type VerbReading } from "./_verbs.ts";

/**
 * What a clause does rather than says: the speaker binds themselves (`commitment`), means or needs to
 * (`intention`), offers, asks another person (`request`), or says what a named person will do
 * (`assignment`).
 */
export type ActKind = "commitment" | "intention" | "offer" | "request" | "assignment";

export interface ClauseAct {
  readonly kind: ActKind;
  /** Who is to act: the speaker, whoever is spoken to, or a name as spoken. */
  readonly actor: { readonly is: "speaker" | "addressee" } | {
    readonly is: "named";
    readonly name: string;
  };
  readonly verb: VerbReading;
  /** The verb phrase as spoken, case kept: `send you the deck by Monday`. */
  readonly predicate: string;
  /** What stands before it, in lower case: `by friday i'll`. */
  readonly lead: string;
  /** Said for a group ("we'll"), which binds nobody by name. */
  readonly isGroup: boolean;
  /** "might", "probably", "I guess": meant, but softened. */
  readonly isHedged: boolean;
  /** Hangs on a condition of its own clause ("if you give me the nod"). */
  readonly isConditional: boolean;
  /** Put as a question ("shall I send it?"). */
  readonly isAsked: boolean;
  /** "If you reply, I'll …": asks for something in return; see `readAct`'s caller. */
  readonly isBargain: boolean;
}

const NAMED_WILL =
  /(?<![\w'])(?:(if|once|when|and|so|but|then|because) )?((?:our |my |the |your )?[a-z][\w'-]*(?: [a-z][\w'-]*)?)(?:,? you(?:'ll| will|'re going to|'re gonna| can| could|'re)|'ll| will|'s going to|'s gonna| is going to| is gonna| can| could| should| needs to| has to| agreed to| said (?:he|she|they)(?:'ll|'d| will| would)| offered to| promised to| is supposed to|,? (?:can|could|would|will|please|if you (?:can|could))(?: you)?(?: please)?| to) /g;

/** What a sentence-opening imperative may be told with; see `readImperative`. */
const IMPERATIVE_OPENING =
  /^(?:(?:okay|ok|so|and|then|yeah|yes|well|but|just|also|great|alright|right|cool|maybe|now|sure|perfect|oh|no|next|first|second|finally|go and|go ahead and|please),? )*/;

/** "If you reply on the ticket, I'll …": a request in the dress of a condition. */
const CONDITIONAL_REQUEST = new RegExp(
  `^(?:so |and |but |okay |then |yeah )?(?:if|once|when|as soon as) (?:you|you guys|you both)(?: can| could| just)* ${SOFT}`,
);

/** A preceding word after which "I'll" or "you can" only belongs to a subordinate thought. */
const SUBORDINATED =
  /(?<![\w'])(?:that|what|which|who|how|where|why|whether|than|as|anything|everything|whatever|whenever|before|until|thing|things|said|says|saying|was like|asked|asking|like|wonder|wondering|think if|know if|way)\s*$/;
const CAN_SUBORDINATED = /(?<![\w'])(?:so|so that|if|because|when|once|wish)\s*$/;
const ASKS_A_FACT = /\b(?:when|how|what|where|why|which|who|whose)(?: \w+){0,2}\s*$/;
/** Words of somebody who does it on the spot. */
export const ON_THE_SPOT =
  /\b(?:right now|one sec(?:ond)?|just a sec(?:ond)?|a second|a sec|a minute real quick|real quick|hold on|bear with me|as we speak|while we're (?:talking|here|on)|give me a (?:sec|second|minute|moment)|for a (?:sec|second|moment|minute))\b/;
const HEDGE =
  /\b(?:might|maybe|perhaps|probably|i guess|i suppose|possibly|hopefully|i think|try to|try and|not sure)\b/;
const CONDITION = /\b(?:if|unless|provided|assuming|depending on|as long as|in case)\b/;
/** Manners, not conditions. */
const POLITE_CONDITION =
  /\bif (?:that(?:'d|'s| would| is|'ll|) ?(?:be |is |)?(?:helpful|useful|okay|ok|alright|easier|fine|good|works|work|helps|help)|you(?:'d)? (?:like|want|don't mind|wouldn't mind|prefer)|it(?:'s|'d| would) (?:helpful|useful|okay|ok|easier|help|be)|possible|necessary|needed|anything)\b/;
const PREVIOUSLY_SAID = /\b(?:i've|we've) (?:just |already )?\w+ed\b/;

/**
 * Reads the deed a clause announces or asks for; null when it announces none, denies or supposes it,
 * or when the deed is talk.
 *
 * @example readAct({ plain: "I'll send you the deck", words: "i'll send you the deck" })?.verb.class
 *   // "deliver"
 */
export function readAct(clause: Clause): ClauseAct | null {
  const { words } = clause;
  if (words.length < 6 || isInjected(words)) return null;
  for (const pattern of ACT_PATTERNS) {
    const match = pattern.find.exec(words);
    if (match === null) continue;
    const before = words.slice(0, match.index);
    if (SUBORDINATED.test(before)) continue;
    // "When can you start?" asks for a fact.
    if (pattern.kind === "request" && ASKS_A_FACT.test(before)) continue;
    // "so I can" gives a purpose, unless it opens the sentence.
    if (
      pattern.kind === "offer" && CAN_SUBORDINATED.test(before) &&
      !/^(?:let me|lemme)\b/.test(match[0]) &&
      !(clause.isFirst && /^so\s*$/.test(before))
    ) continue;
    if (
      pattern.kind === "intention" &&
      /\b(?:what|how|when|where|who|do|did|would)\s*(?:would|do|did|should)?\s*$/.test(before)
    ) continue;
    const act = actAt(clause, match.index + match[0].length, {
      kind: pattern.kind,
      actor: { is: pattern.actor === "addressee" ? "addressee" : "speaker" },
      isGroup: pattern.isGroup ?? false,
      isAsked: pattern.isAsked ?? false,
    });
    if (act !== null) return act;
  }
  return readReceipt(clause) ?? readDispatch(clause) ?? readConditionalRequest(clause) ??
    readAssignment(clause) ??
    readImperative(clause);
}

function actAt(
  clause: Clause,
  verbAt: number,
  known: Pick<ClauseAct, "kind" | "actor" | "isGroup" | "isAsked">,
): ClauseAct | null {
  const predicate = clause.plain.slice(verbAt);
  const words = clause.words.slice(verbAt);
  const lead = clause.words.slice(0, verbAt);
  if (words === "" || ON_THE_SPOT.test(clause.words) || PREVIOUSLY_SAID.test(lead)) return null;
  // The denial counts where it governs the verb; "send it, I won't be in" keeps its promise.
  const governing = `${lead}${words.split(" ").slice(0, 2).join(" ")}`;
  if (isNegated(governing) || /^(?:not|never)\b/.test(words) || isHypothetical(clause.words)) {
    return null;
  }
  const verb = readVerb(words);
  if (verb.class === "talk") return null;
  return {
    isBargain: false,
    ...known,
    verb,
    predicate,
    lead,
    isHedged: HEDGE.test(lead),
    isConditional: CONDITION.test(clause.words.replace(POLITE_CONDITION, "")),
  };
}

/** "You'll have it by Friday", "expect the form tomorrow": a promise told from the receiver's end. */
function readReceipt(clause: Clause): ClauseAct | null {
  const match =
    /(?<![\w'])(?:you'll|you will|you should|you can expect to|they'll|she'll|he'll) (?:have|get|receive|see)(?= )|(?<![\w'])you (?:receive|get|have)(?= (?:it|them)\b)|(?<![\w'])(?:it|that|this|they|those|these)(?:'ll| will) be (?:corrected|fixed|done|sorted|updated|finished|ready|sent|out|over|resolved|changed|live|complete|completed)(?= )|(?<![\w'])(?:you can )?expect (?:to (?:get|have|receive|see) )?(?=(?:it|that|them|an?|the|my|our) )/
      .exec(clause.words);
  if (match === null || SUBORDINATED.test(clause.words.slice(0, match.index))) return null;
  const rest = clause.words.slice(match.index + match[0].length);
  // Without a sender or a term it only describes the product.
  if (
    !/\b(?:from (?:me|us)|within (?:the|an|\d|two|a|48|24)|by (?:the|end|close|eod|tomorrow|to|mon|tue|wed|thu|fri|noon|lunch|this|next)|tomorrow|tonight|today|this (?:afternoon|evening)|in your inbox|before (?:the|end|mon|tue|wed|thu|fri|i|we|you)|on (?:mon|tue|wed|thu|fri|the \d)|at the latest|end of|first thing|later)/
      .test(rest)
  ) return null;
  if (isNegated(match[0]) || isHypothetical(clause.words)) return null;
  const tail = clause.plain.slice(match.index + match[0].length);
  // "It'll be corrected by Friday": the state is the deed.
  const state = /(?:'ll| will) be (\w+)$/.exec(match[0])?.[1];
  const predicate = state === undefined ? `deliver${tail}` : `get it ${state}${tail}`;
  return {
    kind: "commitment",
    actor: { is: "speaker" },
    verb: state === undefined
      ? { lemma: "deliver", class: "deliver" }
      : { lemma: "do", class: "change" },
    predicate,
    lead: match[0],
    isGroup: false,
    isHedged: /should/.test(match[0]),
    isConditional: CONDITION.test(clause.words.replace(POLITE_CONDITION, "")),
    isAsked: false,
    isBargain: false,
  };
}

const UNDER_WAY =
  /coming| way\b|going out|heading|(?:over|out|to|reach) you|with you|inbox|to follow|yours/;

/** "The quote's on its way", "invite's coming": the sender speaks of the thing sent. */
function readDispatch(clause: Clause): ClauseAct | null {
  if (!UNDER_WAY.test(clause.words)) return null;
  const match =
    /^(?:(?:and|so|okay|ok|great|perfect|cool|right|yes|yeah|yep|then|sure|good|lovely)[,.]? )*((?:(?:an?|the|your|that|my|our) )?(?:[\w-]+ ){0,3}?(?:invit(?:e|ation)|quotes?|quotations?|contract|proposal|deck|report|link|links|form|agreement|recording|slides|summary|notes|list|document|doc|pack|paperwork|details|e-?mail))(?:(?:(?: will|'ll) (?:reach|be with|get to|come to|land with) you|(?:'s| is| are| will be|'ll be) (?:sent to you|mailed to you|shared with you|coming|incoming|on (?:its|the|their) way|going out|heading (?:your|over)|(?:over|out) to you|with you|in your inbox|to follow|all yours))| incoming| to follow)\b/
      .exec(clause.words);
  if (match === null || isHypothetical(clause.words) || isNegated(match[0])) return null;
  const at = match[0].indexOf(match[1]);
  const isInvite = /invit/.test(match[1]);
  return {
    kind: "commitment",
    actor: { is: "speaker" },
    verb: { lemma: "send", class: isInvite ? "schedule" : "deliver" },
    predicate: `send ${clause.plain.slice(at, at + match[1].length)}${
      clause.plain.slice(match[0].length)
    }`,
    lead: "",
    isGroup: false,
    isHedged: false,
    isConditional: CONDITION.test(clause.words.replace(POLITE_CONDITION, "")),
    isAsked: false,
    isBargain: false,
  };
}

/** Only a request if the speaker binds themselves in return; the caller sees what follows. */
function readConditionalRequest(clause: Clause): ClauseAct | null {
  const match = CONDITIONAL_REQUEST.exec(clause.words);
  if (match === null) return null;
  const act = actAt(clause, match[0].length, {
    kind: "request",
    actor: { is: "addressee" },
    isGroup: false,
    isAsked: false,
  });
  return act === null ? null : { ...act, isBargain: true };
}

/** One look before NAMED_WILL tries every word of the clause as a name. */
const BINDS_SOMEBODY =
  /'ll | will |'s go(?:ing|nna)| is go(?:ing|nna)| can | could | should | (?:needs|has|agreed|offered|promised|supposed) to | said | would |please| you(?:'re| can| could)| to /;

const NO_NAME = new Set(
  ("i you he she it we they that this there who which what someone somebody everyone everybody anyone nobody one people here how " +
    "and so but then if when once because please just also not or need needs want wants going have has got able like used trying way " +
    "time back up down out in on over happy glad nice good great okay ok yeah yes sure right well thing things something anything lot " +
    "really actually able supposed due want ready easy hard next first last able how what where love hope hoping willing due close")
    .split(" "),
);

/** "Sam will send it", "Sam, can you send it", "if Sam can send it". The caller knows who is a person. */
function readAssignment(clause: Clause): ClauseAct | null {
  if (!BINDS_SOMEBODY.test(clause.words)) return null;
  for (const match of clause.words.matchAll(NAMED_WILL)) {
    const tokens = match[2].split(" ");
    const isOwnTeam = /^(?:our|my) /.test(match[2]);
    const name = isOwnTeam ? match[2] : tokens.filter((token) => !NO_NAME.has(token)).join(" ");
    if (name === "" || (!isOwnTeam && NO_NAME.has(tokens[tokens.length - 1]))) continue;
    if (SUBORDINATED.test(clause.words.slice(0, match.index))) continue;
    const link = match[0].slice(match[0].lastIndexOf(match[2]) + match[2].length);
    const isRequest = /,| you | you\b|\bcan\b|\bcould\b|please/.test(link);
    const act = actAt(clause, match.index + match[0].length, {
      kind: isRequest ? "request" : "assignment",
      actor: { is: "named", name },
      isGroup: isOwnTeam,
      isAsked: false,
    });
    if (act !== null) {
      return { ...act, isConditional: match[1] === "if" ? false : act.isConditional };
    }
  }
  return null;
}

/** "Send me the list", "do it Saturday": an order to whoever listens; needs an object. */
function readImperative(clause: Clause): ClauseAct | null {
  const opening = clause.words.match(IMPERATIVE_OPENING)?.[0] ?? "";
  const rest = clause.words.slice(opening.length);
  const token = rest.match(/^[a-z-]+(?= \S)/)?.[0];
  if (token === undefined || token.endsWith("ing") || !isDeed(rest)) return null;
  // A noun that also is a verb ("call time", "test data") is not an order.
  if (
    !/^[a-z-]+ (?:me|us|it|that|this|them|those|these|the|an?|our|my|your|him|her|all|both|over|back|up|out|with|in|on|[a-z]+ (?:to|by|for|before|from|on|with))\b/
      .test(rest)
  ) {
    return null;
  }
  return actAt(clause, opening.length, {
    kind: "request",
    actor: { is: "addressee" },
    isGroup: false,
    isAsked: false,
  });
}
