import type { Json, JsonObject } from "../types.ts";
import { isId, labelOf } from "./approvalContent.ts";

/** Longest text that Slack's own input takes. */
export const MAX_FORM_TEXT = 3000;

/** What a person may change in a form: words, yes or no, or one of offered things. */
export type FormField =
  & { readonly key: string; readonly label: string }
  & (
    | { readonly kind: "text"; readonly value: string; readonly isLong: boolean }
    | { readonly kind: "yes_no"; readonly value: boolean }
    | {
      readonly kind: "choice";
      readonly options: readonly { readonly label: string; readonly value: JsonObject }[];
      readonly index: number;
    }
  );

/** The fields of a proposal that a form can show; ids and lists are not edited, a list of offers is chosen from. */
export function formFieldsOf(proposed: JsonObject): readonly FormField[] {
  const fields: FormField[] = [];
  for (const [key, value] of Object.entries(proposed)) {
    const base = { key, label: labelOf(key) };
    const offers = offersOf(proposed, key);
    if (offers !== null) {
      const index = offers.findIndex((offer) => isSame(offer.value, value));
      fields.push({ ...base, kind: "choice", options: offers, index: Math.max(0, index) });
    } else if (isId(key)) continue;
    else if (typeof value === "string" && value.length <= MAX_FORM_TEXT) {
      fields.push({
        ...base,
        kind: "text",
        value,
        isLong: value.length > 80 || value.includes("\n"),
      });
    } else if (typeof value === "boolean") fields.push({ ...base, kind: "yes_no", value });
  }
  return fields;
}

/** `slot` is chosen from `slots`: things with a label, listed under the plural of the key. */
function offersOf(
  proposed: JsonObject,
  key: string,
): readonly { readonly label: string; readonly value: JsonObject }[] | null {
  const offers = proposed[`${key}s`];
  if (!Array.isArray(offers) || offers.length === 0) return null;
  const labelled = (offers as readonly Json[]).flatMap((offer) => {
    const label = (offer as JsonObject | null)?.label;
    return typeof label === "string" ? [{ label, value: offer as JsonObject }] : [];
  });
  return labelled.length === offers.length ? labelled : null;
}

function isSame(a: Json, b: Json): boolean {
  const start = (value: Json) => (value as JsonObject | null)?.start ?? JSON.stringify(value);
  return start(a) === start(b);
}

/**
 * The JSON merge patch that a filled-in form means: only what differs from what was shown.
 *
 * @param answers the text, `yes` or `no`, or the index of the choice, by key
 */
export function editsOf(
  proposed: JsonObject,
  answers: Readonly<Record<string, string>>,
): JsonObject {
  const edits: Record<string, Json> = {};
  for (const field of formFieldsOf(proposed)) {
    const answer = answers[field.key];
    if (answer === undefined) continue;
    switch (field.kind) {
      case "text":
        if (answer.replaceAll("\r\n", "\n") !== field.value.replaceAll("\r\n", "\n")) {
          edits[field.key] = answer;
        }
        break;
      case "yes_no":
        if ((answer === "yes") !== field.value) edits[field.key] = answer === "yes";
        break;
      case "choice": {
        const chosen = field.options[Number(answer)];
        if (chosen !== undefined && Number(answer) !== field.index) {
          edits[field.key] = chosen.value;
        }
      }
    }
  }
  return edits;
}
