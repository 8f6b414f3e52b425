import type { Json, JsonObject } from "../types.ts";
import { countHidden, type HiddenSigns, revealHidden, showAddress } from "./visibleText.ts";

/** One line of what is asked: everything in it is shown, with hidden signs written out. */
export interface ShownField {
  readonly key: string;
  readonly label: string;
  readonly text: string;
}

export interface ShownContent {
  /** Every address that something is sent to, in full. */
  readonly recipients: readonly string[];
  readonly fields: readonly ShownField[];
  readonly hidden: HiddenSigns;
}

/** First what decides: to whom, about what, the words; ids come last. */
const ORDER = ["to", "cc", "attendee", "subject", "title", "slot", "body", "description", "slots"];
const LABELS: Readonly<Record<string, string>> = {
  to: "To",
  cc: "Cc",
  from_user_id: "Sent as (user id)",
  in_reply_to: "Answers message",
};
const RECIPIENTS = new Set(["to", "cc", "bcc", "attendee", "attendees"]);
const ADDRESS = /^[^\s@]+@[^\s@]+$/u;

/** Everything in the proposed content as a person reads it; nothing is left out and nothing is hidden. */
export function showContent(proposed: JsonObject): ShownContent {
  const keys = Object.keys(proposed).sort((a, b) => rankOf(a) - rankOf(b));
  const recipients = keys.filter((key) => RECIPIENTS.has(key))
    .flatMap((key) => addressesIn(proposed[key]));
  return {
    recipients: [...new Set(recipients)].map(showAddress),
    fields: keys.filter((key) => proposed[key] !== null).map((key) => ({
      key,
      label: LABELS[key] ?? labelOf(key),
      text: textOf(proposed[key]),
    })),
    hidden: countHidden(textsIn(proposed).join("\n")),
  };
}

function rankOf(key: string): number {
  const at = ORDER.indexOf(key);
  if (at >= 0) return at;
  return isId(key) ? ORDER.length + 1 : ORDER.length;
}

/** Keys whose values point somewhere: shown, never edited. */
export function isId(key: string): boolean {
  return /(?:^|_)(?:id|ids)$|^in_reply_to$/.test(key);
}

export function labelOf(key: string): string {
  const words = revealHidden(key).replaceAll(/[_-]+/g, " ").trim();
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

function textOf(value: Json): string {
  if (typeof value === "string") {
    return ADDRESS.test(value) ? showAddress(value) : revealHidden(value);
  }
  if (typeof value === "number" || typeof value === "boolean") {
    return value === true ? "yes" : value === false ? "no" : String(value);
  }
  if (value === null) return "none";
  if (Array.isArray(value)) {
    return value.length === 0 ? "none" : value.map((one) => `• ${textOf(one)}`).join("\n");
  }
  const fields = Object.entries(value as JsonObject).filter(([, inner]) => inner !== null);
  return fields.map(([key, inner]) => `${labelOf(key)}: ${textOf(inner)}`).join(", ");
}

function addressesIn(value: Json): readonly string[] {
  if (typeof value === "string") return value === "" ? [] : [value];
  if (Array.isArray(value)) return value.flatMap(addressesIn);
  if (typeof value !== "object" || value === null) return [];
  const { email } = value as JsonObject;
  return typeof email === "string" ? [email] : [];
}

function textsIn(value: Json): readonly string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value as JsonObject).flatMap(([key, inner]) => [key, ...textsIn(inner)]);
}
