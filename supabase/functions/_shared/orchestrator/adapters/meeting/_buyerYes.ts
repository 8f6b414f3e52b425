import { clausesOf, type Sentence } from "./_transcript.ts";

/** How far a yes goes: `firm` stands alone, `conditional` hangs on something, `soft` is meant, not said. */
export type YesStrength = "firm" | "conditional" | "soft";

export interface SpokenYes {
  readonly sentence: Sentence;
  readonly strength: YesStrength;
  readonly confidence: number;
}

const WE = "(?:i|we)";
const WILL =
  `(?:${WE}(?:'ll| will|'m going to|'re going to|'m gonna|'re gonna| am going to| are going to| want to| wanna|'m ready to|'re ready to|'m happy to|'re happy to|'d be happy to| intend to|'m prepared to|'re prepared to|'m willing to|'re willing to|'d be willing to|'m comfortable to|'d be comfortable to|'d like to|'d love to| would like to|'m keen to|'re keen to| plan to|'re planning to|'m planning to|'ve decided to| have decided to|'ve agreed to| agreed to| can|'d| would| should be able to| are ready to| am ready to)|let's|lets|happy to|ready to|keen to|prepared to|(?:i'm|we're|i am|we are) (?:definitely |absolutely |totally )?(?:going to|gonna))`;
const SOFTLY =
  "(?: (?:just|definitely|gladly|happily|certainly|probably|absolutely|totally|then|also|still|personally|be able to|go ahead and|review and|read and|check and))*";
/** A further meeting is not a purchase. */
const ONLY_A_MEETING =
  "(?! (?:and |with |on |to )?(?:an? |the |that |another |our |your )?(?:\\w+ )?(?:demo|call|meeting|chat|conversation|session|workshop|follow[- ]?up|next call|intro|deep dive|evaluation|schedul|book|set(?:ting)? up|find a|get (?:a|some|something) (?:time|on)|discussion|walk))";

