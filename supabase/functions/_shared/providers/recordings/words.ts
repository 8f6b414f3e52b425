import { z } from "zod";
import { toStorableText } from "../../orchestrator/core/storable.ts";
import type { MeetingContent } from "../../ports/recordings.ts";

/** A turn of the generic body may have as many characters; a longer one becomes several of its speaker. */
export const MAX_TURN = 20_000;
export const MAX_TURNS = 50_000;
const MAX_PEOPLE = 500;

/** RFC 5321's longest address; longer ones do not fit an index row either. */
const Address = z.email().max(254);

/** A recorder's text, or null: cut to what is stored, without what PostgreSQL refuses. */
export function textOf(value: unknown, maxLength: number): string | null {
  if (typeof value !== "string") return null;
  const text = toStorableText(value.trim(), maxLength);
  return text === "" ? null : text;
}

/** Null for what is no mail address: recorders also write names and rooms there. */
export function addressOf(value: unknown): string | null {
  return Address.safeParse(typeof value === "string" ? value.trim() : value).data ?? null;
}

/** ISO with offset, of a moment a meeting can have been at. */
export function momentOf(value: unknown): string | null {
  const at = typeof value === "number"
    ? value
    : typeof value === "string"
    ? Date.parse(value)
    : NaN;
  if (!Number.isFinite(at)) return null;
  const year = new Date(at).getUTCFullYear();
  return year >= 1970 && year <= 2200 ? new Date(at).toISOString() : null;
}

/** Whole minutes within a day; null for none. */
export function minutesOf(minutes: number): number | null {
  if (!Number.isFinite(minutes)) return null;
  return Math.min(Math.max(Math.round(minutes), 0), 24 * 60);
}

/** `HH:MM:SS` or `MM:SS` into the recording, in seconds. */
export function secondsOf(clock: unknown): number | null {
  if (typeof clock !== "string" || !/^(\d{1,3}:)?\d{1,2}:\d{1,2}(\.\d+)?$/.test(clock)) return null;
  return clock.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
}

/** An https address for people to click; never fetched by us. */
export function linkOf(value: unknown): string | null {
  const text = textOf(value, 2000);
  return text !== null && z.url({ protocol: /^https$/ }).safeParse(text).success ? text : null;
}

/** People with a name or an address, each once. */
export function peopleOf(
  people: readonly {
    readonly name: unknown;
    readonly email: unknown;
    readonly is_external?: boolean | null;
  }[],
): MeetingContent["attendees"] {
  const found = new Map<string, MeetingContent["attendees"][number]>();
  for (const person of people) {
    const email = addressOf(person.email)?.toLowerCase() ?? null;
    const name = textOf(person.name, 200) ?? email;
    if (name === null || found.size >= MAX_PEOPLE) continue;
    const key = email ?? name;
    if (!found.has(key)) {
      found.set(key, { name, email, title: null, is_external: person.is_external ?? null });
    }
  }
  return [...found.values()];
}

/** Turns in spoken order; a long one becomes several of its speaker. */
export function turnsOf(
  said: readonly {
    readonly speaker: unknown;
    readonly at: number | null;
    readonly text: unknown;
  }[],
): MeetingContent["transcript"] {
  const turns: MeetingContent["transcript"][number][] = [];
  for (const { speaker, at, text } of said) {
    const words = textOf(text, MAX_TURN * 50);
    if (words === null) continue;
    for (let from = 0; from < words.length && turns.length < MAX_TURNS; from += MAX_TURN) {
      turns.push({
        speaker: textOf(speaker, 200) ?? "Unknown",
        t_seconds: at !== null && Number.isFinite(at) && at >= 0 ? at : null,
        text: words.slice(from, from + MAX_TURN).toWellFormed(),
      });
    }
  }
  return turns;
}
