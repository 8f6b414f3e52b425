import { FRAMES } from "./_verbFrames.ts";

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
}

/** What a verb means when no frame of it says otherwise. */
const LEMMAS: Readonly<Record<Exclude<VerbClass, "other">, string>> = {
  deliver:
    "send email e-mail mail forward share circulate distribute text dm upload submit attach resend ship deliver return supply publish post fax",
  schedule: "schedule reschedule pencil",
  introduce: "introduce",
  ask:
    "check verify double-check doublecheck clarify ask consult escalate investigate research inquire flag",
  report: "update confirm reply respond",
  prepare:
    "prepare draft write create build compile assemble design sketch mock document record summarise summarize type outline file log produce generate collect gather list map model prototype scope price calculate estimate crunch tabulate plot chart annotate translate transcribe redraft film tidy redo rewrite finalise finalize rework",
  change:
    "fix change upgrade migrate install deploy run replay test enable disable configure add remove delete clean move order pay process refund cancel finish complete close handle sort implement import export reset rotate renew transfer merge release apply assign buy purchase register extend waive reserve print hire activate provision whitelist allowlist patch reboot restart replace rename sync adjust correct amend organise organize coordinate credit issue swap restore resolve reopen invoice bill pilot debug reproduce refactor rebuild revert block unblock secure allocate recruit train onboard load populate tweak wire connect rotate unlock fill mark restock measure benchmark source scan vacate collect archive rerun re-run tag label push arrange book submit raise",
  review: "review read study evaluate sign countersign approve digest examine assess proofread",
  contact:
    "call ring phone contact chase message nudge remind notify inform warn visit ping tell meet",
  talk:
    "say be start begin go show walk explain describe stop pause pass hand let jump mention repeat recap try wait hold assume guess admit need want have know think like love hope come keep give mute unmute drive open click switch skip leave play point interrupt hop drop miss look appreciate agree bet argue see hear use listen stick sit stay make become feel believe suggest recommend propose imagine suppose find cover demo present highlight elaborate clarify demonstrate spend get put take bring pull turn set do roll kick shoot fire note reach touch follow work figure speak talk chat pick sound answer provide add include connect loop rope copy cc invite plan throw stop grab line lock float surface circle report revert put own dig hit focus talk",
};

const CLASS_OF = new Map<string, VerbClass>();
for (const name of Object.keys(LEMMAS) as (keyof typeof LEMMAS)[]) {
  // Earlier classes keep a verb that two lists hold.
  for (const lemma of LEMMAS[name].split(" ")) {
    if (!CLASS_OF.has(lemma)) CLASS_OF.set(lemma, name);
  }
}

const IRREGULAR: Readonly<Record<string, string>> = {
  sent: "send",
  written: "write",
  done: "do",
  gotten: "get",
  taken: "take",
};

/** Adverbs and light verbs between "I'll" and the deed. */
const LEAD =
  /^(?:(?:just|also|probably|definitely|certainly|actually|then|quickly|personally|gladly|happily|still|maybe|perhaps|always|absolutely|really|only|quick|please|kindly|first|finally|simply|immediately|of course|again|go ahead and|go away and|go back and|go and|turn around and|come back and|be sure to|be able to|be happy to|make sure to|make sure that (?:i|we|you)|make sure (?:i|we|you)|try and|try to|aim to|have to|need to|start to|like to|love to|look to|work to)\s+)+/;
/** These vanish only before another verb: "go send it", "be sending it", "now share it". */
const LIGHT = /^(?:go|come|be|get|to|now|start|begin|help(?: you| us| me)?)\s+(?=([a-z-]+))/;

/**
 * Reads the verb phrase, in lower case, that follows "I'll", "can you" and the like.
 *
 * @example readVerb("just be sending over the deck") // { lemma: "send", class: "deliver" }
 */
export function readVerb(words: string): VerbReading {
  let phrase = words.trim().replace(LEAD, "").replace(/^double (?=check|confirm)/, "double-");
  for (let light = LIGHT.exec(phrase); light !== null; light = LIGHT.exec(phrase)) {
    const next = lemmaOf(light[1]);
    // "start testing" but not "start the test"; "be there" stays as it is.
    if (!CLASS_OF.has(next) || (next === light[1] && /^(?:be|get|start|begin)/.test(phrase))) break;
    phrase = phrase.slice(light[0].length);
  }
  const token = /^[a-z][a-z'-]*/.exec(phrase)?.[0] ?? "";
  const lemma = lemmaOf(token);
  const rest = phrase.slice(token.length).trim();
  for (const [pattern, found] of FRAMES.get(lemma) ?? []) {
    if (pattern.test(rest)) return { lemma, class: found };
  }
  const found = CLASS_OF.get(lemma) ?? "other";
  // "I'll test", "we'll move": without an object nothing is taken on.
  const needsObject = found === "change" || found === "prepare" || found === "other";
  return { lemma, class: needsObject && !/[a-z]/.test(rest) ? "talk" : found };
}

/** True for a verb form that the tables know as a deed; tells imperatives from nouns. */
export function isDeed(phrase: string): boolean {
  const found = readVerb(phrase).class;
  return found !== "talk" && found !== "other";
}

function lemmaOf(token: string): string {
  const irregular = IRREGULAR[token];
  if (irregular !== undefined) return irregular;
  if (CLASS_OF.has(token) || !token.endsWith("ing")) return token;
  const stem = token.slice(0, -3);
  const candidates = [stem, `${stem}e`, stem.replace(/(.)\1$/, "$1")];
  return candidates.find((candidate) => CLASS_OF.has(candidate)) ?? token;
}
