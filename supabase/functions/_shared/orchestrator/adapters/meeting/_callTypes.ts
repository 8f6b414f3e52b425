import type { CrmCallType } from "../../../ports/crm.ts";
import type { Sentence } from "./_transcript.ts";

/** What talk of one kind sounds like. A sentence counts once per profile. */
interface Profile {
  /** Names by which organisations call it. */
  readonly names: RegExp;
  /** In the meeting's title; people who plan a call name it. */
  readonly title: RegExp;
  readonly talk: RegExp;
  /** Worth of one sentence: how much the words mean by themselves. */
  readonly weight: number;
}

const PROFILES = {
  discovery: {
    names: /^(?:discovery|intro(?:ductory)?|qualification|first|cold|prospecting)\b/,
    title:
      /\b(?:discovery|intro(?:duction|ductory)?|qualification|cold call|first (?:call|meeting|chat|conversation|talk)|exploratory|needs|scoping|initial|prospecting|outreach|outbound|connect|get to know|inbound)\b/,
    talk:
      /\b(?:(?:catch|caught|got) you at a (?:bad|good|busy) (?:time|moment)|is (?:this|now|it) a (?:bad|good) time|(?:have|got) (?:anything|something|anyone|someone) in place|most (?:\w+ ){1,2}(?:i|we) (?:talk|speak) (?:to|with)|(?:i'd be|i'm|we'd be|we're) open to (?:it|that|a|having)|what (?:made|prompted|brought|led|triggered) you|how (?:do|does|are|is) (?:\w+ ){1,4}(?:today|nowadays|right now|at the moment|these days)|what happens when|how often (?:is|are|do|does)|who feels it|(?:have|did) you (?:ever )?look(?:ed)? at (?:any|some|other|another|alternatives)|does that (?:sound|ring)|who (?:besides|other than|apart from) you|is it (?:only|just) you who|you don't know me|what (?:got|has) you|reached? out|fill(?:ed)? (?:out|in) the form|(?:tell|talk) (?:me|us) (?:a (?:bit|little) )?(?:more )?(?:about|through) (?:your|how you|the)|walk me through (?:your|how|what|the)|how (?:do|are|is|does) (?:you|your|the team|that)(?: \w+)? (?:currently|handl|manag|do|doing|track|work|today|deal|run|set up)|what (?:does|do|'s|is|are) (?:your|the|that) .{0,40}(?:look like|process|set ?up|landscape|workflow|stack|challenge|goal|priorit)|pain|challenges?|struggl\w+|drowning|bottleneck|impact (?:been|of|on)|who else (?:is|gets|would|needs|has)|decision[- ]mak\w+|decision process|is there a (?:date|deadline|budget)|date you're working|what would (?:success|good|ideal)|how many (?:people|users|reps|employees|sites|locations|staff|trucks|customers|orders|tickets|stores|vehicles|agents|properties|patients)|(?:good|bad) time to (?:talk|chat)|caught you|catch you|reason (?:for my|i'm|i) call|calling (?:from|because|about)|never heard of|what are you using|what do you use|current(?:ly)? (?:process|using|use|system|set ?up)|ask(?:ing)? (?:you )?(?:a (?:bunch|few|couple) of )?questions|fair to say|hearing you|biggest)\b/,
    weight: 1,
  },
  demo: {
    names: /^(?:demo|demonstration|product demo|walk-?through|presentation|proof of concept|poc)\b/,
    title:
      /\b(?:demo(?:nstration)?|walk-?through|product tour|poc|proof of concept|show(?:case)?|deep dive|presentation)\b/,
    talk:
      /\b(?:(?:i'm|i am|i'll|let me|i) (?:just )?(?:shar(?:e|ing) (?:my|the|now|it)|sharing)|sharing (?:my|now)|(?:can|do) (?:you|everyone|everybody|you all|you guys) (?:all )?see (?:my|the|this|that|it)|see my screen|(?:let me|i'll|i can|i'm going to|i'm gonna) (?:just )?(?:show|click|open|pull up|drag|scroll|jump into|switch to|bring up)|(?:as )?you can see|what you(?:'re| are) (?:seeing|looking at)|(?:on|in) the (?:left|right|top|bottom|corner|sidebar|menu|dashboard|screen)|(?:this|that|the|each) (?:here )?(?:is|'s) (?:the|your|where|what|everybody|a) .{0,30}(?:screen|page|dashboard|view|list|tab|column|record|report|queue|inbox|calendar|board|map)|(?:this|the|that|each) (?:screen|page|tab|button|view|column|row|field|icon|dashboard|drop-?down|list here|chart|widget|panel|filter)\b|if (?:i|you) (?:click|drag|hover|scroll|go (?:in|to|over|back)|type|tap|select|open|change)|(?:i|you) (?:just )?(?:click|drag|hover|tap|scroll)|see (?:there|here|how|that)|next (?:is|up is|thing i'll show)|gonna drive|right here|over here|up here|pops up|so (?:now|here) (?:i|you|it|we))\b/,
    weight: 1.1,
  },
  close: {
    names: /^(?:clos(?:e|ing)|negotiation|contract|commercial|procurement|proposal review)\b/,
    title:
      /\b(?:clos(?:e|ing)|negotiat\w+|contracts?|terms|commercials?|procurement|pricing|offer|quotation|proposal(?: review)?|redlines?|signature|final|order form|paperwork|legal)\b/,
    talk:
      /\b(?:contracts?|redlines?|mark-?up|order form|msa|master (?:services )?agreement|dpa|sow|statement of work|terms(?: and conditions)?|liability|indemni\w+|uncapped|clauses?|exit clause|termination|auto[- ]?renew\w*|procurement|vendor (?:form|onboarding|setup)|purchase order|po number|signatures?|countersign\w*|sign(?:ed|ing)?(?: (?:it|this|the|off|by|before))?|docusign|legal(?: team)?|lawyers?|counsel|discounts?|payment (?:terms|profile|schedule)|net (?:30|60|45|thirty|sixty|forty)|up ?front|annual(?:ly)? (?:in advance|prepay|commitment)|(?:one|two|three|multi)[- ]year (?:term|deal|commitment|contract)|month-to-month|per (?:cent|annum)|percent (?:off|discount)|best (?:price|you can do)|come down|meet (?:you|us) (?:at|in the middle)|agreement|budget(?:s|ary)?|price|pricing|waive|credit(?:ed)? toward|money[- ]back|board (?:approv\w+|sees)|start date|quote)\b/,
    weight: 0.8,
  },
  customer_success: {
    names:
      /^(?:customer success|cs|success|onboarding|account (?:review|management)|qbr|renewal|business review|check-?in|kick-?off|implementation|training)\b/,
    title:
      /\b(?:onboarding|kick-?off|qbr|(?:quarterly |monthly |annual )?(?:business |account |service )?review|renewal|check-?in|customer success|health check|adoption|training|implementation|account|rollout|go-live)\b/,
    talk:
      /\b(?:onboard(?:ing|ed)?|renew(?:al|als|ing)|qbr|business review|adoption|usage|log(?:ged|ging)? ?-?ins?|active users|licen[cs]es|seats (?:you|are|in use)|health score|since (?:you|we) (?:went live|launched|started|rolled out|signed|switched|onboarded|kicked off)|(?:went|gone|been) live|how(?:'s| is| are| has) (?:it|everything|the (?:team|rollout)|things|you|folks|people) (?:been )?(?:going|finding|getting on|using|settling|liking)|your (?:account|plan|subscription|instance|workspace|renewal)|last (?:quarter|review|time we (?:met|spoke|talked))|success plan|nps|csat|utili[sz]ation|upgrade (?:to|your)|expand(?:ing)?|power users?|champions?|training (?:session|sessions|for|the)|train the|roll(?:ed|ing)? (?:it )?out to|phase (?:one|two|1|2)|milestones?|admin (?:user|rights|training)|feature request|roadmap|data import|first (?:week|month)|existing customer|been (?:a customer|with us|with you))\b/,
    weight: 1,
  },
  support: {
    names: /^(?:support|technical support|help ?desk|troubleshooting|incident|service)\b/,
    title:
      /\b(?:support|case|ticket|incident|outage|issue|troubles?|troubleshoot\w*|bug|escalation|error|help ?desk|problem|debug\w*|down)\b/,
    talk:
      /\b(?:tickets?|case (?:number|id)|bugs?|errors?|error (?:code|message)|outage|(?:is|was|went|been|it's|keeps?|goes) (?:going )?(?:down|offline)|(?:not|isn't|doesn't|stopped|won't|aren't|wasn't|don't|never) (?:working|work|loading|load|syncing|sync|showing|sending|printing|connecting|connect|updating|responding|respond|opening|marking|going through|coming through|arriving)|broken|crash\w*|freez\w*|froze\w*|frozen|logs?|stack trace|reproduc\w+|restart\w*|reboot\w*|reinstall\w*|workaround|root cause|escalat\w+|troubleshoot\w*|clear (?:your|the) cache|log out|fail(?:s|ed|ing|ures?)|timeouts?|timing out|incident|hot ?fix|patch(?:ed)?|five hundred|four oh \w+|forbidden|firewall|allow ?list|since (?:friday|monday|yesterday|this morning|the (?:update|upgrade|migration|release))|try (?:it|that) (?:again|now)|refresh|replay|what (?:version|browser|error)|screenshot|reset (?:the|your)|i'm sorry about|sorry about that|apologi[sz]e)\b/,
    weight: 1.1,
  },
  internal: {
    names: /^(?:internal|team|stand-?up|pipeline|1:1|one[- ]on[- ]one)\b/,
    title:
      /\b(?:stand-?up|sprint|retro(?:spective)?|internal|team|pipeline|forecast|planning|all[- ]hands|1:1|sync|weekly|project|post-?mortem|handover|debrief|kick-?off|brainstorm|steering)\b/,
    talk:
      /\b(?:stand-?up|sprint|backlog|retro|deploy(?:ed|ment)?|pull request|in review|code|merge|jira|on call|pipeline|forecast|commit (?:number|for)|quota|territory|our (?:customers?|pipeline|team|roadmap|competitors)|the (?:client|customer|prospect|account) (?:wants|said|is|has)|hackathon|design (?:team|meeting)|project manager|minutes|marketing|industrial designer|user interface|next meeting|yesterday i|today i'm)\b/,
    weight: 0.6,
  },
  recruiting: {
    names: /^(?:recruit\w*|interview|hiring|screening|candidate)\b/,
    title: /\b(?:interview|recruit\w*|candidate|screening|screen|hiring|onsite|applicant)\b/,
    talk:
      /\b(?:interviews?|interviewing|candidates?|resume|cv|notice period|salary|compensation (?:range|expect\w+)|expectations? (?:on|around|for) (?:pay|salary|comp)|base pay|hiring (?:manager|process|team)|(?:this|the) (?:role|position)|role (?:here|is)|job (?:description|posting|ad)|your (?:background|career|experience|last (?:role|job)|current (?:role|job|employer))|tell (?:me|us) about (?:yourself|a time|your)|years? of experience|why (?:do you want|are you (?:leaving|looking)|this company|us\b)|visa|sponsorship|work permit|references|offer letter|take[- ]home|technical (?:round|interview)|next (?:round|stage)|recruiter|proud(?:est)? of|strengths|weakness(?:es)?|remote or|relocat\w+|graduat\w+|degree|direct reports|when could you start|available to start)\b/,
    weight: 1.2,
  },
  other: {
    names: /^(?:other|misc\w*|general|partner(?:ship)?)\b/,
    title:
      /\b(?:partner(?:ship)?s?|alliance|reseller|channel|co-?marketing|press|media|podcast|investor|board|vendor|supplier|agency|analyst|webinar|sponsor\w*|referral|conference|community|university|panel|advisory)\b/,
    talk:
      /\b(?:partner(?:ship|ships|ing|s)?|resell(?:er|ers|ing)?|referral (?:fee|partner|program|agreement)|referrals?|co-?(?:marketing|sell(?:ing)?|host(?:ed)?|brand(?:ed)?)|joint (?:webinar|customers?|go-to-market|case study|press)|rev(?:enue)? ?share|commission|integration partner|marketplace|listing|press release|journalist|article|podcast|episode|sponsor(?:ship)?|booth|investors?|funding|term sheet|valuation|our (?:shared|mutual|joint) (?:customers?|clients?)|both (?:our )?(?:companies|teams|sides)|webinar|speakers?|panel|agency|margin|distribut(?:or|ion)|tier(?:ed)? partner|affiliate)\b/,
    weight: 1.3,
  },
} as const satisfies Readonly<Record<string, Profile>>;

type Kind = keyof typeof PROFILES;

const type = (name: Kind, description: string, isSales: boolean): CrmCallType => ({
  id: null,
  name,
  description,
  keywords: [],
  is_sales: isSales,
  enable_coaching: isSales,
});

/** What organisations that configured none work with. */
export const DEFAULT_CALL_TYPES: readonly CrmCallType[] = [
  type("discovery", "First or early sales talk about needs and fit, including cold calls", true),
  type("demo", "Sales meeting whose main part shows the product to a prospect", true),
  type("close", "Sales meeting about price, contract terms, procurement or signature", true),
  type("customer_success", "Onboarding, review or renewal talk with an existing customer", false),
  type("support", "Fault, outage or technical help for an existing customer", false),
  type(
    "internal",
    "Only people from our own side: standup, pipeline review, project meeting",
    false,
  ),
  type("recruiting", "Interview with a candidate", false),
  type("other", "Anything else with outside people, for example a partner meeting", false),
];

export interface CallTypeScore {
  readonly type: CrmCallType;
  readonly score: number;
  /** The kind of talk it was judged as; null for a type of the organisation's own. */
  readonly kind: string | null;
  readonly isTitled: boolean;
  readonly sentences: readonly Sentence[];
}

export interface CallFacts {
  readonly title: string;
  readonly sentences: readonly Sentence[];
  /** Null when attendees are unknown. */
  readonly isInternal: boolean | null;
}

const TITLE_SCORE = 5;
/** More of the same tells no more: long meetings must not win by length. */
const SENTENCE_CAP = 9;
/** Characters of talk in which keywords are looked for: a call shows early what it is. */
const KEYWORD_REACH = 5000;

/** Scores every configured type against title and talk, best first. */
export function scoreCallTypes(types: readonly CrmCallType[], facts: CallFacts): CallTypeScore[] {
  const title = facts.title.toLowerCase();
  return types.map((configured): CallTypeScore => {
    const kind = kindOf(configured.name);
    const own = scoreKeywords(configured, facts);
    if (kind === null) return { type: configured, kind, isTitled: false, ...own };
    const profile: Profile = PROFILES[kind];
    const sentences = facts.sentences.filter(({ words }) => profile.talk.test(words));
    const isTitled = profile.title.test(title);
    let score = Math.min(sentences.length, SENTENCE_CAP) * profile.weight + own.score;
    if (isTitled) score += TITLE_SCORE;
    // Only colleagues make a meeting internal, and then nothing else is.
    if (kind === "internal") {
      if (facts.isInternal === true) score += 100;
      else if (facts.isInternal === false) score = 0;
    }
    return { type: configured, kind, isTitled, score, sentences };
  }).sort((a, b) => b.score - a.score);
}

function kindOf(name: string): Kind | null {
  const normal = name.toLowerCase().replace(/[_-]+/g, " ").trim();
  const kinds = Object.keys(PROFILES) as Kind[];
  return kinds.find((kind) => PROFILES[kind].names.test(normal)) ?? null;
}

/** Two points per keyword said, three for the type's name, half of one per word of the description. */
function scoreKeywords(
  configured: CrmCallType,
  facts: CallFacts,
): { score: number; sentences: readonly Sentence[] } {
  const said = facts.sentences.map((sentence) => sentence.words).join(" ")
    .slice(0, KEYWORD_REACH);
  const text = ` ${`${facts.title.toLowerCase()} ${said}`.replace(/[^\p{L}\p{N}]+/gu, " ")} `;
  const isSaid = (phrase: string) => {
    const normal = phrase.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim();
    return normal !== "" && text.includes(` ${normal} `);
  };
  const keywords = configured.keywords.filter(isSaid);
  let score = keywords.length * 2;
  if (kindOf(configured.name) === null) {
    if (isSaid(configured.name)) score += 3;
    const described = configured.description.toLowerCase().match(/\p{L}{5,}/gu) ?? [];
    score += described.slice(0, 10).filter(isSaid).length * 0.5;
  }
  const sentences = facts.sentences.filter(({ words }) =>
    keywords.some((keyword) => words.includes(keyword.toLowerCase()))
  );
  return { score, sentences };
}
