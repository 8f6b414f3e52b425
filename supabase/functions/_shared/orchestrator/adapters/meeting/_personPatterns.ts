/** The words by which a capitalised word is told to be a person, and whose. */

const NAME_WORD = "\\p{Lu}\\p{Ll}+(?:['’-]\\p{Lu}?\\p{Ll}+)*";
export const NAME = new RegExp(
  `(?<![\\p{L}\\p{N}'’.-])(?:(?:Mr|Mrs|Ms|Dr|Doctor|Prof|Professor|Sir)\\.? )?${NAME_WORD}(?: (?:(?:van|de|von|der|den|del|da|di|dos|la|le|bin|al|el) ){0,2}(?:(?:O'|O’|Mc|Mac)?${NAME_WORD}|\\p{Lu}(?=\\p{Lu}\\p{Ll})${NAME_WORD})){0,2}(?![\\p{L}\\p{N}])`,
  "gu",
);

/** Capitalised, and never a person: openings of sentences, days, well known products, departments. */
export const NO_NAME = new Set(
  ("i i'm i'll i've i'd a an the and but or so if then that that's this these those it it's its he he's she she's they they're we we're we'll we've we'd he'd she'd they'd you'd it'd that'd who'd he'll she'll they'll it'll you've you " +
    "you're you'll my our your his her their there there's here here's what what's when where which who who's why how yes yeah yep yup no nope nah okay " +
    "ok well oh ah um uh right great good perfect sure cool fine nice lovely brilliant awesome excellent absolutely exactly definitely thanks thank hi " +
    "hey hello bye morning afternoon evening please sorry now today tomorrow yesterday monday tuesday wednesday thursday friday saturday sunday january " +
    "february march april may june july august september october november december let let's can could would should will shall do does did is are was " +
    "were have has had not just also maybe probably actually honestly basically because before after about all any some every everyone everybody someone " +
    "somebody nobody anyone one two three four five six seven eight nine ten first second third next last once since until while with without for from " +
    "to in on at by of off over under up down out as than like look listen got get give go going come see say said tell ask send make take put need want " +
    "think know mean guess suppose wait hold agreed understood interesting alright correct true same another other both each most many much more less " +
    "legal finance procurement purchasing marketing sales support security engineering compliance operations accounting accounts product design hr it " +
    "board management leadership english french german spanish italian dutch american british european indian australian canadian asia europe america " +
    "africa australia canada india germany france spain italy brazil mexico london paris berlin sydney melbourne chicago boston dublin madrid toronto " +
    "vancouver singapore tokyo christmas easter ramadan diwali thanksgiving internet excel outlook slack zoom teams google microsoft salesforce hubspot " +
    "oracle sap stripe quickbooks xero zendesk jira github aws azure amazon apple linkedin facebook whatsapp netsuite workday shopify asana trello notion " +
    "dropbox docusign sharepoint python java docker kubernetes postgres android windows safari chrome firefox cloudflare god jesus lord mum mom dad")
    .split(" "),
);

const DEPARTMENT =
  "(?:finance|legal|procurement|purchasing|it|i t|security|infosec|ops|operations|engineering|marketing|sales|hr|people|accounts|accounting|compliance|product|data|treasury|facilities|logistics|dispatch|the warehouse|payroll|tax|quality|safety|risk|it security|customer (?:success|service|support)|the board|the bank|head office|corporate|the plant|the shop floor|admin|reception|estates|planning|billing|the lab|clinical)";
const TITLE =
  "(?:c[a-z]{1,2}o\\b|chief (?:\\w+ ){1,3}officer|(?:svp|evp|vp|vice president)(?: of)?(?: \\w+){0,2}|head of (?:\\w+ ?(?:and \\w+)?){1,2}|(?:managing |regional |finance |technical |it |operations |medical |clinical |sales |general |executive |creative |commercial )*(?:director|manager)(?: of \\w+(?: \\w+)?)?|(?:\\w+ ){0,2}(?:lead|officer|architect|engineer|administrator|admin|controller|accountant|lawyer|solicitor|attorney|counsel|buyer|contractor|consultant|analyst|coordinator|supervisor|partner|co-?owner|owner|founder|co-?founder|president|secretary|treasurer|bookkeeper|foreman|superintendent|broker|banker|adviser|advisor|auditor|nurse|dentist|surgeon|principal|dean|bursar|chair|chairman|chairwoman|trustee|developer|designer|assistant|planner|specialist|executive|scheduler|dispatcher|trainer|sponsor|champion|registrar|surveyor|agent|hygienist|receptionist|technician|guy|person|lady|gal|woman|man|bloke|chap|fella|lad|in[- ]?charge|boss|colleague|counterpart|deputy|successor|chief|gm|md|cto|ceo|cfo|coo|cio|ciso)\\b)";
