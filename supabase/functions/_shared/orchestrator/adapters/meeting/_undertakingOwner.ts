import type { ClauseAct } from "./_clauseActs.ts";
import type { SaidClause } from "./_clauses.ts";
import { firstName } from "./_deedWords.ts";
import type { Person, Sides } from "./_sides.ts";
import type { Sentence } from "./_transcript.ts";

/** A deed as one clause announces it. */
export interface Draft {
  readonly act: ClauseAct;
  /** Position of its clause among all clauses. */
  readonly at: number;
  readonly clause: SaidClause;
}

/** Whose deed it is; null when nobody of the meeting can be meant. */
export function resolveOwner(draft: Draft, reply: Sentence | null, sides: Sides): Person | null {
  const { act, clause } = draft;
  const speaker = sides.personOf(clause.speaker);
  if (act.actor.is === "speaker") return speaker;
  if (act.actor.is === "named") return act.isGroup ? speaker : personNamed(act.actor.name, sides);
  const called = findVocative(clause, sides);
  if (called !== null && called.name !== speaker.name) return called;
  if (reply !== null) return sides.personOf(reply.speaker);
  const others = sides.people.filter((person) => person.name !== speaker.name);
  return others.length === 1 ? others[0] : null;
}

function personNamed(spoken: string, sides: Sides): Person | null {
  const whole = sides.findByName(spoken);
  if (whole !== null) return whole;
  const last = spoken.split(" ").at(-1) ?? "";
  return last.length > 2 ? sides.findByName(last) : null;
}

const VOCATIVES: readonly RegExp[] = [
  /^(?:(?:and|so|okay|ok|hey|oh|then|great|thanks|well|right|but|cool|yeah)[, ]+)*([a-z][\w'-]+(?: [a-z][\w'-]+)?),? (?:can|could|would|will|please|do|if|you)\b/,
  /(?:,| please) ([a-z][\w'-]+)$/,
  /^(?:(?:and|so|okay|ok|hey|oh)[, ]+)*([a-z][\w'-]+),/,
];

/** The person called by name at either end of the sentence. */
function findVocative(clause: SaidClause, sides: Sides): Person | null {
  const words = clause.sentence.words.replace(/[?.!]+$/, "");
  for (const pattern of VOCATIVES) {
    const name = pattern.exec(words)?.[1];
    const person = name === undefined ? null : personNamed(name, sides);
    if (person !== null) return person;
  }
  return null;
}

/** "Me" is whoever asks; "you" whoever spoke last before a promise. */
export function peopleOf({ act, at, clause }: Draft, clauses: readonly SaidClause[], sides: Sides) {
  if (act.kind === "request" || act.kind === "assignment") {
    return { me: firstName(sides.personOf(clause.speaker).name), you: null };
  }
  const other = clauses.slice(0, at).findLast((earlier) => earlier.speaker !== clause.speaker);
  return { me: null, you: other ? firstName(sides.personOf(other.speaker).name) : null };
}
