import {
  AFTER,
  BEFORE,
  FROM_A_FIRM,
  FROM_DEPARTMENT,
  NAME,
  NO_NAME,
  OURS_IF_THEY_SAY,
  OURS_IF_WE_SAY,
  THEIRS_IF_WE_SAY,
  THING_AFTER,
  THING_BEFORE,
} from "./_personPatterns.ts";
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
  const merged = mergeForms([...tallies.values()].slice(0, MAX_NAMES));
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

/** Far more than anybody names in a meeting. */
const MAX_NAMES = 500;

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
