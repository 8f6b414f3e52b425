/** The words by which buyers let us know what they think; _buyerSignals.ts reads them. */
import type { Strength } from "./_undertakings.ts";

export type Rule = readonly [pattern: RegExp, strength: Strength];

const PRICE =
  "(?:costs?|prices?|priced|pricing|pay(?:ing)?|charges?|rates?|fees?|ballpark|investment|quote|dollars|pounds|euros|damage|subscription|licen[cs]ing|commercials)";
export const PRICING_RULES: readonly Rule[] = [
  [
    new RegExp(
      `\\b(?:what|how)(?:'s|'re| is| are| does| do| would| will| about| kind of| sort of)\\b.{0,60}\\b${PRICE}\\b`,
    ),
    "explicit",
  ],
  [
    /\bhow much\b(?! (?:time|longer|of (?:that|this|it)|effort|work|experience|data|detail|notice|room|more|better|control|training|support|help|history|say|visibility|flexib|traffic|input))/,
    "explicit",
  ],
  [
    new RegExp(
      `\\b(?:can|could|would|will) you\\b.{0,30}\\b(?:give|send|share|get|walk|break|talk|tell|quote|provide|ballpark|put)\\b.{0,50}\\b(?:${PRICE}|figures?|estimate|number on)\\b`,
    ),
    "explicit",
  ],
  [
    /\bwhat(?:'s| is| does| would| will| do)? (?:it|this|that|one|something like (?:this|that)|the (?:whole )?(?:thing|lot|package)) (?:run|runs|set (?:us|me) back|come (?:out )?(?:to|at)|comes (?:out )?(?:to|at)|work out (?:to|at)|going for|go for)\b/,
    "explicit",
  ],
  // "What lies the price at?", "where stands the price for ten?"
  [
    new RegExp(`\\b(?:what|where|how (?:high|big))\\b.{0,20}\\b(?:the|your) ${PRICE}\\b`),
    "explicit",
  ],
  [
    new RegExp(
      `\\b(?:remind|tell|give) (?:me|us) (?:of |about |again )?(?:the |your |a )?${PRICE}\\b`,
    ),
    "explicit",
  ],
  [
    /\b(?:ballpark|rough (?:number|figure|idea of (?:cost|price))|price (?:range|point|tag)|order of magnitude)\b(?=.{0,40}$)/,
    "explicit",
  ],
  [
    new RegExp(
      `^(?:(?:and|so|okay|ok|well|but|then|great|cool|right)[, ]+)*(?:what about |how about |and )?(?:the )?${PRICE}\\?`,
    ),
    "explicit",
  ],
  [
    new RegExp(
      `\\b(?:need|want|like|love|looking for|curious about|interested in|get|see|have|know|understand)\\b.{0,25}\\b(?:pricing|the price|a price|a quote|prices|the cost|the costs|what (?:it|this) (?:costs|would cost))\\b`,
    ),
    "explicit",
  ],
  [
    /\bwhat (?:are we|am i|would we be|would i be|'re we) (?:looking at|talking(?: about)?)\b(?=.{0,40}\b(?:cost|price|money|dollars|year|month|total|terms of|ball)\b)/,
    "explicit",
  ],
  [
    /\b(?:per (?:seat|user|head|licen[cs]e|site|location|unit|month|year|vehicle|property|agent|device)|by the (?:seat|user|month))\b.{0,30}\?/,
    "strong_implied",
  ],
];
export const NOT_PRICING =
  /\b(?:costs? (?:you|us|them|me|our|your)|costing (?:you|us)|what's that cost|we charge|our (?:price|pricing|fees|rates|customers)|they charge|charge (?:me|us|anyone|them)|(?:conversion|response|error|churn|retention|success|close|win|open|interest|heart|turnover|no-show|occupancy|growth|data) rates?|at any rate|first rate|pay attention|pay off|cost centre|low cost)\b/;

/** A name that is no person of the meeting, no day and no word that only opens the sentence. */
export const NAME = "(?:[A-Z][A-Za-z0-9&'.-]+(?: [A-Z][A-Za-z0-9&'.-]+)?)";
export const COMPETITION_NAMED: readonly RegExp[] = [
  new RegExp(
    `\\b(?:looking at|looked at|look at|looking into|talking to|talked to|talking with|spoke to|spoken to|speaking to|speaking with|evaluat(?:ing|ed)|considering|considered|comparing (?:you )?(?:to|with|against)|compared to|(?:we )?(?:had|got|saw|sat through|did) a demo (?:from|of|with)|had (?=[A-Z]\\w+ (?:in|out|over|round)\\b)|demo(?:ed|'d|ing)?|[Tt]ried|trial(?:l?ed|ling|ing)|shortlisted|met with|meeting with|piloted|piloting|quotes? from|quoted by|proposal from|offer from|pitch(?:ed)? (?:from|by)|switch(?:ing|ed)? to|mov(?:e|ing|ed) to|go(?:ing)? with|went with|stick(?:ing)? with|stay(?:ing)? with|versus|vs\\.?|instead of|better than|cheaper than|against|leaning (?:toward|towards|to)|extending|renew(?:ing)? with)\\s+(?:the |both |also |with |people at |folks at )?(${NAME})`,
  ),
  new RegExp(
    `\\b(${NAME})\\s+(?:came in|come in|comes in|quoted|offers?|offered|charges?|charged|pitched|gave us|sent us|told us|said they|does|do|has|have|can|could|will|would|is|are|was|were|wants?|wanted)\\b.{0,40}\\b(?:at|us|cheaper|less|lower|price|that|this|already|better|same|free|included|faster|feature|integration|quote|proposal|discount|half|module|now|too)\\b`,
  ),
];
/** "ParentHub's in the same area": a name weighed by its price. */
export const RIVAL_COMPARES = new RegExp(
  `\\b(${NAME})(?:'s| is| are|'re| was| were)(?: \\w+){0,3} (?:cheaper|dearer|pricier|similar|in the same|about the same|the same|less|half|more expensive|a lot more|better|worse)\\b`,
);
/** "RentBoss told me two seventy five". */
export const RIVAL_QUOTES = new RegExp(
  `\\b(${NAME})\\s+(?:told|quoted|offered|gave|promised|sent|showed)\\s+(?:me|us)\\b`,
);
export const RIVAL_VISITS = new RegExp(
  `\\b(?:got|have|had|having|with)\\s+(?:the |a guy from |someone from |people from )?(${NAME})\\s+(?:coming|in|out|over|round|doing|pitching|quoting|presenting|demoing|next week|this week|on)\\b`,
);
/** "Turvo's been calling": they are after this buyer. */
export const RIVAL_COURTS = new RegExp(
  `\\b(${NAME})(?:'s| has| have|'ve)(?: also)? been (?:calling|ringing|e-?mailing|chasing|pestering|courting|knocking|after us|onto us|on to us|at us|in touch)\\b`,
);
export const OTHERS_USE = new RegExp(
  `\\b(?:uses|(?:already|currently) (?:\\w+ ){1,4}(?:to|with|through|via)|swears by|(?:work|partner|partnered|signed|refer \\w+) (?:with|to))\\s+(?:the |a )?(${NAME})`,
);
export const COMPETITION_CURRENT: readonly RegExp[] = [
  new RegExp(
    `\\b(?:we use|(?:we've|we have|i've) (?:had|used|been (?:on|using|with))|we're using|we are using|using|we're on|we are on|we've got|we have|currently on|currently use|run on|running on|running|migrat(?:ed|ing) from|came from|coming from|mov(?:ed|ing) (?:off|from)|(?:currently|already|been|we're|are) with|built on|live in|at the moment)\\s+(?:the |an old |old |legacy )?(${NAME})`,
  ),
];
export const COMPETITION_GENERIC: readonly Rule[] = [
  [
    /\b(?:competition|competitors?|rivals?|other (?:\w+ )?(?:vendors?|providers?|suppliers?|companies|firms|agencies|bids?|bidders|platforms?|tools|products|solutions|contenders|players)|the other (?:people|lot|guys|company|side|bidders?|crowd)(?=,| [A-Z]| (?:are|is|said|say|told|tell|want|offer|can|quoted|promis\w*))|another (?:vendor|provider|supplier|company|firm|agency|platform|tool|bid|quote|product)|(?:two|three|four|a few|a couple of|several|some) (?:other|different) (?:\w+ )?(?:options|vendors|providers|suppliers|companies|tools|platforms|quotes|solutions|ones)|cheaper (?:option|alternative|elsewhere|one|quote)|(?:better|lower|cheaper) (?:price|offer|quote|deal) (?:from|elsewhere)|shop(?:ping)? around|alternatives?|also (?:looking|talking|speaking|evaluating)|side[- ]by[- ]side|bake[- ]off|rfp|tender)\b/,
    "explicit",
  ],
  [
    /\b(?:had|have|having) (?:them|somebody else|someone else) (?:out|in|over|round)\b|\bthey (?:quoted|pitched|offered us|came in at|want(?:ed)? (?:us|the \w+ year))\b|\bgo(?:ing)? (?:elsewhere|somewhere else|with someone else)\b|\b(?:incumbent|current (?:vendor|provider|supplier|agency|carrier|broker|partner)|existing (?:vendor|provider|supplier|agency|partner))\b/,
    "strong_implied",
  ],
  [
    /\b(?:differ(?:ent|s|entiates?)?|stand out|compares?|better) (?:from|than|to|with|against) (?:the (?:others|rest|other|competition)|what we have|everyone|other)\b|\bwhy (?:you|should we|would we)\b.{0,30}\b(?:over|instead|rather than)\b/,
    "strong_implied",
  ],
];

export const GOAL =
  /\b(?:go(?:ing|es)? live|gone live|live (?:by|before|in|on)|be live|launch(?:ing|ed)?|in place|up and running|roll(?:ed|ing|s)? ?-?(?:out|over)|start(?:ing|ed)? (?:with|on|in|by|using|before|date|of)|starts? (?:in|on|mid|early|late|the|at)|start date|begin|implement(?:ed|ing|ation)?|deploy(?:ed|ment)?|sign(?:ed|ing)?(?: (?:it|this|off|the))?|decision|decide[ds]?|deciding|make a call|approv(?:e|ed|al)|renew(?:s|al|ing|ed)?|expir(?:e|es|ing|ation)|lapses?|runs? out|rolls over|contract (?:ends?|is up|finish|with)|up for renewal|give notice|notice|deadline|need (?:this|it|something|an answer|to (?:be|have|know|move|decide|pick|choose|start))|working (?:back|towards?|to)|(?:board|committee|council|trustees|panel|partners) (?:meets?|sits?|votes?|meeting|approv)|kicks? in|comes? in(?:to)? (?:force|effect)|takes? effect|(?:need|want|have|got|try|trying|like) to (?:hit|make)|(?:ought|has|have|needs?|got) to be|must be|want(?:ed)? (?:it|this|that) (?:done|in|live|sorted|signed)|budget (?:cycle|year|gets|is|resets|has to|closes)|fiscal|financial year|year[- ]end|busy season|peak|season|audit|go[- ]live|cut ?over|migrat(?:e|ed|ion)|switch(?:ed)? over|moved? over|before then|by then|ready (?:by|for|before)|open(?:s|ing)? (?:in|on|the)|onboard(?:ed)?|trained|done by|wrapped up|finali[sz]ed?|purchase|buy|commit|move (?:on|forward|ahead))\b/;
export const HORIZON =
  /\b(?:january|february|march(?! of)|april|june|july|august|september|october|november|december|q[1-4]|(?:in|by|of|early|late|mid|end of|until|before) may|first quarter|second quarter|third quarter|fourth quarter|(?:this|next|end of (?:the )?)(?: (?:calendar|fiscal|financial))? ?(?:quarter|month|year)|end of (?:the )?(?:summer|season|week)|(?:by|before|after|in|until|at|over|come) (?:the )?(?:summer|spring|fall|autumn|winter|christmas|thanksgiving|easter|valentine's(?: day)?|halloween|ramadan|diwali|eid|christmas|new year|holidays|harvest|rains|rainy season|monsoon|dry season|summer break|break|school year|term|season|semester)|within (?:the next )?\w+ (?:days|weeks|months|quarters?)|(?:next|in|over the next) (?:\w+ ){0,3}(?:weeks|months|days)|year[- ]end|month[- ]end|\d+ (?:days|weeks|months))\b/;
export const PAST_TIME =
  /\b(?:last (?:year|month|quarter|week|summer|time)|in (?:twenty|20)\d*|ago|used to|back in|was in|had been|since|it was (?:the|last|in))\b/;
export const TIMELINE_EXPLICIT: readonly RegExp[] = [
  /\b(?:deadline|drop[- ]dead|hard date|target date|go[- ]live date|start date|time ?line (?:is|we)|we(?:'d| would)? (?:need|have|want|like|hope|plan|aim)\w* (?:to be |to have |this |it |everyone |something |an? )?(?:live|running|signed|decided|in place|up)|board meets|contract (?:ends|expires|is up|lapses)|(?:lapses|expires|renews|rolls over|runs out|is up))\b/,
  /\b(?:need|want|have) (?:this|it|them|everything|something|the \w+) (?:\w+ ){0,4}(?:by|before|in time|for)\b/,
];

export const OBJECTIONS: readonly Rule[] = [
  [
    /\b(?:my|our|the|a|an|one|only|big|main|biggest|real|bit of a|i have a|got a|(?:i|we)(?:'ve| have)? (?:got |have )(?:\w+ )?) ?(?:concerns?|worr(?:y|ies)|hesitation|issues? with|problems? with|trouble with|reservations?|sticking point|hang[- ]?up|niggles?|gripes?|snags?|bugbears?|misgivings?|doubts?|stumbling block|blocker|challenge (?:is|with|would)|problem (?:is|with|would)|fear|question mark|struggle is|pushback|risk (?:is|for us|here))\b/,
    "explicit",
  ],
  [
    /\b(?:i'm|we're|i am|we are|he's|she's|they're|bit|little|really|pretty|quite) (?:\w+ )?(?:concerned|worried|nervous|hesitant|skeptical|sceptical|uneasy|wary|cautious|reluctant|uncomfortable|on the fence|scared|afraid (?:of|that|it|we|this))\b/,
    "explicit",
  ],
  [
    /\b(?:(?:worries|concerns|bothers|scares|annoys|troubles)|(?:do|does|did|will) (?:\w+ )?(?:worry|concern|bother|scare|trouble)|(?:bugging|bothering|worrying|annoying|troubling|nagging|killing)) (?:me|us|him|her|them)\b/,
    "explicit",
  ],
  // Other Englishes say it plainly: "it is not possible from our side", "then it is for us not interesting".
  [
    /\b(?:not possible (?:from|for|on|at) (?:our|my) (?:side|end|part)|(?:not (?:interesting|of interest|useful|acceptable|workable)|uninteresting|no (?:good|use)) (?:for|to) (?:us|me)|for (?:us|me) (?:it is |it's )?(?:not (?:interesting|acceptable|possible|workable)|uninteresting)|(?:was|were|am|are|got) (?:a bit |quite |rather |really )?(?:shocked|taken aback|put off|alarmed|dismayed) (?:by|at|when)|(?:can't|cannot|can not|couldn't) (?:swallow|stomach|bear|absorb|carry|digest|stretch to|live with)|will never (?:allow|accept|agree|approve|permit|go for|wear)|(?:simply|just) (?:can't|cannot|couldn't) (?:use|work|live|run|do|operate)|(?:we're|i'm|we are) (?:gone|out of here)\b)/,
    "explicit",
  ],
  [
    /\b(?:too (?:much|many|few)|(?:awfully|bit|rather) much|(?:too|so|pretty|quite|very|really|awfully|bit|rather) (?:expensive|high|steep|pricey|costly|rich|risky|complicated|long|rigid|slow|heavy|clunky|fiddly|awkward|big a|tight))\b(?! (?:better|of an?|time|to|longer|standard|level|quality|priority|volume|appreciated))|\b(?:big|huge|massive|steep|major|serious|significant|hefty|large) (?:jump|leap|ask|number|increase|hike|commitment|step up|outlay|chunk|bill|cheque|check|hit)\b|\bon the (?:\w+ )?(?:high(?:er)?|pricey|expensive|steep|heavy|rich|costly) side\b|\bmore than (?:i|we)(?:'ve| have|'d| had| can| could| want| wanted| would| was| were| budgeted| planned| expected| thought| pay| got)\b/,
    "explicit",
  ],
  [
    /\b(?:(?:above|over|beyond|outside|out of|exceeds?|more than|higher than|north of) (?:what we|our|the|my) (?:\w+ )?(?:budget\w*|expect\w*|planned|range|approved|had in mind|were (?:expecting|thinking|hoping))|(?:tight|no|limited|small|fixed) (?:\w+ )?budget|(?:froze|frozen|freezing|put a freeze on) (?:\w+ ){0,3}(?:spend(?:ing)?|budgets?|hiring|purchas\w+)|(?:spending|budget|hiring|purchasing) freeze|budget (?:is|was|has been|got|isn't|hasn't|won't|has)\b.{0,25}\b(?:tight|cut|frozen|freeze|gone|limited|allocated|spent|approved)|can't (?:afford|justify|stretch)|hard to justify|significant investment|sticker shock|that's a lot(?! of (?:time|work|people|calls|data|stuff|emails?|manual))|a lot of money|(?:get|got|getting|sneak|squeeze) (?:it |this |that |that number )?(?:past|through|by) (?:my|our|the) (?:cfo|ceo|boss|board|finance|director|team|committee|procurement|owners?|partners?)|going to be a (?:fight|battle|struggle|problem|tough)|stings|a hard sell|tough sell|hard pill)\b/,
    "explicit",
  ],
  [
    /\b(?:deal[- ]?breaker|show[- ]?stopper|non[- ]?starter|unacceptable|not acceptable|insulting|no[- ]go|red flag|roadblock|blocker|sticking point)\b/,
    "explicit",
  ],
  [
    /\b(?:(?:i|we)(?:'m| am|'re| are) not (?:going through|doing|signing|paying|putting|moving|comfortable|convinced|sold|ready|willing|prepared|allowed|going to (?:sign|pay|commit|do|go|put|lock|move|switch))|(?:i|we) (?:can't|won't|couldn't|cannot|wouldn't) (?:be (?:tied|locked|stuck|without|down|exclusive)|sign|commit|approve|agree|accept|move|go ahead|go forward|do that|take that|have|put|risk|justify|lock)|not (?:convinced|sold on|comfortable with|a fan)|don't (?:see how|think (?:we|this|that|it|they)(?:'d| would| can| could|'ll| will)|trust|love (?:the|that|this|\w+ing)|like (?:the|that|\w+ing)|have (?:the )?(?:bandwidth|budget|resources|time|people|headcount|capacity|appetite))|(?:losing|lost|lose) (?:faith|patience|confidence|trust)|running out of patience|fed up|keeps? (?:breaking|failing|crashing|happening|dropping)|not in the market|got burned|been burned|burned by|burnt by|bad experience|got burnt|going through that again)\b/,
    "explicit",
  ],
  [
    /\b(?:(?:legal|security|procurement|finance|compliance|it|the board|our board|lawyers|infosec|leadership|my (?:boss|manager|ceo|cfo|vp)|the team|our (?:team|lawyers|ceo|cfo|it|legal))(?: \w+)? (?:won't|will never|want it|wants it|will push back|pushed back|has (?:an? )?(?:issue|concern|problem|question)|have (?:an? )?(?:issue|concern|problem)|is (?:going to|gonna) (?:push|hate|ask|block|want|kill|have)|are (?:going to|gonna) (?:push|hate|resist|ask|block)|would never|isn't going to|insists?|will not))\b/,
    "strong_implied",
  ],
  [
    /\b(?:stuck with|tied (?:in|into|to)|under contract|still (?:have|in|under) .{0,20}contract|lock[- ]in|penalt(?:y|ies)|early termination|minimum (?:term|commitment))\b/,
    "strong_implied",
  ],
  [
    /\b(?:push[- ]?back|resistance|resist|won't adopt|adoption (?:is|was|problem)|change fatigue|won't use it|hate (?:change|new)|political|won't fly|a stretch|hard time|not (?:a|the) priority|bad timing|not the right time|too early|lost (?:the|our|all|a lot) (?:of )?(?:data|records|history|trust|money|deal|customer)|data loss|downtime)\b/,
    "strong_implied",
  ],
  [
    /\b(?:how (?:confident|sure|do i know|do we know|safe|secure)|what if (?:it|this|that|we|you|they|the|something)|is (?:it|that|our data) (?:safe|secure)|what about (?:security|privacy|compliance|gdpr|data protection|downtime|liability)|where (?:is|does) (?:the|our) data|i (?:hear|heard) (?:that )?(?:it|you|they))\b/,
    "weak_implied",
  ],
];
export const NO_OBJECTION =
  /\b(?:no (?:concerns?|worries|issues?|problem|objections?|hesitation|rush)|not (?:a|an|any|really a|too) (?:problem|concern|issue|worried|concerned|bad|much|deal)|don't have (?:any )?(?:concerns?|problems?|issues?|objections?)|too much (?:trouble|detail)|isn't (?:a|an) (?:problem|issue|concern)|wasn't (?:a|an)|without (?:any )?(?:issues?|problems?)|my only job|not worried|less (?:risky|expensive)|so much (?:better|easier|time)|pretty (?:high|much|big|long) (?:on|everything|all|the)|would save|thank you so much|so much for)\b/;

const ROLE =
  "(?:c[efitosr]o|ciso|chief \\w+ officer|vp|director|manager|boss|head of \\w+|head|lead|partner|owner|president|controller|counsel|lawyers?|accountant|legal|procurement|finance|security|it|infosec|compliance|hr|engineering|ops|operations|team|people|guy|person|colleague|committee|board|contractor|consultant|wife|husband|brother|sister|assistant|champion|sponsor|chair(?:man|woman|person)?|principal|headteacher|headmaster|founder|treasurer|secretary|trustees?|bursar|mayor|director general|deputy|stakeholders?)";
export const STAKEHOLDER_RULES: readonly Rule[] = [
  [
    new RegExp(
      `\\b(?:you(?:'ll| will|'d| would| should| could| might)?(?: probably| really| definitely| also)? (?:should|want to|need to|have to|ought to|could|can)? ?(?:talk|speak|chat|meet|connect|be talking) (?:to|with))\\b(?! (?:you|us|me|them about)\\b)`,
    ),
    "strong_implied",
  ],
  [
    new RegExp(
      `\\b(?:we(?:'ll| will|'d| should| need to| have to| want to)|i(?:'d want to|'d like to|'d love to|'ll| will|'d| should| need to| have to| want to| would like to)|let's|let me|happy to|can)(?: probably| also| definitely)? (?:get|bring|loop|pull|have|include|invite|involve|add|rope|drag|fetch|haul) (?:in )?(?:my |our |the )?(?:[\\w-]+ ){0,3}?(?:in|into|on|along|involved|to (?:the|that|our)|join)\\b(?! (?:place|touch|writing|time|track|board|it|this|that|the (?:calendar|diary)))`,
    ),
    "strong_implied",
  ],
  [
    new RegExp(
      `\\b(?:my|our|the) (?:[\\w-]+ ){0,2}${ROLE}\\b.{0,25}\\b(?:(?:should|needs? to|has to|will need to|will want to|would want to|would need to|must|wants to|will|would)(?: probably| definitely| also)? (?:be (?:on|in|part|involved|there|at|looped)|join|sit in|attend|see (?:this|it|a|the)|sign off|approve|weigh in|review|meet|have a look|take a look|get involved|give the))`,
    ),
    "strong_implied",
  ],
  [
    /\b(?:introduce|connect) (?:you|us|me) (?:to|with|and)\b|\b(?:make|do) (?:an|the) intro(?:duction)?\b|\b(?:cc|copy|loop)(?:ing)? (?:in |him|her|them)\b/,
    "explicit",
  ],
  [
    /\b(?:please|kindly|do|also) (?:include|add|invite|copy|involve|mark|loop in) (?!(?:the|an?|that|this|it|all|any|some|your|tax|gst|vat|me|us|everything|\d+)\b)[a-z]+(?: [a-z]+)? (?:also|too|as well|in (?:the loop|copy|cc)|on (?:the|that) (?:call|mail|invite)|to the (?:call|invite|meeting|mail))\b/,
    "explicit",
  ],
  [
    /\b(?:should|could|can|will|would) (?:i|we) (?:bring|invite|include|loop in|get|add|have) (?:him|her|them|[a-z]+ (?:in|on|along|to|involved))\b/,
    "strong_implied",
  ],
];

/** We asked who else is in the race: a product named in the answer is a rival. */
export const ASKS_FOR_RIVALS =
  /\b(?:any(?:one|body) else|(?:have|got|use|using) (?:anything|something|anyone|someone|a \w+) in place|who (?:handles|looks after|covers) (?:that|this|it)|other (?:vendors?|options?|tools?|providers?|suppliers?|platforms?|solutions?|companies)|alternatives|competitors?|compar(?:e|ed|ing)|who else (?:are|have|did|is)|evaluat(?:e|ed|ing)|shop(?:ped|ping) around|considering (?:any|other))\b/;
/** We asked when: any horizon of the answer is a date to live by. */
export const ASKS_FOR_DATE =
  /\b(?:(?:is|have|got|was) (?:there |you |you got )?(?:an?|any|some) (?:\w+ )?(?:date|deadline|event|time ?line|time ?frame)|(?:what(?:'s| is)|how's) (?:the|your) (?:\w+ )?(?:timing|time ?line|time ?frame|deadline|date|urgency)|when (?:do|would|did|are|were|does) (?:you|this|it) (?:\w+ ){0,3}(?:need|want|like|hope|hoping|looking|live|start|decide|sign|have|be)|how (?:soon|quickly|urgent)|working (?:back|towards?)|by when)\b/;

/** Capitalised, and no product that competes. */
export const NO_PRODUCT =
  /^(?:I|I'm|I'll|I'd|I've|A|The|It|It's|That|That's|This|They|We|We're|You|He|She|There|And|But|So|Yeah|Yes|No|Okay|OK|Well|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|January|February|March|April|May|June|July|August|September|October|November|December|Q[1-4]|IT|HR|CRM|ERP|API|SSO|CEO|CFO|CTO|COO|CIO|VP|PDF|ROI|GDPR|AI|US|UK|EU|TMS|SMS|PO|NDA|MSA|SOW|SLA|English|Christmas|Easter|What|How|When|Who|Where|Why|If|Our|My|Your|All|Legal|Finance|Procurement|Security|Excel|Google Sheets|Word|Zoom|Teams|Slack)$/;