/** Words by which a buyer says yes, and how sure they make us. */
const YES: readonly (readonly [RegExp, number])[] = [
  [
    new RegExp(
      `(?<![\\w'])${WE}(?:'m|'re| am| are) (?:all |totally |completely |absolutely |definitely )?in(?=$|[,.!?;]| (?:if|as long as|provided|then|too|hundred|100|assuming|once|on this|completely|for (?:the|a|it|this))\\b)`,
    ),
    0.85,
  ],
  [/\b(?:count|consider|put|mark) (?:me|us) (?:in|sold|signed|down|as a (?:yes|customer))\b/, 0.85],
  [
    /\b(?:you've got|you have|we've got|we have|we got|it's|that's|you got)(?: yourself| yourselves)? a deal\b/,
    0.9,
  ],
  [
    /^(?:(?:okay|ok|alright|all right|right|yes|yeah|great|perfect|fine)[,.]? )*(?:deal|sold|it's a deal|done deal)(?:$|[,.!])/,
    0.7,
  ],
  [
    /\bsign (?:me|us) up(?! for (?:the|your|a) (?:webinar|newsletter|event|list|trial account))/,
    0.85,
  ],
  [
    new RegExp(
      `(?<![\\w'])${WILL}${SOFTLY} sign(?! (?:off|in|into|language|on to the call|the (?:nda|n d a|guest|visitor)|an? (?:nda|n d a)))\\b`,
    ),
    0.85,
  ],
  [/\bready to sign(?! (?:off|in))\b|\bwhere do (?:i|we) sign\b/, 0.85],
  [
    /(?:^|[,.;] |\b(?:so|then|just|and|okay|yes|please) )(?:send|get|shoot|fire)(?: me| us| over| across| it)* (?:over )?(?:the |your |a |that )?(?:contracts?|paperwork|order form|docusign|agreements?|statement of work|sow|msa|invoice)\b/,
    0.75,
  ],
  [
    new RegExp(
      `(?<![\\w'])${WILL}${SOFTLY} (?:go ahead|go for it|move (?:forward|ahead)|proceed|press ahead|pull the trigger|go live with (?:you|this|it)|commit(?! to (?:a|any|that) (?:date|time|number|day))|green ?light|make it happen|crack on|get this (?:done|signed|over the line|going)|get going|get started|get the ball rolling|do business|work with you|partner with you|roll (?:it|this) out|switch (?:over )?to you|buy(?! (?:you|time|lunch|coffee|into|them|it from))|purchase|renew|roll over|re-?sign|stay (?:on |with you)|continue with you|carry on with you|close (?:it|this|the deal)(?! (?:down|off|out))|place (?:the|an|our) order|order from you|extend (?:the|our) contract|upgrade)\\b${ONLY_A_MEETING}`,
    ),
    0.75,
  ],
  [
    new RegExp(
      `(?<![\\w'])(?:${WE}(?:'ll| will)|let's|we're going to|we are going to)${SOFTLY} (?:pilot|trial|start (?:with )?(?:the|a|your|that|our) (?:\\w+ )?(?:pilot|trial|poc|rollout|onboarding|contract|subscription)|(?:do|run|take|try|kick off|begin) (?:the|a|your|that) (?:\\w+ ){0,2}(?:pilot|trial|poc|proof of concept|rollout|annual|package|plan|bundle|enterprise|pro|premium))\\b`,
    ),
    0.8,
  ],
  [
    new RegExp(
      `(?<![\\w'])(?:${WILL}${SOFTLY} go|we're going|we are going|i'm going|we've decided to go|${WE}(?:'ve| have) chosen to go|(?:our|my) (?:decision|choice) is to go|happy to go|let's go) with (?:you|yours|your|this|it(?! on)|that(?! (?:day|time|date|one on))|the (?:annual|pro|premium|enterprise|standard|basic|full|bigger|smaller|three|two|monthly|pilot|first|second|silver|gold)\\b(?! (?:day|slot|time)))`,
    ),
    0.85,
  ],
  [
    new RegExp(
      `(?<![\\w'])${WE}(?:'ll| will| would|'d) (?:happily |gladly )?take (?:it|that|the (?:annual|pilot|package|deal|offer|pro|premium|enterprise|three|two)|you up on)(?! (?:to|from|up to|back|away|out|off|on board|into|with|offline|under|home|upstairs|as|in|over|one|slow|step|slot|day|time))\\b`,
    ),
    0.7,
  ],
  // The present of somebody who has decided: "if the test goes well, we take it".
  [
    /^(?:(?:then|so|okay|ok|yes|yeah),? )*(?:i|we) (?:(?:take|buy|order) (?:it|them|this|you)|sign (?:it|this|with you|the contract)|go (?:ahead )?with you)(?! (?:to|from|up|back|away|out|off|on board|into|offline|under|home|as|over|one|slow|every|each|for granted))\b/,
    0.7,
  ],
  [
    /\b(?:you're|you are) (?:our|the) (?:choice|pick|vendor|supplier|partner|winner|one we (?:want|chose|picked))\b|\b(?:the business|the job|the deal|the contract|the order|it)(?:'s| is) yours\b|\bconsider (?:it|the \w+|this) (?:yours|done|signed|closed|a deal)\b|\byou(?:'ve| have) (?:won|got|) ?(?:it|the business|our business|my business|the contract|my signature|our signature|my vote)\b/,
    0.9,
  ],
  [
    /\b(?:you have|you've got|you can have|here's|consider (?:this|that)) (?:my|our|the|a) (?:word|green light|go ahead|verbal|yes|approval|blessing)\b|\bthat's a yes\b|\bit's a (?:firm |definite )?yes (?:from|for)\b|\b(?:it's a|that's a) (?:go|yes)\b(?! if you mean)/,
    0.85,
  ],
  [
    /\b(?:i'm|we're) (?:absolutely |completely |totally )?(?:sold|convinced|on board|committed)\b(?! (?:on the problem|to (?:the|our) (?:current|existing|team|people)))/,
    0.7,
  ],
  [
    new RegExp(
      `(?<![\\w'])${WE}(?:'ll| will| can|'m going to|'re going to)${SOFTLY} (?:get|send|raise|issue|cut|submit|push through|arrange|sort|release|wire|pay)(?: you| over| through)* (?:the |a |that |you a )?(?:signed \\w+|po\\b|p o\\b|purchase order|deposit|signature|down payment|first payment)`,
    ),
    0.85,
  ],
  [
    /\b(?:approved|agreed|decided|voted|chose|selected|picked)(?: \w+){0,4} (?:to (?:go|buy|sign|move|proceed|switch|purchase|pilot)|you\b|your (?:proposal|offer|bid|platform|solution|system))/,
    0.75,
  ],
  [
    /\bcomfortable (?:with )?(?:signing|moving (?:forward|ahead)|going (?:ahead|forward)|committing)\b/,
    0.7,
  ],
  [
    /\b(?:draw|write) (?:up|me up|us up) (?:the |a |an )?(?:contract|agreement|order|paperwork)\b|\blet's (?:make it official|lock it in with you|get it (?:done|signed)|get this (?:done|signed|over the line)|shake on it)\b/,
    0.8,
  ],
  [/\b(?:it's|that's|this is) a no[- ]brainer\b.{0,40}\b(?:let's|we'll|i'll|sign|start|go)\b/, 0.7],
  [
    /\b(?:i want|we want|i'd like|we'd like) (?:it|this|that) (?:in|live|signed|done|installed|running)\b(?! if i (?:were|was))/,
    0.6,
  ],
  [
    /\b(?:nothing|not much) (?:stopping|stands in the way of|between) (?:us|me)\b.{0,30}\b(?:sign|go|start)\w*/,
    0.6,
  ],
];

/** How a meeting begins: "let's get started" is no purchase. */
const OPENS_MEETING =
  /\b(?:let's|lets|shall we|happy to|ready to) (?:get (?:started|going)|crack on|go ahead and|proceed to)\b/;

/** "Let's do it" takes its meaning from what was offered. */
const LETS_DO_IT =
  /^(?:(?:okay|ok|yes|yeah|alright|all right|right|great|perfect|sure|good|cool|fine|you know what|well|honestly|i think so)[,.]? )*(?:let's|lets) (?:do|go for|make) (?:it|this|that)\b(?! (?:happen )?(?:on|at|in|by|over|again|next|this|tomorrow|monday|tuesday|wednesday|thursday|friday|then at))/;
const OFFERED_BUSINESS =
  /\b(?:pilot|contract|agreement|price|pricing|annual|package|plan|order form|discount|sign|start|onboarding|go ahead|move forward|per (?:seat|month|year|user)|a month|a year|deal|offer|paperwork|trial|subscription|licen[cs]es?|kick(?:ing)? (?:this )?off|get going)\b/;
const OFFERED_MEETING =
  /\b(?:demo|meeting|call|session|workshop|walk ?through|invite|calendar|tuesday|monday|wednesday|thursday|friday|catch up|minutes|half an hour)\b/;

const REFUSED =
  /\b(?:not|never|n't|nobody|no one|no way|hardly|isn't|wasn't|won't|can't|cannot|don't|doesn't|didn't|wouldn't|haven't|without)\b/;
const REFUSAL_IDIOM =
  /\b(?:why not|not only|don't worry|can't wait|no brainer|couldn't be happier|wouldn't hesitate|not a problem|don't see why not|no reason not to|won't take long|don't need (?:any )?(?:more|further)|not gonna lie|nothing stopping|not just)\b/g;
/** The clause only supposes: "before we sign", "if we go ahead", "whether we'd buy". */
const SUPPOSED_BEFORE =
  /\b(?:if|when|whether|unless|until|before|after|once|suppose|say|imagine|why|how|what|where|who|assuming|in case|by the time|until such time|not sure|wondering|see if|decide if|know if|think about whether)(?: \w+){0,2} ?$/;
const HEDGED =
  /\b(?:might|may|maybe|perhaps|probably|possibly|could|likely|hopefully|i think|i guess|leaning|would consider|considering|thinking (?:about|of)|eventually|at some point|one day|down the line|would have|could have|if i were|if we were to|if we did|someday)\b/;
const CONDITION =
  /\b(?:if|as long as|provided|providing|assuming|once|when|unless|subject to|depending|so long as|only if|and (?:i'll|we'll|i'm|we're)|then)\b/;
const PAST =
  /\b(?:signed|bought|went|last (?:year|time|month)|back then|used to|years? ago|the last (?:time|vendor|supplier)|previous(?:ly)?)\b/;
/** Others decide: not the speaker's own yes. */
const OTHERS =
  /\b(?:needs? to|has to|have to|would need|got to|must) (?:\w+ ){0,2}(?:sign|approve|agree|decide)\b/;

/** Signing this binds nobody to buy. */
const SECRECY = /\b(?:nda|n d a|non[- ]?disclosure|confidentiality)\b/;

/** The buyer's yes in `sentence`, or null. `offer` is what the other side said before it. */
export function readYes(sentence: Sentence, offer: string): SpokenYes | null {
  if (isAsked(sentence)) return null;
  for (const clause of clausesOf(sentence)) {
    const found = yesInClause(clause.words) ?? (answersOffer(clause.words, offer) ? 0.75 : null);
    if (found === null || OTHERS.test(clause.words)) continue;
    if (/\bsign\b/.test(clause.words) && SECRECY.test(`${offer} ${sentence.words}`)) continue;
    const isConditional = CONDITION.test(sentence.words);
    const isHedged = HEDGED.test(clause.words);
    if (
      PAST.test(clause.words) &&
      !/\bsigned (?:and|copy|agreement|contract|po|order)\b/.test(clause.words)
    ) {
      continue;
    }
    // Hedged and hanging on something else at once is no yes.
    if (isHedged && isConditional) continue;
    const confidence = found - (isHedged ? 0.25 : 0) - (isConditional ? 0.1 : 0);
    return {
      sentence,
      strength: isHedged ? "soft" : isConditional ? "conditional" : "firm",
      confidence: Math.round(Math.max(0.3, confidence) * 100) / 100,
    };
  }
  return null;
}

/** A question asks for a yes, it does not give one; "where do I sign?" is the exception. */
function isAsked(sentence: Sentence): boolean {
  return sentence.isQuestion && !/\bwhere do (?:i|we) sign\b/.test(sentence.words) &&
    !/^(?:can|could|would|will) you (?:please )?(?:send|get) (?:me|us|over) the (?:contract|paperwork|order form)/
      .test(sentence.words);
}

function yesInClause(words: string): number | null {
  for (const [pattern, confidence] of YES) {
    const match = pattern.exec(words);
    if (!match) continue;
    if (OPENS_MEETING.test(words) && /^(?:get|crack|go)/.test(lastVerb(match[0]))) continue;
    const before = words.slice(0, match.index);
    if (SUPPOSED_BEFORE.test(before)) continue;
    if (REFUSED.test(`${before} ${match[0]}`.replace(REFUSAL_IDIOM, ""))) continue;
    return confidence;
  }
  return null;
}

function lastVerb(phrase: string): string {
  return phrase.replace(/^.*?(?:let's|lets|happy to|ready to) /, "");
}

function answersOffer(words: string, offer: string): boolean {
  return LETS_DO_IT.test(words) && OFFERED_BUSINESS.test(offer) && !OFFERED_MEETING.test(offer);
}
