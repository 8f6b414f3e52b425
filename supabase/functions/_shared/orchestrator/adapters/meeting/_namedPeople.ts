import { nameTokens, type Sides } from "./_sides.ts";
import type { Sentence } from "./_transcript.ts";

/** Someone spoken of, who did not speak. */
export interface NamedPerson {
  /** The fullest form of the name that was said. */
  readonly name: string;
  /** As spoken ("CFO", "head of procurement", "legal"); null when nobody said. */
  readonly role: string | null;
  readonly mentions: readonly Sentence[];
  readonly confidence: number;
}

const NAME_WORD = "\\p{Lu}\\p{Ll}+(?:['’-]\\p{Lu}?\\p{Ll}+)*";
const NAME = new RegExp(
  `(?<![\\p{L}\\p{N}'’.-])(?:(?:Mr|Mrs|Ms|Dr|Doctor|Prof|Professor|Sir)\\.? )?${NAME_WORD}(?: (?:(?:van|de|von|der|den|del|da|di|dos|la|le|bin|al|el) ){0,2}(?:(?:O'|O’|Mc|Mac)?${NAME_WORD}|\\p{Lu}(?=\\p{Lu}\\p{Ll})${NAME_WORD})){0,2}(?![\\p{L}\\p{N}])`,
  "gu",
);

