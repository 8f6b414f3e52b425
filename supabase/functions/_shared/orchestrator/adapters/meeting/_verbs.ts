/**
 * What kind of deed a verb phrase announces. `talk` is done by saying it ("I'll be blunt", "let me
 * share my screen") and never a to-do; `other` is a verb no table knows.
 */
export type VerbClass =
  | "deliver"
  | "schedule"
  | "introduce"
  | "ask"
  | "report"
  | "prepare"
  | "change"
  | "review"
  | "contact"
  | "talk"
  | "other";

export interface VerbReading {
  readonly lemma: string;
  readonly class: VerbClass;
  /** The phrase with its verb as lemma: `sending it over` → `send it over`. */
  readonly phrase: string;
}

const LEMMAS: Readonly<Record<Exclude<VerbClass, "other">, string>> = {
  deliver:
    "send email e-mail mail forward share circulate distribute ping text dm upload submit attach resend ship deliver return provide supply publish post fax shoot",
  schedule: "schedule book reschedule pencil arrange",
  introduce: "introduce connect loop",
  ask:
    "check confirm verify double-check doublecheck clarify ask consult escalate investigate research inquire raise flag",
  report: "answer",
  prepare:
    "prepare draft write create build compile assemble design sketch mock document record summarise summarize type outline file log produce generate collect gather list plan map model prototype scope price calculate estimate dig note tidy redo rewrite finalise finalize rework copy",
  change:
    "fix update change upgrade migrate install deploy run replay test enable disable configure add remove delete clean move order pay process refund cancel finish complete close handle sort implement import export do reset rotate renew transfer push merge release apply assign buy purchase register extend waive reserve print hire activate provision whitelist allowlist patch reboot restart replace rename sync adjust correct amend organise organize coordinate credit issue swap restore resolve set pull get put take bring turn roll kick reopen invoice bill ship pilot provision patch debug reproduce refactor rebuild revert block unblock secure allocate recruit train onboard archive rerun re-run tag label",
  review: "review read study evaluate sign countersign approve digest examine assess proofread",
  contact:
    "call ring phone contact chase message nudge remind notify inform warn speak talk chat meet visit reach touch tell invite",
  talk:
    "say be start begin go show walk explain describe stop pause pass hand let jump mention repeat recap try wait hold assume guess admit need want have know think like love hope come keep give mute unmute drive open click switch skip leave play point interrupt hop drop miss look appreciate agree bet argue see hear use listen stick sit stay make become feel believe suggest recommend propose imagine suppose find cover demo present highlight elaborate clarify demonstrate spend",
};

const CLASS_OF = new Map<string, VerbClass>();
for (const name of Object.keys(LEMMAS) as (keyof typeof LEMMAS)[]) {
  // Earlier classes keep a verb that two lists hold.
  for (const lemma of LEMMAS[name].split(" ")) if (!CLASS_OF.has(lemma)) CLASS_OF.set(lemma, name);
}

const IRREGULAR: Readonly<Record<string, string>> = {
  sent: "send",
  written: "write",
  done: "do",
  gotten: "get",
  taken: "take",
};

const PERSON =
  "(?:him|her|them|you|us|[a-z]+(?: [a-z]+)?|(?:our|my|the|your) (?:[a-z]+ ){0,2}[a-z]+)";
const MEETING_NOUN =
  "(?:call|meeting|time|times|slot|session|demo|chat|follow[- ]?up|catch[- ]?up|hour|minutes|workshop|walk-?through|kick-?off|sync|appointment|date|interview|visit|review)";
const COLLEAGUES =
  "(?:our|my|the|your|an?|legal|engineering|finance|product|security|procurement|accounting|support|compliance|marketing|sales|ops|operations|it|hr|infosec|leadership|management|internally|him|her|them|someone|somebody|(?!you\\b|me\\b|us\\b|it\\b|that\\b|this\\b|those\\b|these\\b|what\\b|a\\b|see\\b|make\\b|get\\b)[a-z]{3,})";