const OWNER = "(?:our|my|the|their|a|an|this|one of our|one of my)";

interface Pattern {
  readonly find: RegExp;
  readonly weight: number;
  /** Group that holds the role. */
  readonly role?: number;
}

/** Read on what follows the name; "@" stands for the name's end. */
export const AFTER: readonly Pattern[] = [
  {
    find: new RegExp(
      `^,? (?:who's |who is |he's |she's |they're |that's |is |was |as )?(?:also |actually |basically |now )?${OWNER} ((?:new |old |other |current |acting |interim |lead |senior |junior |part time )?${TITLE})`,
    ),
    weight: 3,
    role: 1,
  },
  {
    find: new RegExp(
      `^,? (?:(?:over |up |down )?(?:from|in|at|on)) (?:our |my |the )?(${DEPARTMENT})\\b(?! (?:is|was|platform|system|tool|software))`,
    ),
    weight: 3,
    role: 1,
  },
  {
    find:
      /^,? (?:who |he |she |and she |and he )(?:runs|heads(?: up)?|leads|owns|handles|manages|looks after|does|oversees|is responsible for|is in charge of|looks at|deals with|signs|approves|holds) (?:all |our |the |all the |all of the )?([\w ]{2,30}?)(?=[,.;]|$| and | so | but )/,
    weight: 2.5,
    role: 1,
  },
  // "a new regional, Beatriz, she started last week"
  { find: /^, (?:and )?(?:she|he)(?:'s|'ll|'d| )/, weight: 1.5 },
  {
    find:
      /^(?:'s| is| was) (?:the one|the person|the guy|the lady|the woman|the man|someone|somebody|on (?:leave|holiday|vacation|maternity|paternity|pto)|out (?:until|till|this|next)|in charge|responsible|retiring|leaving|joining|back (?:on|from|next)|new|the decision|the budget|the sponsor|the blocker|running|leading|handling|managing|copied|gonna|going to|very|pretty|really|quite|a (?:stickler|sceptic|skeptic|fan|numbers|details?))\b/,
    weight: 2,
  },
  {
    find:
      /^(?:'ll| will|'d| would| can| could| should| might| may| needs? to| has to| have to| wants? to| wanted to| must| tends to) (?:also |probably |definitely |just |then |still |not |never |always |want|wanna)*(?: )?(?:know|want|need|have|ask|sign|approve|decide|be (?:the|on|involved|able|in|happy|interested|back|out|keen)|join|see|look|look after|say|tell|come|care|push|block|veto|review|weigh|give|take|make|handle|send|get|help|confirm|check|agree|love|hate|like|think|talk|speak|pull|run|own|answer|understand|find|do|go|worry|kill|insist|support|back)\b/,
    weight: 1.5,
  },
  {
    find:
      /^ (?:handles|runs|owns|decides|signs|approves|knows|heads|leads|manages|looks after|asked|said|says|told|thinks|wants|needs|likes|hates|worries|insists|reports to|sits in|does (?:all|our|the)|joined|left|retired|built|set it up|keeps|mentioned|reckons|raised|pushed|controls|holds|reviews|oversees)\b/,
    weight: 1.5,
  },
  {
    find:
      /^'s (?:team|boss|sign[- ]?off|approval|blessing|budget|call|decision|desk|office|email|e-mail|number|calendar|diary|department|group|view|opinion|concern|question|replacement|assistant|people|project|baby|inbox|okay|ok)\b/,
    weight: 2,
  },
  {
    find:
      /^ (?:in|on|onto|into|along|across|up to speed)(?: on| to)?(?: the| this| that| it| board| copy| a| our| future)*(?:$|[,.;!?]| (?:call|thread|email|demo|meeting|loop|invite|next|too|as well|early|so|and|then|for|once|after|before|if|when|conversation|project))/,
    weight: 0.5,
  },
];

/** Read on what stands before the name. */
export const BEFORE: readonly Pattern[] = [
  // "My office manager deals with the policy, Carla Jimenez": the name comes last, as an afterthought.
  {
    find: new RegExp(`\\b(?:our|my) ((?:\\w+ ){0,2}?${TITLE}) [^,.;]{3,50}, $`),
    weight: 2.25,
    role: 1,
  },
  {
    find: new RegExp(
      `\\b(?:${OWNER}|his|her) ((?:new |old |other |current |acting |interim |lead |senior |junior )?${TITLE}|boss|colleague|manager)(?:,| is|'s| called| named|, that's|, it's| -|,? called)? $`,
    ),
    weight: 3,
    role: 1,
  },
  {
    find:
      /\b(?:loop(?:ing)?|rop(?:e|ing)|bring(?:ing)?|get(?:ting)?|pull(?:ing)?|add(?:ing)?|cc|copy(?:ing)?|invit(?:e|ing)|includ(?:e|ing)|involv(?:e|ing)|hav(?:e|ing)|drag(?:ging)?|keep(?:ing)?|bcc|tag) (?:in |also |both |my |our )?$/,
    weight: 1.5,
  },
  {
    find:
      /\b(?:introduc(?:e|ing) (?:you|him|her|them|us) to|connect(?:ing)? (?:you|us) (?:with|to)|put(?:ting)? (?:you|us) in touch with|(?:speak|talk|chat|check|confirm|clear it|align|sit down|catch up|discuss (?:it|this)|meet|work|verify|deal|spoke|talked|met|agreed) (?:to|with)|(?:run|get|put|push) (?:it|this|that|everything) (?:by|past|through|in front of|over to)|report(?:s|ing)? (?:in)?to|sign[- ]?off from|approval from|blessing from|okay from|hear from|word from|convince|persuade|warn(?:ed)?|brief|ask(?:ed|ing)?|tell|told|email|e-mail|message|ping|nudge|chase|remind|send (?:it|that|this|them|everything) to|forward (?:it|that|this) to|show(?:ed)? (?:it|this|that)? ?(?:to)?|copy in|get hold of|wait(?:ing)? (?:for|on)|depends on|up to|down to|down with|name(?:d| is|'s)|called|it's|that's|that'd be|that would be|would be|is|replaced by|taken over by|sits with|goes to|go through|gone to|belongs to|someone called|a (?:guy|lady|woman|man|chap|colleague|person) (?:called|named)|in front of) (?:also |probably |both |my |our |directly )?$/,
    weight: 1.25,
  },
  { find: /\b(?:me|us|you|myself|him|her|(?:\p{Lu}\p{Ll}+)),? (?:and|or|plus) $/u, weight: 0.75 },
];

/** What speaks for a company, a product or a place. */
export const THING_BEFORE =
  /\b(?:use|uses|used|using|on|running|run|via|through|switch(?:ed|ing)? (?:from|to|over to)|mov(?:e|ed|ing) (?:from|to|off)|migrat\w+ (?:from|to)|export from|import (?:from|into)|integrat\w+ with|sync\w* (?:with|to)|plug\w* into|built on|log(?:ged)? into|than|versus|vs|like|compet\w+|extend(?:ing)?|the|an?|this|in|near|outside|around|at|based in|office in|flying to|over in|up in|down in|visit(?:ing)?|bought|buy|sell|licen[cs]e|from) $/i;
export const THING_AFTER =
  /^(?:'s)? (?:platform|system|portal|contract|api|integration|module|product|app|tool|software|suite|licen[cs]e|account|database|plugin|connector|subscription|data|dashboard|came in at|pricing|quote|quoted|charges|costs|site|office|branch|plant|depot|warehouse|dairy|foods|group|inc|ltd|llc|limited|gmbh|bank|university|college|hospital|council|county|street|road|avenue|airport|logistics|systems|solutions|holdings|partners|does (?:not|n't)? ?(?:let|support|integrate|export)|lets you|supports|exports|imports|version|reports?|charts?|field|tractors|sensors)\b/i;
/** Their colleague, said to us: one of ours. And the people of a rival. */
export const OURS_IF_THEY_SAY =
  /\b(?:your|you guys'?|you had|from your|on your|at your|with your)(?: \w+){0,3} $/i;
export const FROM_A_FIRM = /^,? (?:from|at|over at|with) (?:the |our )?(?:\p{Lu}|your|you\b)/u;
export const FROM_DEPARTMENT = new RegExp(
  `^,? (?:from|at|over at|with) (?:the |our |my )?${DEPARTMENT}\\b`,
);
export const THEIRS_IF_WE_SAY =
  /\b(?:your|you(?:'ve| have)? mentioned|you said|you spoke (?:to|with|about)|you told me about)(?: \w+){0,3},? $/i;
export const OURS_IF_WE_SAY =
  /\b(?:our|my|(?<!(?:could|can|should|shall|would|might|do|if|when) )we have|we've got|on our side|colleague)(?: \w+){0,4},? $/i;
