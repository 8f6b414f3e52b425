import type { Clause } from "./_transcript.ts";
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
  /** Said for a group ("we'll"), which binds nobody by name. */
  readonly isGroup: boolean;
  /** "might", "probably", "I guess": meant, but softened. */
  readonly isHedged: boolean;
  /** Hangs on a condition of its own clause ("if you give me the nod"). */
  readonly isConditional: boolean;
  /** Put as a question ("shall I send it?"). */
  readonly isAsked: boolean;
}

const NEGATED =
  /\b(?:won't|will not|wont|not going to|not gonna|ain't gonna|can't|cannot|can not|couldn't|don't|do not|doesn't|didn't|didnt|shouldn't|wouldn't|never|no need to|no need for|rather not|no longer|not able to|unable to|nobody|no one|refuse to|stop|hold off on|isn't|wasn't|haven't|aren't)\b|\bnot (?:yet|to|have|be|need|plan|want)\b/;
// "I don't see why not", "can't you just", "don't forget to", "why don't I": no, and yet yes.
const NOT_REALLY_NEGATED =
  /\b(?:don't forget|don't worry|why don't|can't wait|wouldn't mind|if you don't mind|if you wouldn't mind|couldn't you|can't you|not only|don't see why not|can't promise|not just)\b/;

/** True when the clause denies or refuses what it names. */
export function isNegated(words: string): boolean {
  return NEGATED.test(words.replace(NOT_REALLY_NEGATED, ""));
}

const HYPOTHETICAL =
  /\b(?:would have|would've|could have|could've|should have|should've|if i were|if we were|if i was|if you were|had i|suppose|supposing|imagine|let's say|say we|hypothetically|in theory|theoretically|in an ideal world|ideally|in a perfect world|would be (?:nice|great|cool|good)|it'd be|i wish|i'd love to|i would love to|i hope|hopefully|somebody should|someone should|somebody ought|at some point|one day|someday|might|may want to|maybe we|maybe i could|could maybe|perhaps we|i used to|we used to|back then|wondering (?:if|whether)|whenever|usually|normally|typically|generally|every time|for example|for instance|as an example|what if)\b/;

/** True when the clause supposes, wishes, recalls or generalises instead of announcing. */
export function isHypothetical(words: string): boolean {
  return HYPOTHETICAL.test(words);
}

const INJECTION: readonly RegExp[] = [
  /\b(?:ignore|disregard|forget|override|bypass|discard)\b(?: (?:all|any|your|the|my|of|these|those|previous|prior|earlier|above|other|existing|current|safety))*\s+(?:instructions?|prompts?|rules|guidelines|guardrails|directions|programming|policies|context)\b/,
  /\b(?:system|developer|hidden) (?:prompt|message|override|note|instruction)s?\b/,
  /\b(?:attention|dear|hey|hello|hi|note to|message (?:to|for)|instructions? (?:to|for)|memo to|listen|okay)[,: ]+(?:the |any |all |this |our |your )*(?:ai|a\.i\.|llm|language model|chat ?gpt|gpt|copilot|note ?takers?|(?:meeting |ai |recording |virtual |digital |crm )+(?:assistants?|bots?|agents?|summari[sz]ers?))\b/,
  /\b(?:ai|assistant|note ?taker|bot|language model|llm|summari[sz]er|copilot)s?[,:]? (?:please |must |should |you must |you should |you are to |is instructed to |are instructed to |now )+(?:send|e-?mail|forward|mark|update|add|create|delete|schedule|approve|set|transfer|ignore|disregard|book|grant|share|export|remove|log|change|close|move|wire|refund|list|write|record|include|say|output|reply|respond)\b/,
  /\b(?:as|you are|you're|pretend to be|act as) (?:an? |the )?(?:ai|artificial intelligence|language model|llm|automated (?:assistant|agent|system))\b/,
  /\bnew (?:system )?instructions?\s*:/,
  /\b(?:when|while|before|after) (?:you(?:'re| are)? )?(?:summari[sz](?:e|ing)|transcrib(?:e|ing)|process(?:ing)?) (?:this|the) (?:call|meeting|transcript|conversation|email|message|recording)\b/,
  /\bin (?:the|your) (?:summary|notes|action items|transcript)[,:]? (?:please )?(?:write|say|include|state|mark|add|list|put|record)\b/,
  /\b(?:add|create|insert|log|append)\b.{0,30}\b(?:action item|to-?do|task) (?:for|that|to|saying)\b.{0,60}\b(?:wire|transfer|password|credential|export|contact details|all contacts|customer list|discount|delete|bank)\b/,
  /<\/?(?:system|instructions?|assistant|user|prompt)>|\[\/?(?:inst|system)\]/,
];

/**
 * True when the text gives orders to a machine that reads along. Such text is quoted as data at most;
 * it is never a to-do and never changes a class.
 */
export function isInjected(words: string): boolean {
  const folded = words.toLowerCase().replace(/\ba i\b/g, "ai");
  return INJECTION.some((pattern) => pattern.test(folded));
}

const OPENING =
  "(?:(?:oh|ah|well|so|and|but|yeah|yes|yep|okay|ok|um|look|right|honestly|great|cool|sorry|hey|then|now|alright|perfect|thanks|thank you|awesome)[,.!]? )*";
const ACCEPTANCE = new RegExp(
  `^${OPENING}(?:yes|yeah|yep|yup|ya|aye|sure(?: thing)?|okay|ok|okey|absolutely|definitely|certainly|of course|please(?: do)?|great|perfect|lovely|brilliant|awesome|wonderful|excellent|fantastic|cool|fair(?: enough| point)?|good(?: idea| point| call| plan)?|nice|sounds (?:good|great|fine|perfect|like a plan|reasonable|right)|that (?:would|'d|will|works|sounds|makes sense)|that'd|that'll|that's (?:fine|great|good|perfect|useful|helpful|okay|ok)|this works|it works|works(?: for (?:me|us))?|will do|can do|consider it done|on it|i'm on it|i can|we can|i will|i'll|we'll|i could|no problem|no worries|not a problem|my pleasure|happy to|glad to|fine|deal|agreed|done|got it|understood|righto|right|roger|copy that|noted|alright|all right|go ahead|do (?:it|that)|let's|make it so|i'd (?:love|like|appreciate)|we'd (?:love|like|appreciate)|beauty|too right|exactly|totally|for sure|you got it|you bet|mm-?hmm|uh-?huh|send (?:it|that|those|them|me|us)|leave it with me|thanks|thank you|that one)(?![\\w'])`,
);
const REFUSAL = new RegExp(
  `^${OPENING}(?:no(?:pe|t really| thanks| thank you)?(?![\\w'])(?! (?:worries|problem|rush|doubt|need to worry|trouble|sweat))|nah|not (?:yet|now|necessary|really|today|at this|right now|needed|for now|before)|don't|do not|please don't|i'd rather (?:not|you didn't)?|we'd rather|i can't|we can't|i don't think|we don't (?:need|want)|there's no need|no need|that won't|i won't|we won't|let's not|hold off|unfortunately|i'm afraid|rather not|never mind|forget it|that's not necessary|(?:i'm|we're) (?:good|fine|okay|all set)(?: thanks| without| for now)?)(?![\\w'])`,
);
const FULFILLED =
  /^(?:(?:yeah|yes|okay|oh|and|there|right|sure|yep)[,.]? )*(?:(?:all )?done(?:[,.!]|$| (?:i|that|it|already))|i (?:just|already)|i've (?:just|already)|it's (?:already )?(?:there|done|up|in the chat|on the screen|on screen)|just (?:did|sent|changed|done)|already (?:did|done|sent)|there you go|here you go|here it is|can you see)/;

/** A first sentence that takes up what was asked or offered. */
export function isAcceptance(words: string): boolean {
  return !isRefusal(words) && ACCEPTANCE.test(words);
}

/** A first sentence that turns down what was asked or offered. */
export function isRefusal(words: string): boolean {
  return REFUSAL.test(words);
}

/** An answer that says the thing is done already, during the call. */
export function isFulfilled(words: string): boolean {
  return FULFILLED.test(words);
}

/** Listening noises that neither accept nor refuse and pass the floor back. */
export function isBackchannel(words: string): boolean {
  return /^(?:(?:mm|mhm|hm|uh|huh|yeah|yep|okay|ok|right|cool|sure|oh|ah|wow|nice|great|good)[,.!? -]*){1,2}$/
    .test(words) || words.length < 3;
}

interface Pattern {
  readonly kind: ActKind;
  readonly actor: "speaker" | "addressee" | "named";
  readonly isGroup?: boolean;
  readonly isAsked?: boolean;
  readonly isHedged?: boolean;
  readonly find: RegExp;
}

const SOFT =
  "(?:(?:just|also|probably|definitely|then|quickly|gladly|happily|certainly|actually|maybe|personally|still|absolutely|go ahead and|try to|try and|make sure to|make sure that|make sure|please|always|really|totally|likely|kindly|have to|need to|want to|be able to|be happy to|have someone|have somebody)\\s+)*";
/** Ends just before the verb phrase. Tried in order; the first that finds a usable verb wins. */
const PATTERNS: readonly Pattern[] = [
  {
    kind: "commitment",
    actor: "speaker",
    find: new RegExp(
      `(?<![\\w'])(?:i'll|i will|i am going to|i'm going to|i'm gonna|i'm gunna|imma|i'mma|i am gonna|i shall|i promise to|i promise i'll|i undertake to|i commit to|count on me to|leave it to me to|i'm happy to|i am happy to|i'd be happy to|i would be happy to|i'm going to be|i'll be) ${SOFT}`,
    ),
  },
  {
    kind: "intention",
    actor: "speaker",
    find: new RegExp(
      `(?<![\\w'])(?:i need to|i have to|i've got to|i've gotta|i gotta|i got to|i must|i'd need to|i'd have to|i'll need to|i'll have to|i should be able to|i ought to be able to|i'm planning to|i plan to|i intend to|i'm supposed to|i owe you|i should probably|i should|i do want to|i want to|i'd like to|i would like to|i'm hoping to|i aim to|i also need to|i still need to|i still have to|i was going to) ${SOFT}`,
    ),
  },
  {
    kind: "commitment",
    actor: "speaker",
    isGroup: true,
    find: new RegExp(
      `(?<![\\w'])(?:we'll|we will|we're going to|we are going to|we're gonna|we shall|we'd be happy to|we're happy to) ${SOFT}`,
    ),
  },
  {
    kind: "intention",
    actor: "speaker",
    isGroup: true,
    find: new RegExp(
      `(?<![\\w'])(?:we need to|we have to|we've got to|we gotta|we still need to) ${SOFT}`,
    ),
  },
  {
    kind: "offer",
    actor: "speaker",
    isAsked: true,
    find: new RegExp(
      `(?<![\\w'])(?:shall i|should i|do you want me to|would you like me to|want me to|can i|could i|may i|how about i|why don't i|what if i|is it (?:okay|ok|alright) if i|would it help if i|would it be (?:helpful|useful) if i) ${SOFT}`,
    ),
  },
  {
    kind: "offer",
    actor: "speaker",
    find: new RegExp(
      `(?<![\\w'])(?:i can|i could|i'm able to|i might be able to|happy to|glad to|let me|lemme|i don't mind) ${SOFT}`,
    ),
  },
  {
    kind: "offer",
    actor: "speaker",
    isGroup: true,
    find: new RegExp(`(?<![\\w'])(?:we can|we could) ${SOFT}`),
  },
  {
    kind: "request",
    actor: "addressee",
    find: new RegExp(
      `(?<![\\w'])(?:can|could|would|will|can't|couldn't) (?:you|you guys|you both|one of you|somebody|someone|anyone|y'all) (?:(?:all|maybe|possibly|both) )?${SOFT}`,
    ),
  },
  {
    kind: "request",
    actor: "addressee",
    find: new RegExp(
      `(?<![\\w'])(?:i need you to|i'd need you to|we need you to|i want you to|i'd like you to|i'll need you to|we'll need you to|i would like you to|i'd ask you to|i'd appreciate it if you(?: could| would)?|it would be (?:great|good|helpful|useful) if you(?: could| would)?|it'd be (?:great|good|helpful|useful) if you(?: could| would)?|(?:would|do) you mind|are you able to|if you could|if you can|if you wouldn't mind|you'll need to|you will need to|you'll have to|please|make sure you|make sure to|be sure to|don't forget to|remember to|feel free to|your homework is to|all you need to do is|what i need from you is to|you just need to|you need to|i'll let you|i'll leave you to) ${SOFT}`,
    ),
  },
];

const NAMED_WILL =
  /(?<![\w'])(?:(if|once|when|and|so|but|then|because) )?((?:our |my |the |your )?[a-z][\w'-]*(?: [a-z][\w'-]*)?)(?:,? you(?:'ll| will|'re going to|'re gonna| can| could|'re)|'ll| will|'s going to|'s gonna| is going to| is gonna| can| could| should| needs to| has to| agreed to| said (?:he|she|they)(?:'ll|'d| will| would)| offered to| promised to| is supposed to|,? (?:can|could|would|will|please|if you (?:can|could))(?: you)?(?: please)?| to) /g;

/** What a sentence-opening imperative may be told with; see `readImperative`. */
const IMPERATIVE_OPENING =
  /^(?:(?:okay|ok|so|and|then|yeah|yes|well|but|just|also|great|alright|right|cool|maybe|now|sure|perfect|oh|no|next|first|second|finally|go and|go ahead and|please),? )*/;

/** A preceding word after which "I'll" or "you can" only belongs to a subordinate thought. */
const SUBORDINATED =
  /(?<![\w'])(?:that|what|which|who|how|where|why|whether|than|as|anything|everything|whatever|whenever|before|until|thing|things|said|says|saying|was like|asked|asking|like|wonder|wondering|think if|know if|way)\s*$/;
const CAN_SUBORDINATED = /(?<![\w'])(?:so|so that|if|because|when|once|wish)\s*$/;
/** The speaker does it on the spot. */
const ON_THE_SPOT =
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
  for (const pattern of PATTERNS) {
    const match = pattern.find.exec(words);
    if (match === null) continue;
    const before = words.slice(0, match.index);
    if (SUBORDINATED.test(before)) continue;
    if (pattern.kind === "offer" && CAN_SUBORDINATED.test(before)) continue;
    const act = actAt(clause, match.index + match[0].length, {
      kind: pattern.kind,
      actor: { is: pattern.actor === "addressee" ? "addressee" : "speaker" },
      isGroup: pattern.isGroup ?? false,
      isAsked: pattern.isAsked ?? false,
    });
    if (act !== null) return act;
  }
  return readReceipt(clause) ?? readAssignment(clause) ?? readImperative(clause);
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
    ...known,
    verb,
    predicate,
    isHedged: HEDGE.test(lead),
    isConditional: CONDITION.test(clause.words.replace(POLITE_CONDITION, "")),
  };
}

/** "You'll have it by Friday", "expect the form tomorrow": a promise told from the receiver's end. */
function readReceipt(clause: Clause): ClauseAct | null {
  const match =
    /(?<![\w'])(?:you'll|you will|you should|you can expect to|they'll|she'll|he'll) (?:have|get|receive|see)(?= )|(?<![\w'])(?:you can )?expect (?:to (?:get|have|receive|see) )?(?=(?:it|that|them|an?|the|my|our) )/
      .exec(clause.words);
  if (match === null || SUBORDINATED.test(clause.words.slice(0, match.index))) return null;
  const rest = clause.words.slice(match.index + match[0].length);
  // Without a sender or a term it only describes the product.
  if (
    !/\b(?:from (?:me|us)|within (?:the|an|\d|two|a|48|24)|by (?:the|end|close|eod|tomorrow|to|mon|tue|wed|thu|fri|noon|lunch|this|next)|tomorrow|tonight|today|this (?:afternoon|evening)|in your inbox|before (?:the|end|mon|tue|wed|thu|fri|i|we|you)|on (?:mon|tue|wed|thu|fri)|end of|first thing|later)/
      .test(rest)
  ) return null;
  if (isNegated(match[0]) || isHypothetical(clause.words)) return null;
  const predicate = `deliver${clause.plain.slice(match.index + match[0].length)}`;
  return {
    kind: "commitment",
    actor: { is: "speaker" },
    verb: { lemma: "deliver", class: "deliver", phrase: predicate.toLowerCase() },
    predicate,
    isGroup: false,
    isHedged: /should/.test(match[0]),
    isConditional: CONDITION.test(clause.words.replace(POLITE_CONDITION, "")),
    isAsked: false,
  };
}

const NO_NAME = new Set(
  ("i you he she it we they that this there who which what someone somebody everyone everybody anyone nobody one people here how " +
    "and so but then if when once because please just also not or need needs want wants going have has got able like used trying way " +
    "time back up down out in on over happy glad nice good great okay ok yeah yes sure right well thing things something anything lot " +
    "really actually able supposed due want ready easy hard next first last able how what where love hope hoping willing due close")
    .split(" "),
);

/** "Sam will send it", "Sam, can you send it", "if Sam can send it". The caller knows who is a person. */
function readAssignment(clause: Clause): ClauseAct | null {
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
  if (token === undefined || token.endsWith("ing") || !isDeed(token)) return null;
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