/** Phrases whose sense the bare verb does not give. The first that fits decides. */
const PHRASES: readonly (readonly [RegExp, VerbClass])[] = [
  // a meeting is fixed
  [
    /^(?:send|put|get|pop|drop|shoot|stick|issue|fire|throw|make|share|forward|update|resend)\b.{0,50}\b(?:invit(?:e|es|ation|ations)|calendar|diary|placeholder|hold for)\b/,
    "schedule",
  ],
  [
    /^(?:put|get|stick|pop|throw|drop) (?:something|it|that|this|us|some time|a time|time|half an hour|an hour|\w+ minutes) (?:in|on|down)\b/,
    "schedule",
  ],
  [
    new RegExp(
      `^(?:set up|set|schedule|book|arrange|organi[sz]e|line up|find|grab|block|lock in|lock|coordinate|plan|get) (?:in |out |up |aside )?(?:(?:us|you|a|an|the|that|another|some|our|your|next|in|for|follow-up|follow up|quick|\\w+) ){0,5}${MEETING_NOUN}\\b`,
    ),
    "schedule",
  ],
  [/^(?:invite) .{1,40}\b(?:to the|to our|to that|to it)\b/, "introduce"],
  // a person is brought in
  [
    new RegExp(
      `^(?:loop|rope|bring|pull|get|have|drag|conference|patch) (?:in )?${PERSON} (?:in\\b|into\\b|on (?:the|that|this|our|it|a)\\b|along\\b|involved|to join|on board|in the loop)`,
    ),
    "introduce",
  ],
  [/^(?:loop|rope) in\b/, "introduce"],
  [
    /^(?:make|do|send|write|shoot) (?:you |out |over )?(?:an|the|that|a)? ?(?:warm |quick |email |e-mail )?intro(?:duction)?s?\b/,
    "introduce",
  ],
  [/^put .{1,30}\bin (?:touch|contact)\b/, "introduce"],
  [/^(?:connect|introduce|intro) (?:you|us|him|her|them|[a-z]+ (?:with|to))\b/, "introduce"],
  [/^(?:connect|loop|sync)\b/, "change"],
  [
    /^(?:cc|copy|add|include) (?:him|her|them|[a-z]+|our [a-z]+|my [a-z]+)(?: [a-z]+)? (?:to|on|in) (?:the|that|this|our) (?:invite|call|thread|email|chain|meeting|loop|list|calendar)\b/,
    "introduce",
  ],
  [/^(?:cc|copy) (?:him|her|them|you)\b/, "introduce"],
  // asking others
  [
    new RegExp(
      `^(?:check|double[- ]check|confirm|verify|talk|speak|chat|consult|sync|discuss|align|clear|clarify|touch base|raise|validate|connect|work|follow up|go over)\\b.{0,70}\\b(?:with|to) ${COLLEAGUES}\\b(?<!\\bwith you)(?<!\\bto you)`,
    ),
    "ask",
  ],
  [
    new RegExp(
      `^(?:run|take|bring|push|put|get|raise|flag|mention|escalate|float|surface|pass|kick|forward|bounce)\\b.{0,60}\\b(?:by|past|back to|to|in front of|up with|with|up to|off) ${COLLEAGUES}(?: (?:team|folks|people|guys|side|director|manager|boss|board|lead|counsel|department|group|engineers?|legal))?\\b`,
    ),
    "ask",
  ],
  [
    /^(?:flag|raise|escalate|discuss|check|mention|take)\b.{0,40}\b(?:internally|offline|with the team|in-?house)\b/,
    "ask",
  ],
  [/^(?:find|figure|work) (?:that |this |it )?out\b/, "ask"],
  [/^(?:look|dig|check|get)(?: (?:a bit|more|further|deeper))? into\b/, "ask"],
  [/^(?:double[- ]?check|double confirm|inquire)\b/, "ask"],
  [
    /^(?:see|check) (?:if|whether|about|on|where|what (?:our|the|my|we|they|it|he|she)|who|how|with)\b/,
    "ask",
  ],
  [
    /^ask (?:you|a question|one|another|a couple|this|that|two|some|a few|the question|about|what|why|how|quickly)\b/,
    "talk",
  ],
  // coming back to somebody
  [
    /^(?:get|come|circle|report|write|loop|be|go|call|ring|revert|follow) (?:right |straight )?(?:back|up)(?: (?:to|with))? (?:you|y'all|me|us|both|everyone|everybody|him|her|them|the (?:team|group))\b/,
    "report",
  ],
  [/^(?:get|come|circle|report|follow|loop) (?:right |straight )?(?:back|up)\b/, "report"],
  [/^be in touch\b/, "report"],
  [
    /^(?:let|keep) (?:you|me|us|everyone|them|him|her|[a-z]+)(?: (?:all|both|guys))? (?:know|posted|updated|informed|in the loop)\b/,
    "report",
  ],
  [
    /^(?:have|get|give) (?:you |us |me )?(?:an?|the|that|your|some|more|my) (?:\w+ )?(?:answers?|updates?|response|news|confirmation|feedback|shout|decision|thoughts|status)\b/,
    "report",
  ],
  [
    /^(?:update|confirm|answer)(?: (?:you|it|that|this|everyone|by|in writing|back))?\b(?! (?:the|our|your|my|a)\b)/,
    "report",
  ],
  // sending
  [
    /^(?:get|have|shoot|fire|pass|drop|hand|run|zip|ping|bring|turn)\b.{0,80}\b(?:over|across|out|along|on|around|round|back)(?: to)? (?:you|me|us|him|her|them|everyone|the team|the group|[a-z]+)\b/,
    "deliver",
  ],
  [
    /^(?:get|shoot|fire|pass|hand|turn) (?:it|that|this|them|those|these|the [a-z ]{1,30}|my [a-z ]{1,30}|our [a-z ]{1,30}) (?:over|across|out|along|on|around|round|back|to you|to me|to us)\b/,
    "deliver",
  ],
  [
    /^(?:get|give|shoot|drop|fire|find|dig|pull|have|hand|bring) (?:you|me|us|him|her|them|[a-z]+) (?:the|a|an|that|those|some|our|your|access|copies|all|both|more|over|another|\d+|two|three|twenty|that)\b(?! (?:example|overview|idea|sense|bit|quick|second|minute|nod|hand|go|flavou?r|sneak|moment|picture|hint|lot|chance|try|break|hard|better))/,
    "deliver",
  ],
  [
    /^(?:drop|shoot) (?:you|me|us|him|her|them) (?:an? )?(?:line|note|e-?mail|message|text)\b/,
    "contact",
  ],
  [
    /^put .{0,60}\b(?:in writing|in an e-?mail|on paper|in the (?:chat|channel|thread|doc|drive|folder|ticket))\b/,
    "deliver",
  ],
  [
    /^have .{1,60}\b(?:over to|to|with|for|in) (?:you|your inbox|everyone|the team|them)\b/,
    "deliver",
  ],
  [
    /^have .{1,50}\b(?:ready|done|finished|sent|drafted|signed|sorted|completed|prepared)\b/,
    "prepare",
  ],
  [/^share (?:my|the|your|our)? ?(?:screen|desktop|window)\b/, "talk"],
  [
    /^share (?:with you )?(?:that |this |what |how |why |some thoughts|a bit|a little|a story|briefly|one|quickly|it now|real quick)/,
    "talk",
  ],
  [
    /^provide\b(?! (?:you|him|her|them|feedback|comments|the|your|that|those|it|access|a list|an?)\b)/,
    "talk",
  ],
  // making
  [
    /^(?:put|pull|bring|get) (?:.{0,60} )?together\b(?! (?:with|again|on|next|at|for)\b)/,
    "prepare",
  ],
  [/^(?:get together|meet up|catch up)\b/, "schedule"],
  [
    /^(?:write|type|mock|draw|work|scope|price|spec)(?: (?:it|that|this|them|those))? up\b/,
    "prepare",
  ],
  [
    /^(?:work on|come up with|make (?:a|an|the|some|sure)|set (?:it|this|that|them|you|everything|the .{1,30}) up|set up|take notes on|think (?:about|through|of)|sketch out|flesh out|map out|write)\b/,
    "prepare",
  ],
  // doing
  [
    /^(?:take care of|deal with|get (?:it|that|this|them|those|.{1,40}) (?:done|fixed|sorted|signed|approved|moving|going|set up|started|ready|in|installed|live|scheduled|booked)|get started on|kick off|kick it off|start (?:on|the)|begin the|turn (?:on|off|it|that|up)|switch (?:on|off|it|that|us|over)|roll (?:out|back)|sort (?:out|it|that)|send for|follow through|pick (?:up|it|that)|own|make the|make (?:that|those|these) (?:change|update|edit|correction)s?|sign up|set)\b/,
    "change",
  ],
  [
    /^(?:look|go|read|run|flick|leaf|work)(?: (?:back|carefully|properly))? (?:at|over|through)\b/,
    "review",
  ],
  [
    /^(?:take|have|give) (?:it |that |this |them )?(?:another |a |one more )?(?:\w+ )?(?:look|read|pass|think|once-over|review)\b/,
    "review",
  ],
  [/^(?:reach|touch) (?:out|base)\b/, "contact"],
  [/^tell (?:you|me|us|the truth|it)\b/, "talk"],
  [/^(?:speak|talk|chat|meet|catch up) (?:to|with) (?!you\b|about\b)/, "contact"],
  [/^(?:give) (?:him|her|them|you|[a-z]+) a (?:call|ring|bell|buzz|shout)\b/, "contact"],
  // said and done at once
  [
    /^(?:speak|talk|chat|meet|call)(?: to| with)? ?(?:you|about|y'all|everyone|then|soon|$)/,
    "talk",
  ],
  [
    /^(?:put|get|take|bring|pull|turn|set|do|roll|kick|run|post|note|read|type|list|raise|plan|add|close|record|test|move|answer|raise|text|map|push|visit|contact)$/,
    "talk",
  ],
  [
    /^(?:get|take|bring|pull|put|run|move|turn|do|add|push|roll|note|list|record|close|raise|map|set|test|read|answer)\b.{0,6}\b(?:to (?:that|this|it|the point|you)|into|back to (?:you|that|this)|straight|going|started|there|here|up|back|on|off|over|away|from|through|my|off here|a (?:minute|second|moment|step|sip|guess|stab|break|quick)|one (?:second|thing)|for|this now|it (?:easy|slow|quick|short|from|off)|my best|well|fine|great|good|the opposite|one more thing|for a|everyone|everybody|that one)\b/,
    "talk",
  ],
  [/^(?:pull|bring|throw|put) (?:it |that |this |the \w+ )?up\b/, "talk"],
  [
    /^run (?:through|you)\b|^move (?:on|along|forward)\b|^take (?:you|us|it from|over|that as|your|the (?:first|next|lead))\b|^read (?:it|that|this|you|out)\b|^record (?:this|the call)\b|^set (?:the|some) (?:scene|stage|context|agenda)\b|^get (?:the|a|some|my|your) (?:ball|feel|sense|coffee|water|idea|door|charger)\b/,
    "talk",
  ],
  [
    /^(?:summari[sz]e|recap|list|note|outline|describe) (?:what|that|quickly|briefly|it|this|where|why|how)\b/,
    "talk",
  ],
  [/^answer (?:that|your|this|the|it)\b/, "talk"],
  [
    /^test (?:you|your)\b|^bring (?:us|this|that|it)\b|^add (?:that|to that|one|something|on|a bit)\b/,
    "talk",
  ],
];

const ADVERB =
  /^(?:(?:just|also|probably|definitely|certainly|actually|then|quickly|personally|gladly|happily|still|maybe|perhaps|always|absolutely|really|only|quick|now|go ahead and|go and|go|be sure to|be able to|make sure to|make sure that (?:i|we|you)|make sure (?:i|we|you)|make sure|try and|try to|aim to|have to|need to|get to|be happy to|start to|please|kindly|like to|love to|first|finally|simply|immediately|in turn|of course|again|come and|turn around and|work to|see about|look to|be|to)\s+)+/;
/** "go", "now", "come", "be" and "to" only vanish before another verb. */
const BARE_ADVERB = /^(?:go|be|get to|to|now|first|come|look to) /;

/**
 * Reads the verb phrase that follows "I'll", "can you" and the like.
 *
 * @example readVerb("just be sending over the deck") // { lemma: "send", class: "deliver", … }
 */
export function readVerb(words: string): VerbReading {
  let phrase = words.trim();
  const lead = phrase.match(ADVERB)?.[0] ?? "";
  if (lead !== "") {
    const rest = phrase.slice(lead.length);
    const isVerbNext = CLASS_OF.has(lemmaOf(firstToken(rest)));
    if (isVerbNext || !BARE_ADVERB.test(lead)) phrase = rest;
  }
  const token = firstToken(phrase);
  const lemma = lemmaOf(token);
  const normal = lemma + phrase.slice(token.length);
  for (const [pattern, found] of PHRASES) {
    if (pattern.test(normal)) return { lemma, class: found, phrase: normal };
  }
  return { lemma, class: CLASS_OF.get(lemma) ?? "other", phrase: normal };
}

/** True for a verb form that the tables know as a deed; tells imperatives from nouns. */
export function isDeed(token: string): boolean {
  const found = CLASS_OF.get(lemmaOf(token));
  return found !== undefined && found !== "talk";
}

function firstToken(words: string): string {
  return words.match(/^[a-z][a-z'-]*/)?.[0] ?? "";
}

function lemmaOf(token: string): string {
  const irregular = IRREGULAR[token];
  if (irregular !== undefined) return irregular;
  if (CLASS_OF.has(token) || !token.endsWith("ing")) return token;
  const stem = token.slice(0, -3);
  const candidates = [stem, `${stem}e`, stem.replace(/(.)\1$/, "$1")];
  return candidates.find((candidate) => CLASS_OF.has(candidate)) ?? token;
}
