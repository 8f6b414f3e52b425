import { ValidationError } from "./errors.ts";

/** Deeper than any answer and far from what the database's parser takes. */
const MAX_DEPTH = 100;

/** A step's output above this belongs into a table of its own (contract: outputs ≤ 256 KiB). */
export const MAX_OUTPUT_BYTES = 256 * 1024;

/**
 * Checks that a value survives jsonb: plain JSON, no NUL, no lone surrogate, within the size. Returns
 * the plain value (`undefined` becomes null).
 *
 * @throws ValidationError `bad_output`
 */
export function toStorable(value: unknown, what: string): unknown {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw new ValidationError("bad_output", `Cannot store ${what}: it is not JSON`, { cause });
  }
  if (text === undefined) return null;
  if (depthOf(text) > MAX_DEPTH) {
    throw new ValidationError(
      "bad_output",
      `Cannot store ${what}: it is nested deeper than ${MAX_DEPTH} levels`,
    );
  }
  // No UTF-16 unit takes less than one byte, so only what is near the limit is encoded.
  if (
    text.length > MAX_OUTPUT_BYTES ||
    (text.length * 3 > MAX_OUTPUT_BYTES &&
      new TextEncoder().encode(text).byteLength > MAX_OUTPUT_BYTES)
  ) {
    throw new ValidationError(
      "bad_output",
      `Cannot store ${what}: it is over ${MAX_OUTPUT_BYTES} bytes`,
    );
  }
  // JSON.stringify escapes lone surrogates and NUL, so both are visible in the text.
  if (/\\u0000|\\ud[89a-f][0-9a-f]{2}/i.test(text) && hasUnstorable(text)) {
    throw new ValidationError(
      "bad_output",
      `Cannot store ${what}: it holds NUL or half a character`,
    );
  }
  return JSON.parse(text);
}

/** Levels of a JSON text; brackets inside strings do not count. */
function depthOf(text: string): number {
  let depth = 0, deepest = 0, inString = false;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (inString) {
      if (unit === BACKSLASH) i++;
      else if (unit === QUOTE) inString = false;
    } else if (unit === QUOTE) inString = true;
    else if (unit === OPEN_LIST || unit === OPEN_OBJECT) deepest = Math.max(deepest, ++depth);
    else if (unit === CLOSE_LIST || unit === CLOSE_OBJECT) depth--;
  }
  return deepest;
}

const [QUOTE, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [...'"\\[]{}']
  .map((sign) => sign.charCodeAt(0));

/** A sentence that can be stored whatever somebody else put into it. */
export function toStorableText(text: string, maxLength: number): string {
  return text.slice(0, maxLength).toWellFormed().replaceAll("\0", "\ufffd");
}

/** An escape counts only when its backslash is not itself escaped. */
function hasUnstorable(text: string): boolean {
  for (const match of text.matchAll(/(\\+)(u0000|ud[89a-f][0-9a-f]{2})/gi)) {
    if (match[1].length % 2 === 1) return true;
  }
  return false;
}
