/**
 * At most `maxLength` UTF-16 units of `text`, and never half a character: a lone surrogate does not
 * survive jsonb.
 *
 * @example cut("ok 😀", 4) // "ok "
 */
export function cut(text: string, maxLength: number): string {
  return text.slice(0, maxLength).replace(/[\uD800-\uDBFF]$/, "");
}
