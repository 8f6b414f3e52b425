import { Temporal } from "temporal-polyfill";

/** How people name zones aloud. "Eastern" and the like are the North American ones. */
const SPOKEN_ZONES: readonly (readonly [RegExp, string])[] = [
  [/\b(?:eastern(?: time)?|e[sd]t|new york time)\b/i, "America/New_York"],
  [/\b(?:central time|c[sd]t|chicago time)\b/i, "America/Chicago"],
  [/\b(?:mountain time|m[sd]t|denver time)\b/i, "America/Denver"],
  [/\b(?:pacific(?: time)?|p[sd]t|california time)\b/i, "America/Los_Angeles"],
  [/\b(?:uk time|london time|british time|bst)\b/i, "Europe/London"],
  [/\b(?:gmt|utc)\b/i, "UTC"],
  [/\b(?:cet|cest|central european(?: time)?|berlin time|paris time)\b/i, "Europe/Berlin"],
  [/\b(?:ist|indian? time)\b/i, "Asia/Kolkata"],
  [/\b(?:aest|aedt|sydney time)\b/i, "Australia/Sydney"],
  [/\b(?:singapore time|sgt)\b/i, "Asia/Singapore"],
];

/** The zone named in `text`, or null. Only wordings that name a zone and nothing else count. */
export function zoneNamedIn(text: string): string | null {
  return SPOKEN_ZONES.find(([pattern]) => pattern.test(text))?.[1] ?? null;
}

/** The first candidate that is a known IANA zone, else `UTC`. */
export function firstKnownZone(candidates: readonly (string | null | undefined)[]): string {
  for (const candidate of candidates) {
    if (candidate && isKnownZone(candidate)) return candidate;
  }
  return "UTC";
}

export function isKnownZone(zone: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone);
    return true;
  } catch {
    // The only way to ask Temporal whether a zone exists is to use it.
    return false;
  }
}
