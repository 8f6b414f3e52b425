import { type MailCategory, type MailTopic, type ReadMail } from "./_mail.ts";

export interface MailVerdict {
  readonly category: MailCategory;
  readonly confidence: number;
  readonly topics: readonly MailTopic[];
  /** Which rule decided, in words. */
  readonly reason: string;
}

const AUTO_REPLY =
  /^\s*(?:automatic reply|auto(?:matic|mated)?[- ]?(?:reply|response)|out of (?:the )?office|abwesenheit\w*|réponse automatique|respuesta automática|resposta automática|risposta automatica)/i;
const AWAY =
  /\b(?:out of (?:the )?office|on (?:annual|parental|maternity|paternity|sick) leave|on (?:vacation|holiday) (?:until|from|till|and)|away from (?:the office|my desk)|(?:limited|no) access to (?:my )?e-?mail|i(?:'m| am) away until|will be back (?:on|in the office))\b/i;
const BOUNCE =
  /\b(?:delivery status notification|undeliver(?:able|ed)|mail delivery (?:failed|subsystem)|returned mail|delivery (?:has )?failed|(?:address|mailbox) (?:couldn'?t|could not|cannot) be found|wasn'?t delivered|could not be delivered|mailbox (?:is )?full)\b|\b5\.\d\.\d\b/i;

const MACHINE_LOCAL =
  /^(?:no-?_?reply|do-?not-?reply|donotreply|mailer-daemon|postmaster|bounces?|notifications?|notify|alerts?|billing|receipts?|invoices?|security|system|jira|github|gitlab|calendar-notification|auto(?:mated)?|robot|bot|daemon|orders?|shipping|status|renewals?|domains?|service|mailer|reminders?|accounts?-?\w*)(?:[+._-].*)?$/i;
const MACHINE_WORDS =
  /\b(?:do not reply to this|please type your reply above|this is an automated|automatically generated|automated (?:message|notification|e-?mail)|(?:verification|security|one-time|login) code|password (?:reset|was changed|has been|expires)|new sign-?in|sign-?in attempt|your (?:receipt|order|invoice|payment|subscription|statement|document|export|report|backup|parcel|shipment|password|account|ticket|request|trial)\b[^.!?\n]{0,60}\b(?:has been|have been|is ready|was|is now|from|#|no\.|confirmed|received|completed|failed|expires|will renew)|payment (?:method|received|failed)|amount (?:paid|due)|date paid|all parties have \w+|(?:download|view|open|track|see|manage|check)\b[^.!?\n]{0,40}\b(?:(?:in|from|on) your (?:account|dashboard|portal|workspace)|the link below|in the app)|has been (?:received and|assigned|shipped|delivered|processed|completed)|we have received your|ticket #?\d+|will (?:renew|expire|be (?:charged|deleted|suspended|deactivated))|expires in \d+|ending (?:in )?\d{4}|mentioned you|assigned you|commented on|shared an? \w+ with you|confirm your (?:e-?mail|address)|(?:recording|transcript|report|statement) (?:is )?(?:now )?(?:available|ready)|(?:build|deployment|job|backup) (?:failed|succeeded|passed)|storage (?:is )?(?:almost )?full|logged (?:in|on) (?:from|to))\b/i;

const CALENDAR_SUBJECT =
  /^\s*(?:(?:re|fwd?)\s*:\s*)?(?:(?:updated )?invitation(?: with note)?|accepted|declined|tentative(?:ly accepted)?|cancel+ed(?: event)?|rescheduled|new (?:event|time proposed)|event (?:cancel+ed|updated)|new time proposed|confirmed|booking (?:confirmed|confirmation)|meeting (?:cancel+ed|moved|updated|request)|einladung|akzeptiert|zugesagt|abgesagt|aktualisierte einladung|invitation mise à jour|accepté|refusé|annulé|invitación|aceptado|cancelado|convite|aceite)\s*:/i;
const CALENDAR_NOTICE =
  /\b(?:this event has been (?:cancel+ed|updated|changed)|has (?:accepted|declined|tentatively accepted|proposed a new time)[^.\n]{0,40}|you have been invited to the following|invited you to (?:the following|a meeting)|organi[sz]er:|going \([^)]*\)\?|join (?:zoom|teams|microsoft teams|google meet|the) meeting|add to (?:your )?calendar|event details|a new event has been scheduled|event (?:type|date\/time)|invitee:|BEGIN:VCALENDAR)\b/i;

const DAY =
  "(?:mon|tues?|wed(?:nes)?|thurs?|fri|satur?|sun)(?:day)?|today|tomorrow|tonight|next week|this (?:week|morning|afternoon)|the \\d{1,2}(?:st|nd|rd|th)|\\d{1,2}(?:st|nd|rd|th)? (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\\w*|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\\w* \\d{1,2}|montag|dienstag|mittwoch|donnerstag|freitag|lundi|mardi|mercredi|jeudi|vendredi|lunes|martes|miércoles|jueves|viernes";
const CLOCK =
  "\\d{1,2}(?:[:.]\\d{2}| ?[ap]\\.?m\\b|h\\d{0,2}\\b)|\\b(?:at|from|until|till) \\d{1,2}\\b|noon|\\d{1,2} o'clock|same time";
const HAS_DAY = new RegExp(`\\b(?:${DAY})\\b`, "i");
const HAS_CLOCK = new RegExp(`(?:${CLOCK})`, "i");
const MOVES =
  /\b(?:re-?schedul\w*|postpone\w*|(?:mov(?:e|ed|ing)|push(?:ed|ing)?|shift(?:ed|ing)?|bump(?:ed|ing)?|switch(?:ed|ing)?|bring(?:ing)?|brought|swap(?:ped|ping)?|chang(?:e|ed|ing))\b[^.!?\n]{0,50}\b(?:to|back|forward|it|our|the|call|meeting|by)|cancel\w*|can(?:'?t|not) (?:make|do|attend|join|be there)|won'?t (?:make|be able to (?:make|join|attend))|(?:running|be|be running) (?:\d+ (?:min\w*) |a (?:bit|little) )?late|(?:start|begin|meet|talk|speak|do it|make it)\b[^.!?\n]{0,40}\binstead\b|(?:earlier|later) (?:start|time|slot)|have to (?:skip|miss)|(?:something|a conflict)(?:'s| has)? come up|double[- ]booked|(?:is|are|it'?s) (?:off|called off|postponed)|called off|fällt aus|verschieben|reporter|aplazar|has gone on me|gone on me|(?:need|have) to drop|(?:will|is|are) (?:not|no longer) (?:be )?possible|(?:we|i) (?:propose|suggest)\b[^.!?\n]{0,40}\binstead)\b/i;
const CONFIRMS =
  /\b(?:confirm(?:ed|ing)|see you (?:then|on|at|there|tomorrow|next)|(?:that |this |it |which )?(?:works?|suits?)(?: (?:well|fine|great|perfectly))?(?: for)? (?:me|us|fine|well|great)|(?:works|is fine|is good|is perfect|suits)\b|i(?:'ll| will) be there|booked (?:the|a|us|it)|(?:is|are) (?:booked|confirmed|set|fixed|arranged)|(?:i(?:'ve| have)?|we(?:'ve| have)?) (?:accepted|put it in|sent (?:you )?(?:the|an) invit\w+|added you)|invite (?:is )?(?:sent|on its way|coming)|look(?:ing)? forward to (?:our|the) (?:call|meeting|chat)|will be there|nos vemos|bis (?:dann|morgen|montag|dienstag|mittwoch|donnerstag|freitag)|à (?:demain|lundi|mardi|mercredi|jeudi|vendredi)|got (?:the|your) invit\w+|(?:reminder|quick reminder)\b[^.!?\n]{0,40}\b(?:call|meeting|demo|appointment)|joining (?:us|the call))\b/i;
const EVENT_WORD =
  /\b(?:call|meeting|demo|session|appointment|chat|slot|invite|invitation|catch-?up|walk-?through|workshop|visit|lunch|kick-?off|review|rdv|termin|réunion|reunión|time)\b/i;

const ASKS_MEETING =
  /\b(?:(?:can|could|shall|may|might) (?:we|you|i)\b[^.!?\n]{0,60}\b(?:meet|talk|speak|call|chat|find (?:half an hour|some time|a time|\d+|an hour|time)|get (?:together|on a call|a call)|catch up|hop on|jump on|grab|schedule|book|set up|arrange|do a (?:call|demo))|(?:book|schedule|set up|arrange|find)\b[^.!?\n]{0,30}\b(?:a |some |half |\d+ )?(?:call|meeting|time|demo|slot|hour|minutes|session)|(?:are|would) you (?:be )?(?:free|available|around)|when (?:are you|would you be|can you|could you|do you have|suits|works)|what (?:times?|days?) (?:work|suit|are you|would)|(?:have|got) (?:time|\d+ minutes|half an hour|an hour|a (?:moment|slot))|do you have (?:time|any availability)|your (?:availability|calendar link)|let me know (?:when|what time|your availability|a time)|(?:mornings?|afternoons?) (?:suits?|works?) (?:me|us|best))\b/i;

const BULK =
  /\b(?:unsubscribe|view (?:this (?:e-?mail )?)?in (?:your )?browser|manage (?:your )?(?:e-?mail )?preferences|email preferences|you (?:are )?receiv(?:e|ed|ing) this (?:e-?mail |message |newsletter )?because|opt[- ]?out|update your preferences|abmelden|se désabonner|désinscrire|darse de baja|cancelar suscripción)\b/i;
const PROMOTION =
  /(?:\b(?:\d{1,2} ?% (?:off|discount|rabatt)|early[- ]bird|last chance|limited[- ]time|(?:spring|summer|winter|autumn|black friday|holiday|flash|cyber) (?:sale|offer|deal)s?|sale ends|use code|with code|promo code|free (?:trial|webinar|e-?book|guide|download|template|report)|(?:join|register for|save your seat|reserve your (?:seat|spot)|sign up for)\b[^.!?\n]{0,60}|upgrade (?:today|now|to)|webinar|newsletter|whitepaper|what'?s new|new in \d|release notes|product update|this (?:week|month)'?s? (?:in|top|best|edition|digest)|weekly (?:digest|roundup|update)|read (?:the|our|more)[^.!?\n]{0,30}\b(?:blog|post|report|article)|speakers|keynote|tickets? from|shop now|buy now|learn more|get started (?:today|now|free)|(?:top|best) \d+|\d+ (?:tips|ways|plays|trends|reasons|lessons|mistakes))\b)/i;
const BULK_LOCAL =
  /^(?:news(?:letter)?|updates?|marketing|hello|hi|info|events?|invites?|offers?|promo\w*|digest|weekly|team|community|academy|webinars?|deals|sales|growth|partners?)(?:[+._-].*)?$/i;
const PITCH: readonly RegExp[] = [
  /\b(?:most|many) (?:\w+ )?(?:teams|companies|firms|businesses|leaders|founders|vendors)\b/i,
  /\b(?:free (?:of charge|audit|assessment|consultation|strategy|call)|no (?:cost|obligation|risk|commitment|strings)|(?:only|just) (?:pay|charge)|a share of what you save)\b/i,
  /(?:^|[.!?]\s+)(?:interested|sounds? (?:interesting|relevant|good)|make sense|thoughts|relevant)\?/i,
  /\b(?:i|we) (?:noticed|came across|stumbled (?:up)?on|saw (?:that )?(?:you(?:'re| are)|your (?:company|website|team|job|post))|took a look at|looked at|was looking at|found) (?:your|you|that|the|\w+ (?:is|are))/i,
  /\b(?:we|our (?:team|agency|studio|platform|software|tool|company|service)) (?:(?:find|boost|double|book|bring|turn|automate|cut|grow|generate)s?|help|helps|have helped|specialise|specialize|build|builds|offer|offers|provide|provides|work with|works with|connect|connects|deliver|delivers)\b/i,
  /\b(?:we(?:'re| are) an? (?:\w+ ){0,3}(?:agency|studio|firm|company|team|startup|consultancy|provider)|(?:have done|did|do) this for \d+|(?:our|\d+\+?) (?:clients|customers|companies|firms|brands|startups)\b)/i,
  /\b(?:worth (?:a|\d+)|open to (?:a|an)|up for a|interested in (?:a quick|learning|hearing)|(?:quick|brief|short) (?:call|chat|demo|intro)|\d+[- ]?min(?:ute)?s? (?:call|chat|this|next|to|on)|got (?:\d+ minutes|tuesday|wednesday|thursday|monday|friday)|shall i send|can i send|should i send|mind if i send)\b/i,
  /\b(?:what if (?:i|we) (?:told|could)|imagine if|struggling with|tired of|are you (?:still|currently) (?:using|paying|looking|struggling)|\d+ ?%? (?:more|qualified|new|extra|additional) (?:meetings|leads|customers|demos|revenue|replies)|(?:double|triple|10x|boost|skyrocket|scale) (?:your|the)|per meeting|guaranteed|no strings|roi of|save (?:you |your team )?\d+)\b/i,
  /\b(?:not relevant\?|just reply ["“']?(?:no|stop)|(?:bumping|following up on) (?:this|my (?:last|previous))|(?:p\.?s\.?)\b[^\n]{0,80}\b(?:no|stop|unsubscribe|not)|if (?:this|you(?:'re| are)) (?:isn'?t|not) (?:relevant|the right))/i,
];
/** Addresses of a department: what they send goes to everybody. */
const ROLE_LOCAL =
  /^(?:it|hr|people|facilities|finance|office|reception|admin|legal|security|comms|internal|operations|ops|everyone|all|team|payroll|helpdesk)(?:[+._-].*)?$/i;
/** Somebody who buys, not one who sells. */
const BUYS =
  /\b(?:love to (?:hear|learn|know|see) more (?:about (?:your|you|what you))?|how (?:do|can|would) (?:i|we) (?:start|get started|sign up)|good way to start|(?:your|the) (?:pricing|prices?|quote|proposal|demo|product|tool|platform|software)\b|interested in your|we(?:'d| would) like to (?:try|buy|go ahead|order|start|test)|(?:a|your) quote for|what (?:does|would|do) (?:it|that|you) (?:cost|charge))\b/i;

const NO_REPLY =
  /\b(?:no (?:need|reason) to (?:reply|respond|answer|do anything)|no (?:reply|response|answer|action) (?:is )?(?:needed|required|necessary|expected)|nothing (?:is )?(?:needed|required|to do|for you to do)|(?:just )?for (?:your|the) (?:information|records?|files?|awareness)|just (?:an? )?(?:fyi|heads[- ]up|letting you know|to let you know|sharing|so you know|wanted to (?:say|let you know|share))|fyi|heads[- ]up|(?:you )?don'?t (?:need|have) to (?:reply|respond|do anything)|that'?s all i needed|zur info(?:rmation)?|pour info(?:rmation)?|para tu información)\b/i;
const REFUSES =
  /\b(?:(?:we|i)(?:'ve| have)? decided (?:to (?:stay|go with|stick|keep|wait|hold)|against|not)|not (?:for us|a (?:good )?fit|interested|moving forward|going (?:ahead|forward)|proceed\w*|at this time|right now|a priority)|going (?:with|in) (?:another|a different)|(?:went|gone) (?:with|for) (?:another|someone|a competitor)|no longer (?:interested|looking|need)|(?:we|i)(?:'ll| will)? pass\b|(?:won'?t|not) be (?:moving|going|proceeding)|don'?t see a (?:fit|need)|no,? thank(?:s| you)|happy with what we have|kein interesse|nicht interessiert|für (?:eine andere|einen anderen)|leider nicht|pas intéressée?s?|no estamos interesad[oa]s|sem interesse)\b/i;
const LEAVES =
  /\b(?:remove (?:me|us|my (?:e-?mail|address|name)|this address)|take (?:me|us) off|unsubscribe (?:me|us)|stop (?:e-?mailing|contacting|writing to|sending (?:me|us))|(?:do not|don'?t) (?:contact|e-?mail|write to) (?:me|us)|opt (?:me|us) out)\b/i;
const ASKS =
  /\b(?:(?:could|can|would|will) you|(?:could|can|may|shall|should) (?:i|we)|(?:please|kindly) (?!find|note|see|be (?!so kind)|do|don'?t|leave|contact|ignore|disregard|keep|enjoy|accept my|accept our|consider|remember|visit|click)[a-z]{2,}|let me know|(?:i|we)(?:'d| would)? (?:need|want|appreciate|like (?:you )?to (?:know|see|hear|get|have|go ahead|order|try|understand|discuss|talk|add|change))|(?:i|we)(?:'d| would) (?:love|like) to|what(?:'?s| is| are| does| do| would)|how (?:much|long|do|does|can|many|soon|would)|when (?:can|will|do|does|is|are|would)|where (?:is|are|do|can)|who (?:is|do|can|should)|do you|does (?:it|the|your|this|that)|is (?:it|there|that|this) (?:possible|any|ok|okay|something)|any (?:news|update|chance|idea|movement|thoughts)|(?:i|we)(?:'d| would) like (?:an?|the|some|your)|(?:asked|written|wrote|called|emailed) (?:you )?(?:twice|three times|again)|if (?:i|we) (?:hear nothing|(?:don'?t|do not) hear)|waiting for (?:your|the|an?)|still waiting|(?:haven'?t|have not) heard|(?:second|third|\d(?:nd|rd|th)) time i|asap|urgent(?:ly)?|get back to me|looking forward to (?:your|hearing)|asks? (?:that you|you to|whether|if|for)|your (?:thoughts|view|opinion|feedback)|tell me|send (?:me|us|it|over|the|that|a|an)\b|put me (?:in touch|through)|(?:könnten|können|kannst) (?:sie|du)|bitte|pouvez-vous|pourriez-vous|podría|puede|poderia|pode)\b/i;
/** Something is wrong, missing or due, and whoever says so waits for it. */
const NEEDS =
  /\b(?:(?:can(?:'?t|not)|could ?n'?t|un ?able to|won'?t|does ?n'?t|is ?n'?t|not) (?:\w+ )?(?:log ?in|sign in|access|open|find|see|work(?:ing)?|load(?:ing)?|connect|download|upload|print|use|get in|reach)|(?:needs?|requires?) (?:access|an?|the|to|your|it|help|more|our|this|two|three|\d+)|(?:answers?|responses?|bids?|offers?|replies|comments|it|this|they|proposals?) (?:is|are) (?:due|needed|expected|required)|request for (?:proposals?|quotations?|information|tender)|rf[pqi]\b|invitation to tender|(?:has|have) (?:expired|stopped|failed|crashed|disappeared|gone missing)|(?:is|are) (?:missing|wrong|stuck|broken|late|overdue|incorrect|a problem for us)|error (?:message|code|\d+)|either [^.!?\n]{3,80}\bor\b)/i;
/** It is over: nobody waits any more. */
const SOLVED =
  /\b(?:all (?:clear|good|set|sorted)|(?:works|working|solved|fixed|sorted|resolved|found it)\b[^.!?\n]{0,20}(?:now|again|out|$)|sorry for the noise|never ?mind|no longer (?:needed|an issue)|on hold|put on hold|will not continue)\b/i;
/** A sentence that begins with what somebody is to do. */
const ORDERS =
  /(?:^|[.!?\n]\s*)(?:give|send|get|tell|let|call|show|find|explain|add|correct|extend|confirm|check|help|fix|ring|forward) (?:me|us|somebody|someone|it|them|the|an?|my|our)\b/i;
const OBJECTS =
  /\b(?:too (?:expensive|much|high|pricey|slow|risky)|more than we (?:have|can|planned|budgeted)|over (?:our )?budget|can'?t (?:justify|afford)|don'?t think we can|(?:a|is) (?:concern|problem|issue|deal-?breaker|blocker)|not (?:happy|convinced|comfortable|acceptable)|(?:is|are) offering (?:us|me)|cheaper|need a reason|stop the evaluation|disappoint\w*|frustrat\w*|complain\w*|(?:still )?(?:not working|broken|down|doesn'?t work)|dead in the water|unacceptable)\b/i;
const MOVES_ON =
  /\b(?:(?:isn'?t|is not|not) (?:mine|my (?:area|department|call)|me) (?:any ?more|anymore)?|(?:best|right|better) person (?:is|would be|to (?:talk|speak|contact))|(?:copied|cc'?(?:ed|d)|looping in|introducing|adding) (?:here|in|you)?|(?:i'?ve|i have) (?:moved|left|changed (?:roles?|teams?))|(?:handles|handling|taken over|takes over|took over) (?:this|that|it|from)|meet \w+|let me introduce|i'?d like to introduce|connect(?:ing)? you (?:with|to)|speak (?:to|with) my colleague)\b/i;
const PRICES =
  /\b(?:pric(?:e|es|ing)|cost(?:s|ing)?|quote|how much|rates?|fees?|discount|monthly bill|per (?:user|seat|month)|budget|ball ?park|what (?:it|that|this) does to the (?:monthly )?bill|preis\w*|prix|tarif\w*|precio\w*|preço\w*)\b/i;
const PROPOSES =
  /\b(?:proposal|offer|quote|quotation|order form|statement of work|sow|estimate)\b/i;
const LEGAL =
  /\b(?:contract|agreement|nda|clause|liability|redlines?|mark-?up|lawyers?|legal|dpa|terms|invoice|purchase order|questionnaire|security review|signed)\b/i;
const WANTS =
  /\b(?:go ahead|interested|sounds (?:good|great)|love to (?:hear|learn|see|try)|keen|move forward|sign(?: up)?|get (?:started|the paperwork)|add (?:\w+ )?(?:seats?|users?|licen[cs]es?)|let'?s (?:do|start|go))\b/i;
/** Thanks and news of people who want nothing back. */
const TELLS =
  /\b(?:thanks?|thank you|attached|signed|minutes|reminder|numbers|update|perfect|great news|congrat\w*|welcome|done|finished|sent|shared|received|in case|circle back|onwards|all (?:good|set)|(?:will|(?:i|we)'ll) (?:get back|come back|let you know|revert|be in touch|follow up|send|talk|think|discuss|check|review|sleep)|(?:get|come) back to you|fair enough|good answer|forwarded|you(?:'ll| will) get|ignore my|(?:will|'ll) take it from here|over to you)\b/i;

const isQuestion = (mail: ReadMail) => mail.sentences.some((one) => /\?\s*["”')\]]*$/.test(one));

/** Kinds of talk in a mail, whatever its category. */
export function topicsOf(mail: ReadMail, category: MailCategory): readonly MailTopic[] {
  const { own } = mail;
  const all = `${mail.subject}\n${own}`;
  if (category === "automated") {
    if (BOUNCE.test(`${all}\n${mail.text}`) || /daemon|postmaster/.test(mail.local)) {
      return ["bounce"];
    }
    if (AUTO_REPLY.test(mail.subject) || AWAY.test(own)) return ["out_of_office"];
    return LEGAL.test(all) ? ["legal"] : [];
  }
  if (category === "marketing") return ["newsletter"];
  const asks = isQuestion(mail) || ASKS.test(own) || ORDERS.test(own);
  const topics: readonly (readonly [MailTopic, boolean])[] = [
    ["unsubscribe", LEAVES.test(own)],
    ["not_interested", REFUSES.test(all) && !asks],
    ["booking_request", category === "to_respond" && ASKS_MEETING.test(own)],
    ["pricing_request", category === "to_respond" && PRICES.test(all) && asks],
    [
      "proposal_request",
      category === "to_respond" && PROPOSES.test(own) && WANTS_PROPOSAL.test(own),
    ],
    ["objection", OBJECTS.test(own)],
    ["referral", MOVES_ON.test(own)],
    ["interested", WANTS.test(own) && !REFUSES.test(own)],
    ["legal", LEGAL.test(all)],
    ["question", isQuestion(mail)],
  ];
  return topics.filter(([, is]) => is).map(([topic]) => topic);
}

const WANTS_PROPOSAL =
  /\b(?:send|share|prepare|need|want|like|get|draft|put together|update|revise|provide|have)\b[^.!?\n]{0,60}\b(?:proposal|offer|quote|quotation|order form|statement of work|sow|estimate)\b/i;

function automatedReason(mail: ReadMail): string | null {
  const head = `${mail.subject}\n${mail.text.slice(0, 1500)}`;
  if (AUTO_REPLY.test(mail.subject)) return "an automatic reply";
  if (/daemon|postmaster/.test(mail.local) || BOUNCE.test(head) && !mail.isReply) return "a bounce";
  if (
    AWAY.test(mail.own) && mail.own.length < 700 &&
    !ASKS.test(mail.own.replace(/please contact/gi, ""))
  ) {
    return "somebody who is away";
  }
  const isMachine = MACHINE_LOCAL.test(mail.local);
  const speaksAsMachine = MACHINE_WORDS.test(head);
  if (isMachine && !(BULK.test(mail.text) && PROMOTION.test(head))) return "a machine's address";
  return speaksAsMachine && !mail.isReply && !isPersonal(mail) ? "a machine's words" : null;
}

/** Greets somebody and speaks of itself: a person. */
function isPersonal(mail: ReadMail): boolean {
  return /^(?:hi|hello|hey|dear|good (?:morning|afternoon)|morning|hallo|bonjour|hola|olá|buongiorno)\b/i
    .test(mail.own) || /\b(?:i|i'm|i've|i'd|i'll|my)\b/i.test(mail.own);
}

function isCalendarNotice(mail: ReadMail): boolean {
  return CALENDAR_SUBJECT.test(mail.subject) && !mail.isReply ||
    CALENDAR_NOTICE.test(mail.text.slice(0, 2000)) && HAS_DAY.test(mail.text) &&
      HAS_CLOCK.test(mail.text);
}

function marketingWeight(mail: ReadMail): number {
  // A pitch may pretend to answer; it quotes nothing then.
  const hasThread = mail.isReply && mail.text.length > mail.own.length + 60;
  if (hasThread || mail.isColleague) return 0;
  const head = `${mail.subject}\n${mail.text.slice(0, 4000)}`;
  // A footer of a private mail may offer a newsletter too: what the sender wrote counts.
  const isBulk = BULK.test(mail.own) || BULK.test(mail.text) && !isPersonal(mail);
  let weight = isBulk ? 2 : 0;
  if (PROMOTION.test(head)) weight += BUYS.test(mail.own) ? 0 : 1;
  if (BULK_LOCAL.test(mail.local)) weight += 1;
  const pitch = PITCH.filter((pattern) => pattern.test(mail.own)).length;
  if (BUYS.test(mail.own)) weight -= 2;
  // Of an answer only a plain pitch counts.
  return mail.isReply ? (pitch >= 3 ? pitch : 0) : weight + pitch;
}

/** A person about a concrete event: confirmed, moved or called off. */
function isAboutEvent(mail: ReadMail): boolean {
  const own = `${mail.subject}\n${mail.own}`;
  const namesTime = HAS_DAY.test(own) || HAS_CLOCK.test(own);
  if (!namesTime || mail.own.length > 900) return false;
  const speaksOfEvent = EVENT_WORD.test(own) || HAS_CLOCK.test(own) ||
    new RegExp(`^(?:re:\\s*)?(?:${DAY})`, "i").test(mail.subject);
  if (MOVES.test(mail.own) && speaksOfEvent) return true;
  // "Wednesday same time?" answers about a time and asks nothing else.
  const questions = mail.sentences.filter((one) => one.endsWith("?"));
  const isOnlyTime = questions.length > 0 && mail.own.length < 160 && mail.isReply &&
    questions.every((one) => HAS_DAY.test(one) && HAS_CLOCK.test(one));
  if (isOnlyTime) return true;
  return CONFIRMS.test(mail.own) && speaksOfEvent && mail.own.length < 400 &&
    !(ASKS.test(mail.own) && isQuestion(mail));
}

/** Nothing a business can act on: empty, a scrap, or words about something else entirely. */
function isStray(mail: ReadMail): boolean {
  const words = mail.own.split(/\s+/).filter((word) => /\p{L}{2,}/u.test(word));
  if (words.length === 0) return !mail.isForward && mail.text.trim().length < 200;
  const isAnonymous = /^(?:\+?\d+)$|sms|fax/.test(mail.local) || /sms|fax/.test(mail.domain ?? "");
  const isEmptySubject = /^(?:\(no subject\)|\s*|test|asdf\w*|\?+)$/i.test(mail.subject);
  if (words.length <= 6 && !mail.isReply && (isAnonymous || isEmptySubject)) return true;
  if (/^(?:test|testing|asdf|hello world|ignore)\b[\s\p{L}\d.!]{0,30}$/iu.test(mail.own)) {
    return true;
  }
  return isAnonymous && !isQuestion(mail);
}

/** Words nobody in business goes without, in the languages the rules read. */
const BUSINESS =
  /\b(?:project|product|team|company|customer|client|order|offer|price|contract|invoice|meeting|call|demo|pilot|proposal|report|data|account|licen[cs]e|users?|seats?|system|software|platform|api|support|delivery|site|budget|board|training|documentation|projekt|angebot|rechnung|vertrag|kunde|lieferung|projet|contrat|facture|commande|devis|client|proyecto|contrato|factura|pedido|cliente|projeto|fatura)\b/i;

/** A stranger's private chat: no question to us, none of our topics, not an answer. */
function isMisdirected(mail: ReadMail): boolean {
  return !mail.isReply && !mail.isColleague && !isQuestion(mail) && !ASKS.test(mail.own) &&
    !ORDERS.test(mail.own) &&
    !BUSINESS.test(`${mail.subject} ${mail.own}`) && !TELLS.test(mail.own) &&
    !REFUSES.test(mail.own) &&
    !LEAVES.test(mail.own);
}

function decide(mail: ReadMail): Omit<MailVerdict, "topics"> {
  const of = (category: MailCategory, confidence: number, reason: string) => ({
    category,
    confidence,
    reason,
  });
  if (isCalendarNotice(mail)) return of("calendar_related", 0.95, "a calendar notice");
  const machine = automatedReason(mail);
  if (machine !== null) return of("automated", 0.93, machine);
  const weight = marketingWeight(mail);
  if (weight >= 2) {
    return of("marketing", Math.min(0.95, 0.7 + weight * 0.06), "a mailing or a cold offer");
  }
  if (LEAVES.test(mail.own)) return of("fyi", 0.9, "wants no more mails");
  if (isStray(mail)) return of("uncategorized", 0.7, "nothing to go by");
  if (isAboutEvent(mail)) return of("calendar_related", 0.85, "about an appointment");
  const isBroadcast = mail.isColleague && ROLE_LOCAL.test(mail.local);
  if (isBroadcast && !isQuestion(mail)) return of("fyi", 0.85, "a notice to everybody");
  const isWaiting = !mail.isColleague && NEEDS.test(`${mail.subject}\n${mail.own}`) &&
    !SOLVED.test(mail.own);
  const asks = isQuestion(mail) || ASKS.test(mail.own) || ORDERS.test(mail.own) || isWaiting;
  if (NO_REPLY.test(`${mail.subject}\n${mail.own}`) && !isQuestion(mail)) {
    return of("fyi", 0.9, "says that no answer is needed");
  }
  if (
    REFUSES.test(`${mail.subject}\n${mail.own}`) && !isQuestion(mail) && !OBJECTS.test(mail.own)
  ) {
    return of("fyi", 0.85, "a refusal");
  }
  if (isQuestion(mail)) return of("to_respond", 0.9, "asks a question");
  if (asks || OBJECTS.test(mail.own) || MOVES_ON.test(mail.own) && mail.isReply) {
    return of("to_respond", 0.8, "asks for something");
  }
  if (isMisdirected(mail)) return of("uncategorized", 0.6, "no business of ours");
  if (mail.isReply && WANTS.test(mail.own) && !TELLS.test(mail.own)) {
    return of("to_respond", 0.65, "wants to go on");
  }
  // An outsider who neither thanks nor reports wants something.
  const isNews = mail.isColleague || TELLS.test(`${mail.subject}\n${mail.own}`) ||
    SOLVED.test(mail.own);
  return isNews
    ? of("fyi", 0.7, "tells something and asks nothing")
    : of("to_respond", 0.55, "an outsider's concern");
}

/** Category of a mail by rules; orders in its text are no evidence. */
export function classifyMail(mail: ReadMail): MailVerdict {
  const verdict = decide(mail);
  return { ...verdict, topics: topicsOf(mail, verdict.category) };
}
