/**
 * What a person cannot see in a text, made visible: they approve exactly what will be sent (threat T20). Zero-width
 * signs, direction marks, soft hyphens, fillers, tags, control signs and joiners, but not line breaks and tabs.
 */
const HIDDEN =
  // deno-lint-ignore no-control-regex -- control signs are what is looked for
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb]|[\u{e0000}-\u{e0fff}]/gu;
/** The direction marks among them reorder what is read. */
const DIRECTION = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

export interface HiddenSigns {
  readonly count: number;
  /** Of these, how many change the order in which text is read. */
  readonly direction_count: number;
}

/**
 * Counts signs that a reader cannot see.
 *
 * @example countHidden("pay\u200bpal") // { count: 1, direction_count: 0 }
 */
export function countHidden(text: string): HiddenSigns {
  return {
    count: text.match(HIDDEN)?.length ?? 0,
    direction_count: text.match(DIRECTION)?.length ?? 0,
  };
}

/**
 * The same text with each of these signs written out.
 *
 * @example revealHidden("a\u202eb") // "a[U+202E]b"
 */
export function revealHidden(text: string): string {
  return text.replace(
    HIDDEN,
    (sign) => `[U+${sign.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}]`,
  );
}

/**
 * An address as it really is: where a sign is outside ASCII, the domain also in the form that mail servers use, so that
 * a look-alike letter shows.
 *
 * @example showAddress("ann@\u0430pple.example") // "ann@аpple.example (ann@xn--pple-43d.example)"
 */
export function showAddress(address: string): string {
  const shown = revealHidden(address);
  // deno-lint-ignore no-control-regex -- the range is ASCII itself
  if (/^[\x00-\x7f]*$/.test(address)) return shown;
  const at = address.lastIndexOf("@");
  const ascii = toAscii(address.slice(at + 1));
  const local = address.slice(0, at + 1).replace(
    // deno-lint-ignore no-control-regex -- the range is ASCII itself
    /[^\x00-\x7f]/gu,
    (sign) => `\\u{${sign.codePointAt(0)!.toString(16)}}`,
  );
  return `${shown} (${local}${ascii ?? "not a domain"})`;
}

function toAscii(domain: string): string | null {
  try {
    return new URL(`http://${domain}`).hostname;
  } catch {
    return null;
  }
}
