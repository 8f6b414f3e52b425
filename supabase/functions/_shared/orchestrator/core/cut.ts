/**
 * At most `maxLength` UTF-16 units of `text`, and never half a character: a lone surrogate does not
 * survive jsonb.
 *
 * @example cut("ok 😀", 4) // "ok "
 */
export function cut(text: string, maxLength: number): string {
  return text.slice(0, maxLength).replace(/[\uD800-\uDBFF]$/, "");
}

/**
 * At most `max` UTF-16 units, cut between words; the mark says that something was left out.
 *
 * @example clip("one two three", 9) // "one two…"
 */
export function clip(text: string, max: number): string {
  if (text.length <= max) return text;
  const at = text.slice(0, max - 1).lastIndexOf(" ");
  return cut(text, at > max / 2 ? at : max - 1) + "…";
}
