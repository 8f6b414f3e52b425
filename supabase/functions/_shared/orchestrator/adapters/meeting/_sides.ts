import type { CrmAttendee, TranscriptTurn } from "../../../ports/crm.ts";

/** `ours` sells or hosts, `theirs` is the outside party, `unknown` when nobody told us. */
export type Side = "ours" | "theirs" | "unknown";

/** Someone who was in the meeting: an attendee, or a speaker standing in for one. */
export interface Person {
  readonly name: string;
  readonly side: Side;
  readonly title: string | null;
}

export interface Sides {
  readonly people: readonly Person[];
  /** True when attendees are known and none is external. */
  readonly isInternal: boolean;
  /** True when at least one attendee is known to be external. */
  readonly hasOutsiders: boolean;
  personOf(speaker: string): Person;
  sideOf(speaker: string): Side;
  /** The one person a spoken name means ("Scott", "Doctor Rao"); null when none or several. */
  findByName(spoken: string): Person | null;
}

const HONORIFIC = /^(?:mr|mrs|ms|miss|dr|doctor|prof|professor|sir)$/;

/**
 * Tells which speakers belong to which side. Without attendees the distinct speakers stand in, all
 * `unknown`: nothing is guessed about who pays whom.
 */
export function resolveSides(
  attendees: readonly CrmAttendee[],
  turns: readonly TranscriptTurn[],
): Sides {
  const known: Person[] = attendees.map((attendee) => ({
    name: attendee.name,
    side: attendee.is_external ? "theirs" : "ours",
    title: attendee.title,
  }));
  const speakers = new Map<string, Person>();
  for (const { speaker } of turns) {
    if (speakers.has(speaker)) continue;
    const match = matchName(speaker, known) ??
      attendeeByAddress(speaker, attendees, known) ??
      { name: speaker, side: "unknown" as const, title: null };
    speakers.set(speaker, match);
  }
  const people = [...new Set([...known, ...speakers.values()])];
  return {
    people,
    isInternal: known.length > 0 && known.every((person) => person.side === "ours"),
    hasOutsiders: known.some((person) => person.side === "theirs"),
    personOf: (speaker) => speakers.get(speaker) ?? { name: speaker, side: "unknown", title: null },
    sideOf: (speaker) => speakers.get(speaker)?.side ?? "unknown",
    findByName: (spoken) => matchName(spoken, people),
  };
}

function matchName(spoken: string, people: readonly Person[]): Person | null {
  const wanted = nameTokens(spoken);
  if (wanted.length === 0) return null;
  const exact = people.filter((person) => nameTokens(person.name).join(" ") === wanted.join(" "));
  if (exact.length === 1) return exact[0];
  const within = people.filter((person) => {
    const tokens = nameTokens(person.name);
    return wanted.every((token) => tokens.includes(token)) ||
      (tokens.length > 1 && tokens.every((token) => wanted.includes(token)));
  });
  return within.length === 1 ? within[0] : null;
}

/** Recorders that know only an address call the speaker `dana.whitfield@…` or `dana.whitfield`. */
function attendeeByAddress(
  speaker: string,
  attendees: readonly CrmAttendee[],
  people: readonly Person[],
): Person | null {
  const wanted = speaker.trim().toLowerCase();
  const index = attendees.findIndex((attendee) => {
    const email = attendee.email?.toLowerCase();
    return email !== undefined && (email === wanted || email.split("@")[0] === wanted);
  });
  return index < 0 ? null : people[index];
}

/** The words of a name, folded, without titles: `Dr Anjali Rao` → `anjali`, `rao`. */
export function nameTokens(name: string): string[] {
  const tokens = name.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "")
    .match(/[\p{L}\p{N}]+/gu) ?? [];
  return tokens.filter((token) => !HONORIFIC.test(token));
}