/** Capitalised, and never a person: openings of sentences, days, well known products, departments. */
const NO_NAME = new Set(
  ("i i'm i'll i've i'd a an the and but or so if then that that's this these those it it's its he he's she she's they they're we we're we'll we've you " +
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
  "(?:c[a-z]{1,2}o\\b|chief (?:\\w+ ){1,3}officer|(?:svp|evp|vp|vice president)(?: of)?(?: \\w+){0,2}|head of (?:\\w+ ?(?:and \\w+)?){1,2}|(?:managing |regional |finance |technical |it |operations |medical |clinical |sales |general |executive |creative |commercial )*(?:director|manager)(?: of \\w+(?: \\w+)?)?|(?:\\w+ ){0,2}(?:lead|officer|architect|engineer|administrator|admin|controller|accountant|lawyer|solicitor|attorney|counsel|buyer|contractor|consultant|analyst|coordinator|supervisor|partner|co-?owner|owner|founder|co-?founder|president|secretary|treasurer|bookkeeper|foreman|superintendent|broker|banker|adviser|advisor|auditor|nurse|dentist|surgeon|principal|dean|bursar|chair|chairman|chairwoman|trustee|developer|designer|assistant|planner|specialist|executive|scheduler|dispatcher|trainer|sponsor|champion|registrar|surveyor|agent|hygienist|receptionist|technician|guy|person|lady|gal|woman|man|boss|colleague|counterpart|deputy|successor|chief|gm|md|cto|ceo|cfo|coo|cio|ciso)\\b)";
const OWNER = "(?:our|my|the|their|a|an|this|one of our|one of my)";

interface Pattern {
  readonly find: RegExp;
  readonly weight: number;
  /** Group that holds the role. */
  readonly role?: number;
}

/** Read on what follows the name; "@" stands for the name's end. */
const AFTER: readonly Pattern[] = [
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
const BEFORE: readonly Pattern[] = [
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
const THING_BEFORE =
  /\b(?:use|uses|used|using|on|running|run|via|through|switch(?:ed|ing)? (?:from|to|over to)|mov(?:e|ed|ing) (?:from|to|off)|migrat\w+ (?:from|to)|export from|import (?:from|into)|integrat\w+ with|sync\w* (?:with|to)|plug\w* into|built on|log(?:ged)? into|than|versus|vs|like|compet\w+|extend(?:ing)?|the|an?|this|in|near|outside|around|at|based in|office in|flying to|over in|up in|down in|visit(?:ing)?|bought|buy|sell|licen[cs]e|from) $/i;
const THING_AFTER =
  /^(?:'s)? (?:platform|system|portal|contract|api|integration|module|product|app|tool|software|suite|licen[cs]e|account|database|plugin|connector|subscription|data|dashboard|came in at|pricing|quote|quoted|charges|costs|site|office|branch|plant|depot|warehouse|dairy|foods|group|inc|ltd|llc|limited|gmbh|bank|university|college|hospital|council|county|street|road|avenue|airport|logistics|systems|solutions|holdings|partners|does (?:not|n't)? ?(?:let|support|integrate|export)|lets you|supports|exports|imports|version|reports?|charts?|field|tractors|sensors)\b/i;
/** Their colleague, said to us: one of ours. And the people of a rival. */
const OURS_IF_THEY_SAY =
  /\b(?:your|you guys'?|you had|from your|on your|at your|with your)(?: \w+){0,3} $/i;
const FROM_A_FIRM = /^,? (?:from|at|over at|with) (?:the |our )?(?:\p{Lu}|your|you\b)/u;
const FROM_DEPARTMENT = new RegExp(
  `^,? (?:from|at|over at|with) (?:the |our |my )?${DEPARTMENT}\\b`,
);
const THEIRS_IF_WE_SAY =
  /\b(?:your|you(?:'ve| have)? mentioned|you said|you spoke (?:to|with|about)|you told me about)(?: \w+){0,3},? $/i;
const OURS_IF_WE_SAY =
  /\b(?:our|my|(?<!(?:could|can|should|shall|would|might|do|if|when) )we have|we've got|on our side|colleague)(?: \w+){0,4},? $/i;

interface Tally {
  name: string;
  human: number;
  thing: number;
  theirs: number;
  ours: number;
  role: string | null;
  roleWeight: number;
  readonly mentions: Sentence[];
}

/**
 * People on the buyer's side whom somebody named and who were not there. A name counts when the words
 * around it treat it as a person, and when the buyer speaks of them as their own or we speak of them as
 * the buyer's.
 *
 * @param hints names that other skills took for people (owners of to-dos)
 */
export function findNamedPeople(
  sentences: readonly Sentence[],
  sides: Sides,
  hints: readonly string[],
): readonly NamedPerson[] {
  const tallies = new Map<string, Tally>();
  sentences.forEach((sentence, index) => {
    for (const match of sentence.plain.matchAll(NAME)) {
      const mention = { sentence, name: match[0], start: match.index, next: sentences[index + 1] };
      recordMention(mention, sides, tallies);
    }
  });
  const merged = mergeForms([...tallies.values()]);
  const hinted = hints.map((hint) => nameTokens(hint).join(" "));
  const people: NamedPerson[] = [];
  for (const tally of merged) {
    const tokens = nameTokens(tally.name);
    const isHinted = hinted.some((hint) => hint !== "" && tokens.join(" ").includes(hint));
    const human = tally.human + (isHinted ? 1.5 : 0) + (tokens.length > 1 ? 0.75 : 0);
    const total = human - tally.thing;
    if (human < 2 || total < 1.75) continue;
    if (tally.theirs === 0 || tally.ours > tally.theirs) continue;
    people.push({
      name: tally.name,
      role: tally.role,
      mentions: tally.mentions,
      confidence: Math.round(Math.min(0.95, 0.45 + total * 0.08) * 100) / 100,
    });
  }
  return people;
}

interface Mention {
  readonly sentence: Sentence;
  readonly name: string;
  readonly start: number;
  readonly next: Sentence | undefined;
}

function recordMention(mention: Mention, sides: Sides, tallies: Map<string, Tally>): void {
  const { sentence } = mention;
  const { name, start } = trimOpening(mention);
  if (name === "" || sides.findByName(name) !== null || sharesSurname(name, sides)) return;
  const before = sentence.plain.slice(0, start);
  const after = sentence.plain.slice(start + name.length);
  const isOpening = before.trim() === "" && !/^(?:Mr|Mrs|Ms|Dr|Prof)/.test(name);
  const evidence = weighPerson(before.toLowerCase(), after.toLowerCase(), mention.next);
  // A capital at the start of a sentence proves nothing; the words after it must.
  if (isOpening && evidence.human < 1.5) return;
  const key = nameTokens(name).join(" ");
  const tally = tallies.get(key) ??
    { name, human: 0, thing: 0, theirs: 0, ours: 0, role: null, roleWeight: 0, mentions: [] };
  tallies.set(key, tally);
  tally.human += /^(?:Mr|Mrs|Ms|Dr|Doctor|Prof|Professor)\b/.test(name)
    ? evidence.human + 2
    : evidence.human;
  tally.thing += thingWeight(before, after);
  if (evidence.role && evidence.human > tally.roleWeight) {
    tally.role = evidence.role;
    tally.roleWeight = evidence.human;
  }
  recordSide(sides.sideOf(sentence.speaker), before, after, tally);
  tally.mentions.push(sentence);
}

/** Takes the words off that are no part of a name: "And Teresa" is Teresa, "Thursday" nobody. */
function trimOpening(mention: Mention): { readonly name: string; readonly start: number } {
  let { name, start } = mention;
  for (;;) {
    const first = /^\S+/.exec(name)?.[0] ?? "";
    if (first === "" || !NO_NAME.has(first.toLowerCase().replace(/’/g, "'").replace(/'s$/, ""))) {
      break;
    }
    const cut = name.slice(first.length).length - name.slice(first.length).trimStart().length +
      first.length;
    name = name.slice(cut);
    start += cut;
  }
  const kept: string[] = [];
  for (const word of name.split(" ")) {
    if (NO_NAME.has(word.toLowerCase())) break;
    kept.push(word);
  }
  const clean = kept.join(" ").replace(/['’]s$/, "");
  // A month or weekday that is also a given name needs a surname beside it.
  return { name: /\p{L}{2}/u.test(clean) ? clean : "", start };
}

/** "the Raos" or "Rao" is the Anjali Rao who is here. */
function sharesSurname(name: string, sides: Sides): boolean {
  const tokens = nameTokens(name);
  if (tokens.length !== 1) return false;
  return sides.people.some((person) => nameTokens(person.name).includes(tokens[0] ?? ""));
}

function weighPerson(
  before: string,
  after: string,
  next: Sentence | undefined,
): { readonly human: number; readonly role: string | null } {
  let human = 0;
  let role: string | null = null;
  let roleWeight = 0;
  for (const [text, patterns] of [[after, AFTER], [before, BEFORE]] as const) {
    for (const pattern of patterns) {
      const match = pattern.find.exec(text);
      if (!match) continue;
      human += pattern.weight;
      if (pattern.role !== undefined && pattern.weight > roleWeight) {
        role = tidyRole(match[pattern.role] ?? "");
        roleWeight = pattern.weight;
      }
      break;
    }
  }
  const pronoun = /\b(?:he|she|him|her|he's|she's|he'll|she'll|he'd|she'd|his|hers)\b/;
  if (pronoun.test(after.slice(0, 60))) human += 1;
  else if (next && pronoun.test(next.words.slice(0, 25))) human += 0.75;
  return { human, role };
}

function tidyRole(role: string): string | null {
  const words = role.trim().replace(/^(?:new|old|other|current|acting|interim) /, "")
    .replace(/ (?:and|so|but|who|she|he|is|was|for|the)\b.*$/, "").trim();
  if (words === "") return null;
  return words.replace(
    /\b(?:c[a-z]{1,2}o|vp|svp|evp|md|gm|it|hr)\b/g,
    (title) => title.toUpperCase(),
  );
}

function thingWeight(before: string, after: string): number {
  if (THING_AFTER.test(after)) return 3;
  if (!THING_BEFORE.test(before)) return 0;
  return /\b(?:in|near|outside|around|at|from|on|like|the|than) $/i.test(before) ? 1.5 : 3;
}

function recordSide(
  speaker: "ours" | "theirs" | "unknown",
  before: string,
  after: string,
  tally: Tally,
): void {
  if (FROM_A_FIRM.test(after) && !FROM_DEPARTMENT.test(after.toLowerCase())) {
    tally.ours += 2;
  } else if (speaker === "theirs") {
    if (OURS_IF_THEY_SAY.test(before)) tally.ours += 2;
    else tally.theirs += 1;
  } else if (speaker === "ours") {
    if (THEIRS_IF_WE_SAY.test(before)) tally.theirs += 1;
    else if (
      OURS_IF_WE_SAY.test(before) ||
      /^,? (?:our|my|from our|on our|who's our|he's our|she's our)\b/.test(after)
    ) {
      tally.ours += 3;
    }
  }
}

/** "Teresa" and "Teresa Brandt" are one person; the longer form is the name. */
function mergeForms(tallies: readonly Tally[]): readonly Tally[] {
  const merged: Tally[] = [];
  const longestFirst = [...tallies].sort((a, b) =>
    nameTokens(b.name).length - nameTokens(a.name).length
  );
  for (const tally of longestFirst) {
    const tokens = nameTokens(tally.name);
    const fuller = merged.filter((other) => {
      const theirs = nameTokens(other.name);
      return tokens.every((token) => theirs.includes(token));
    });
    const whole = fuller.length === 1 ? fuller[0] : undefined;
    if (!whole) {
      merged.push({ ...tally, mentions: [...tally.mentions] });
      continue;
    }
    whole.human += tally.human;
    whole.thing += tally.thing;
    whole.theirs += tally.theirs;
    whole.ours += tally.ours;
    if (tally.role && tally.roleWeight > whole.roleWeight) whole.role = tally.role;
    whole.mentions.push(...tally.mentions);
  }
  return merged;
}
