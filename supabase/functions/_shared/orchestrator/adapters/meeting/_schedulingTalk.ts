import { isAcceptance, isInjected, isNegated } from "./_speechActs.ts";
import { clausesOf, type Sentence } from "./_transcript.ts";

/** A stretch of talk in which a further meeting is proposed, timed and agreed. */
export interface SchedulingTalk {
  readonly sentences: readonly Sentence[];
  /** All that was said in the turns of these sentences: lengths and places stand beside them. */
  readonly surroundings: readonly Sentence[];
  /** The sentence that carries the time most plainly. */
  readonly trigger: Sentence;
  /** 0 to 1. */
  readonly confidence: number;
}

const WEEKDAY = "(?:mon|tues|wednes|thurs|fri|satur|sun)days?";
const MONTH =
  "(?:january|february|march|april|may|june|july|august|september|october|november|december)";
const DAY = new RegExp(
  `\\b(?:${WEEKDAY}|tomorrow|day after|next week|this week|later (?:this|in the) week|week after(?: next)?|week of|(?:the )?week commencing|next month|in (?:a|two|three|four|\\d+|a couple of) (?:days|weeks?)|fortnight|early next|(?:start|end|middle|beginning|back end) of (?:next|the) (?:week|month)|(?:this|the) (?:afternoon|morning)|the (?:\\d{1,2}(?:st|nd|rd|th)|(?:twenty|thirty)?[ -]?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth))(?! (?:time|thing|one|part|step|phase|option|point|floor|quarter|half|year))|${MONTH} (?:the )?\\w+)\\b`,
);
const CLOCK =
  /\b(?:\d{1,2}(?::\d{2})? ?[ap]\.?m\b|\d{1,2}:\d{2}\b|o'clock\b|half past\b|quarter (?:past|to)\b|noon\b|(?:at|around|say|by) (?:one|two|three|four|five|eight|nine|ten|eleven|twelve|\d{1,2})(?: thirty| fifteen)?\b(?! (?:of|percent|more|users|sites|seats))|(?:eight|nine|ten|eleven|twelve|one|two|three|four|seven|six) thirty\b)/;
const MEETING =
  /\b(?:meeting|meet|call(?! (?:you|me|us|him|her|them|back)\b)|demo|session|workshop|walk ?through|walk (?:you|us|them) through|catch[- ]?up|follow[- ]?up|deep dive|kick[- ]?off|review|chat|sync|conversation|visit|check[- ]?in|(?<!(?:by|before|after|at|over|tomorrow) )lunch(?! ?time)|coffee|half (?:an )?hour|an hour|minutes|slot|appointment|interview|next one|another one|round|zoom|teams|invite|huddle|reconvene|regroup|discussion|presentation|readout|pilot review|comes? (?:out|by|over|in|round|on site|to (?:you|us)|on the \w+))\b/;

/** Someone puts it in the book. */
const INVITES =
  /\b(?:send|sending|shoot|put|putting|drop|get|fire|pop|stick|throw|ping)\b(?: \w+){0,6} (?:invite|invites|invitation|calendar (?:hold|link|entry)|hold|placeholder|meeting request|(?:in|into|on) (?:the|your|our|my|both) (?:diar(?:y|ies)|calendars?))\b|\b(?:invite|invitation)(?:'s| is)? (?:on its way|coming|out|over)\b|\bi(?:'ll| will| shall) (?:book|schedule|set (?:it|that|something|this|one)|set up (?=(?:(?:an?|the|another|that|our|your|some) )?(?:[\w-]+ ){0,2}(?:call|meeting|demo|session|chat|time|slot|workshop|walk ?through|catch[- ]?up|review|visit|kick-?off|follow[- ]?up)\b)|get (?:it|that|something|this|us) (?:booked|scheduled|set up|in|on (?:the|your|our|everyone's) (?:calendars?|books|diar(?:y|ies)))|lock (?:it|that) in|pencil|block (?:it|that|out|off|(?:the|your|my|our|both) (?:calendars?|diar(?:y|ies)|time|slot))|calendar)\b|\b(?:look out for|watch for|you'll (?:get|have|see)) (?:an?|the|my) (?:calendar )?invite\b/;
const LET_US =
  "(?:let's|lets|let us|shall we|can we|could we|should we|do you want to|d'you want to|want to|why don't we|how about we|what if (?:\\w+ and )?(?:i|we)|i'd (?:like|love|suggest|propose|recommend)(?: (?:to|that|we))*|we should|we could|we can|we'll|i'll|i could|i can|happy to|need to|would it (?:make sense|help|be worth)(?: to)?|worth|are you (?:up|open|game) (?:for|to)|maybe we|we need to|(?:are|would) you (?:be )?(?:able|willing|free) to|then we|so we|propose we|suggest we|you and i)";
/** Someone proposes to come together: the verb says meeting by itself. */
const PROPOSES_TO_MEET = new RegExp(
  `\\b${LET_US}\\b(?: \\w+){0,5} (?:get (?:back )?(?:together|on (?:a|another|the) (?:call|zoom|teams))|get(?:ting)? (?:\\w+ ){1,3}on (?:a|the|another) (?:call|zoom|teams)|jump(?:ing)? on|hop(?:ping)? on|meet(?:ing)?|reconven(?:e|ing)|(?:re)?connect(?:ing)?(?= (?:again|next|on|this|in|tomorrow|sometime|back))|regroup|catch up|circle back|speak (?:again|next|on)|talk (?:again|next|on)|sync(?: up)?|pick (?:this|it) (?:back )?up|touch base|follow up|(?:come|came) (?:out|by|over|in|to|down|up)|met|got together)\\b`,
);
const MEETS_AGAIN = /\b(?:talk|speak|meet|sit down|get together|catch up) again\b/;
/** Someone proposes to do something that may be a meeting: the noun or the hour has to say so. */
const PROPOSES_TO_BOOK = new RegExp(
  `\\b${LET_US}\\b(?: \\w+){0,5} (?:book(?:ing)?|schedul(?:e|ing)|set(?:ting)? (?:up|aside|a)|lock(?:ing)? in|find(?:ing)?|get (?:something|some time|a time|another|the \\w+ (?:on|in|booked))|arrang(?:e|ing)|organi[sz](?:e|ing)|do (?:a|an|another|the|that|one|this again|half)|hav(?:e|ing) (?:a|another|the)|tak(?:e|ing) (?:an?|another)|grab(?:bing)?|say|aim for|shoot for|plan (?:for|on)|run (?:a|the|you)|walk|go with)\\b`,
);
/** "book us in for Tuesday", "let me look at my calendar". */
const REACHES_FOR_DIARY =
  /\b(?:book|put|pencil|stick) (?:us|me|you|it|that|this) (?:in|down)\b|\b(?:look at|check|pull up|open|grab) (?:my|the|our|your) (?:calendar|diary|schedule)\b/;
/** Someone asks for a time, or offers one. */
const TIMES =
  /\b(?:when (?:are you|would|works|suits|is good|can you|do you|could|'s good|might)|what (?:time|day|does your|do your|'s your|is your)|(?:does|do|would|will|is|are|could|how's|how does|how about|what about|how would|can you do|could you do|you free|are you (?:free|around|available))\b.{0,60}\b(?:work|works|suit|suits|good|okay|ok|look|looks|sound|do|free|around|available|for you|better)|how(?:'s| is| about)|what about|(?:i|we)(?:'ve| have)(?: got)?\b.{0,30}\b(?:availability|free|open|a slot|slots|time|a gap)|(?:i|we)(?:'m|'re| am| are) (?:free|around|available|open|flexible|wide open)|(?:i|we)(?:'ve| have) got|(?:i|we) (?:can|could) (?:do|make)|it'd have to be|would have to be|has to be|i could squeeze|anytime|any time|say|(?:works|suits|is (?:good|fine|best|better|perfect|great)|would be (?:good|best|better|fine|great|perfect)|should work|can work|is okay|'s good|'s fine) (?:for (?:me|us|both|everyone|all)|with (?:me|us)|too|as well|better)?)/;
const AGREES =
  /\b(?:works|suits|fits(?: (?:me|us|well|perfectly|for (?:me|us)))?(?=[.,!]|$)|perfect|sounds good|sounds great|that's (?:fine|good|great|perfect)|sure|done|deal|let's do (?:it|that|\w+day)|i'll (?:be there|take|make)|see you|sold|lock it in|book it|it's a date|(?:is|'s|are) (?:fine|good|great|perfect|best|okay|ok)|good for (?:me|us)|fine (?:by|with|for) (?:me|us)|we'll be there|confirmed|go with|(?:day|st|nd|rd|th) it is|(?:\w+) it is(?=[.!]?$))\b/;
const FAREWELL =
  /\b(?:see|talk to|speak to|chat to|catch|meet|talk|speak) (?:you|ya|you all|you both|you guys|everyone|again|soon)?\b.{0,20}/;

/** Nobody needs to book these: in the diary already, or every week. */
const STANDING =
  /\b(?:in (?:the|our|my) (?:diary|calendar)s? already|already (?:booked|scheduled|in the (?:diary|calendar)|on the (?:calendar|books|diary)|have (?:a|the|that|one|it)|got (?:a|the|that|one|it) (?:booked|in|scheduled)|set up)|(?:is|it's|that's|we're) (?:already )?(?:in|on) (?:the|your|my|our) (?:diary|calendar|books)|every (?:other )?(?:week|month|morning|day|fortnight|quarter|(?:mon|tues|wednes|thurs|fri)day)|weekly|bi-?weekly|fortnightly|recurring|standing (?:call|meeting|slot|one)|our (?:usual|regular|normal|weekly|standing|next scheduled)|(?:the|my|your) (?:usual|regular|normal|standing) (?:slot|time|call|meeting|one)|usual time|same time (?:next|as)|as (?:usual|always|planned|scheduled)|still on for|at our next (?:standup|stand-up|sync|review|check-in)|we(?:'ve| have) (?:got )?(?:a|the|our) (?:call|meeting|demo|session|review|qbr|standup|sync|one) (?:on|booked|scheduled|in|next|tomorrow|this)|next meeting (?:starts|is|will be))\b/;
/** Turned down. */
const DECLINED =
  /\b(?:(?:no|don't|do not|not sure we|won't|doesn't|not) (?:really )?(?:need|needs|think we need|want|see the need)(?: for| to)?(?: \w+){0,3} (?:meeting|meet|call|another|one|chat|demo|session|workshop|sync|time|anything)|no need (?:for|to (?:meet|book|schedule|set))|let's not|rather (?:not|do it (?:by|over|on)|email|you emailed|have it in)|(?:by|over|do it (?:by|over|on)|handle it (?:by|over)|keep it (?:on|to|by)|just) (?:the )?(?:e-?mail|phone|ticket|slack|text)|don't (?:bother|book|schedule|send (?:me )?(?:an )?invite)|hold off on (?:the|a|another|any|booking|scheduling)|not (?:ready|going) to (?:book|schedule|commit to a (?:date|time|meeting)|put)|i'll (?:reach out|get back to you|let you know|come back to you|be in touch|ping you|call you) (?:when|if|once)|let me (?:talk|speak|check|ask|see)\b.{0,40}\b(?:first|before (?:we|i))|leave it (?:there|with us) for now|play it by ear)\b/;
/** Past meetings, and those of other people. */
const PAST =
  /\b(?:last (?:week|time|month|year|(?:mon|tues|wednes|thurs|fri)day)|yesterday|(?:we|i|they) (?:met|had|spoke|talked|did)|was (?:booked|scheduled)|used to|ago)\b/;

/** A day that is a deadline, a memory or a fact. */
const NOT_AN_OFFER =
  /\b(?:since|until|till|last|by|before|was|were|ago|lapses|expires|opens|closes|live|launch|deadline|due)\b/;

/** The day of a mail is no day to meet. */
const WRITES =
  /\b(?:do|send|write|drop|shoot|fire off) (?:(?:you|him|her|them|me|us) )?(?:an?|the|that) (?:\w+ )?(?:e-?mail|note|message|intro|text)\b(?!.*\b(?:invite|meet|call)\b)/;

const DELIVERS =
  /\b(?:i'll|i will|we'll|we will|let me|i can)\b.{0,30}\b(?:send|shoot|e-?mail|forward|share|text|ship|drop|arrange|deliver)\b(?!.*\b(?:calendar|diary|hold|see you)\b)|\b(?:reach|arrive|be with|get to|land with) (?:you|us|them)\b/;
/** "I'll set that up" books a meeting only where one is spoken of. */
const SETS_SOMETHING_UP =
  /\bi(?:'ll| will| shall) (?:set|get|arrange|sort) (?:it|that|something|this|up|one)\b/;

interface Mark {
  readonly sentence: Sentence;
  readonly hasDay: boolean;
  readonly hasClock: boolean;
  readonly weight: number;
  readonly isInvite: boolean;
  readonly hasMeeting: boolean;
  readonly isProposal: boolean;
  readonly isTimes: boolean;
  readonly isAgreement: boolean;
  readonly against: number;
}

/** How many turns apart the parts of one agreement may lie. */
const REACH = 4;
/** Found by weighing a proposal with its day (3) and one answer to it; see the tests. */
const ENOUGH = 3.5;

/** Every agreement on a further meeting, surest first. */
export function findSchedulingTalk(sentences: readonly Sentence[]): readonly SchedulingTalk[] {
  const marks = sentences.flatMap(shortUnits).map(markOf);
  const talks: SchedulingTalk[] = [];
  for (const cluster of clusters(marks)) {
    const talk = weigh(cluster);
    if (talk) talks.push(talk);
  }
  return talks.toSorted((a, b) => b.confidence - a.confidence);
}

/** Speech without full stops runs on: what stands forty words apart does not belong together. */
function shortUnits(sentence: Sentence): readonly Sentence[] {
  if (sentence.words.split(" ").length <= 40) return [sentence];
  return clausesOf(sentence).map((clause) => ({ ...sentence, ...clause }));
}

function markOf(sentence: Sentence): Mark {
  const { words } = sentence;
  const hasMeeting = MEETING.test(words);
  const hasDay = DAY.test(words) && !WRITES.test(words) &&
    (hasMeeting || !DELIVERS.test(words));
  const hasClock = CLOCK.test(words);
  const isPast = PAST.test(words) && !/\b(?:next|tomorrow|let's)\b/.test(words);
  const isInvite = !isPast && INVITES.test(words) &&
    !/\bif (?:i|we) (?:sent|put|booked)\b/.test(words);
  const isProposal = !isPast &&
    (PROPOSES_TO_MEET.test(words) &&
        (hasMeeting || hasDay || sentence.isQuestion || MEETS_AGAIN.test(words)) ||
      PROPOSES_TO_BOOK.test(words) && (hasMeeting || hasDay && hasClock) ||
      REACHES_FOR_DIARY.test(words) ||
      TIMES.test(words) && hasDay && (hasMeeting || hasClock && sentence.isQuestion));
  const isAsked = /\?\W*$/.test(sentence.plain);
  const isTimes = !isPast &&
    (TIMES.test(words) && (hasDay || hasClock || hasMeeting && sentence.isQuestion) ||
      hasDay && isAsked && (hasClock || words.split(" ").length <= 4) || isBareTime(words) ||
      hasDay && words.split(" ").length <= 4 && !NOT_AN_OFFER.test(words));
  const isAgreement = isAcceptance(words) || AGREES.test(words) && words.length < 120;
  const isFarewell = hasDay &&
    /\b(?:see|talk to|speak to|chat|catch|talk|speak) (?:you|ya|again|soon|then)\b/.test(words) &&
    FAREWELL.test(words);
  let weight = 0;
  if (isInvite) weight += hasDay ? 3 : 2;
  if (isProposal) weight += hasDay ? 2 : 1;
  if (isTimes) weight += hasDay ? 1.5 : 0.75;
  if (hasDay && hasClock && (isTimes || isProposal || isAgreement)) weight += 0.5;
  if (isFarewell) weight += 1;
  if (isAgreement && hasDay && !isInvite) weight += 1;
  let against = 0;
  if (STANDING.test(words)) against += 3;
  if (DECLINED.test(words) && !isInvite) against += 4;
  return {
    sentence,
    hasDay,
    hasClock,
    weight: isInjected(words) ? 0 : weight,
    isInvite,
    hasMeeting,
    isProposal,
    isTimes,
    isAgreement,
    against,
  };
}

/** Marks that bear on booking, joined while they lie within reach of one another. */
function clusters(marks: readonly Mark[]): readonly (readonly Mark[])[] {
  const result: Mark[][] = [];
  let current: Mark[] = [];
  let lastTurn = -Infinity;
  for (const mark of marks) {
    const distance = mark.sentence.turn - lastTurn;
    if (distance > REACH && current.length > 0) {
      result.push(current);
      current = [];
    }
    const isSeed = mark.weight > 0 || (mark.against > 0 && current.length > 0);
    if (isSeed) lastTurn = mark.sentence.turn;
    if (isSeed || current.length > 0) current.push(mark);
  }
  if (current.length > 0) result.push(current);
  return result;
}

function weigh(cluster: readonly Mark[]): SchedulingTalk | null {
  const telling = cluster.filter((mark) => mark.weight > 0);
  const acts = telling.filter((mark) => mark.isInvite || mark.isProposal || mark.isTimes);
  const dated = cluster.filter((mark) =>
    mark.hasDay && (mark.weight > 0 || mark.isAgreement || isNearAct(mark, acts))
  );
  const isMeetingSpoken = cluster.some((mark) => mark.hasMeeting || mark.isProposal);
  const books = telling.some((mark) =>
    mark.isProposal ||
    mark.isInvite && (isMeetingSpoken || !SETS_SOMETHING_UP.test(mark.sentence.words))
  );
  if (!books || dated.length === 0) return null;
  const firstDated = dated[0]?.sentence;
  const answered = cluster.some((mark) =>
    mark.isAgreement && !isNegated(mark.sentence.words) &&
    acts.some((act) =>
      act.sentence.speaker !== mark.sentence.speaker && act.sentence.turn < mark.sentence.turn &&
      mark.sentence.turn - act.sentence.turn <= REACH
    ) && firstDated !== undefined && mark.sentence.turn >= firstDated.turn - 2
  );
  const strongest = [...telling].sort((a, b) => b.weight - a.weight).slice(0, 5);
  const support = strongest.reduce((sum, mark) => sum + mark.weight, 0) + (answered ? 1.5 : 0);
  const against = Math.max(0, ...cluster.map((mark) => mark.against));
  const score = support - against;
  const isAgreed = answered || telling.some((mark) => mark.isInvite);
  if (score < ENOUGH || !isAgreed) return null;
  const trigger = pickTrigger(dated, telling);
  if (!trigger) return null;
  const opening = acts[0]?.sentence.turn ?? 0;
  const parts = cluster.filter((mark) =>
    mark.sentence.turn >= opening && (mark.weight > 0 || mark.isAgreement || mark.hasDay)
  );
  const turns = new Set(parts.map((mark) => mark.sentence.turn));
  return {
    sentences: parts.map((mark) => mark.sentence),
    surroundings: cluster.map((mark) => mark.sentence)
      .filter((sentence) => turns.has(sentence.turn)),
    trigger,
    confidence: Math.round(Math.min(0.97, 0.5 + score * 0.06) * 100) / 100,
  };
}

/** A turn that says little more than a day and an hour is a proposal: "Thursday at two then". */
function isBareTime(words: string): boolean {
  return DAY.test(words) && CLOCK.test(words) && words.split(" ").length <= 9 &&
    !NOT_AN_OFFER.test(words);
}

function isNearAct(mark: Mark, acts: readonly Mark[]): boolean {
  return acts.some((act) => Math.abs(act.sentence.turn - mark.sentence.turn) <= 2);
}

function pickTrigger(dated: readonly Mark[], telling: readonly Mark[]): Sentence | undefined {
  const plainness = (mark: Mark) =>
    mark.weight + (mark.hasClock ? 2 : 0) + (mark.isAgreement ? 0.5 : 0);
  return [...dated, ...telling].sort((a, b) =>
    Number(b.hasDay) - Number(a.hasDay) || plainness(b) - plainness(a)
  )[0]?.sentence;
}
