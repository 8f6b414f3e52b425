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
  `^${OPENING}(?:yes|yeah|yep|yup|ya|aye|sure(?: thing)?|okay|ok|okey|absolutely|definitely|certainly|of course|please(?: do)?|great|perfect|lovely|brilliant|awesome|wonderful|excellent|fantastic|cool|fair(?: enough| point)?|good(?: idea| point| call| plan)?|nice|sounds (?:good|great|fine|perfect|like a plan|reasonable|right)|that (?:would|'d|will|works|sounds|makes sense)|that'd|that'll|that's (?:fine|great|good|perfect|useful|helpful|okay|ok)|this works|it works|works(?: for (?:me|us))?|will do|can do|consider it done|on it|i'm on it|i can|we can|i will|i'll|we'll|i could|no problem|no worries|not a problem|my pleasure|happy to|glad to|fine|deal|agreed|done|got it|understood|righto|right|roger|copy that|noted|alright|all right|go ahead|do (?:it|that)|let's|make it so|i'd (?:love|like|appreciate)|we'd (?:love|like|appreciate)|beauty|too right|exactly|totally|for sure|you got it|you bet|you can (?:send|do|try|e-?mail|put|call|go)|mm-?hmm|uh-?huh|send (?:it|that|those|them|me|us)|leave it with me|thanks|thank you|that one)(?![\\w'])`,
);
const REFUSAL = new RegExp(
  `^${OPENING}(?:no(?:pe|t really| thanks| thank you)?(?=$|[,.!?;-]| (?:i|i'd|i'm|we|we're|that|it|it's|no|not|don't|please|thanks|thank|need)\\b(?! to worry))|nah|not (?:yet|now|necessary|really|today|at this|right now|needed|for now|before)|don't|do not|please don't|i'd rather (?:not|you didn't)?|we'd rather|i can't|we can't|i don't think|we don't (?:need|want)|there's no need|no need|that won't|i won't|we won't|let's not|hold off|unfortunately|i'm afraid|rather not|never mind|forget it|that's not necessary|(?:i'm|we're) (?:good|fine|okay|all set)(?: thanks| without| for now)?)(?![\\w'])`,
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
