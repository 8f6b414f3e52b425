import { htmlToText } from "../../core/htmlText.ts";

/** Longest part of a mail that is read; what follows is hardly ever the sender's own words. */
const MAX_READ = 20_000;

/** Where a quoted message, a forward or a legal notice begins. */
const QUOTE_STARTS: readonly RegExp[] = [
  /^[ \t]*-{2,}[ \t]*(?:original|forwarded) message[ \t]*-*[ \t]*$/im,
  /^[ \t]*on .{5,200}\bwrote:[ \t]*$/im,
  /^[ \t]*(?:am|le|el|il) .{5,200}(?:schrieb|a écrit|escribió|ha scritto)\b.*:[ \t]*$/im,
  /^[ \t]*from:[ \t].+(?:\r?\n[ \t]*(?:sent|date|to|cc|subject):\s.+){1,}/im,
  /^[ \t]*_{8,}[ \t]*$/m,
  /^[ \t]*(?:this (?:e-?mail|message)(?: and any (?:attachments|files))?|confidentiality notice|disclaimer|the information (?:contained )?in this)\b[^\n]{0,400}\b(?:confidential|privileged|intended)/im,
];

/** A line of two dashes, or a farewell on a line of its own followed by nothing but a few short lines. */
const SIGNATURE = /^-- ?$/m;
const FAREWELL =
  /^[ \t]*(?:(?:kind|best|warm|many)?\s*(?:regards|wishes)|best|cheers|thanks|thank you|many thanks|sincerely|yours(?: \w+)?|talk soon|all the best|br|viele grüße|cordialement|saludos)[,.!]?[ \t]*$/im;

/**
 * What the sender wrote this time: quoted messages, signature and legal notices are cut off.
 *
 * @example ownWords("Yes, Tuesday works.\n\nOn Mon, Ann wrote:\n> When?") // "Yes, Tuesday works."
 */
export function ownWords(body: string): string {
  const isHtml = /<(?:html|body|div|p|br|table|span)\b[^>]*>/i.test(body.slice(0, 5000));
  let text = (isHtml ? htmlToText(body) : body.slice(0, MAX_READ)).replaceAll("\r\n", "\n");
  for (const start of QUOTE_STARTS) {
    const at = text.search(start);
    if (at >= 0) text = text.slice(0, at);
  }
  text = text.split("\n").filter((line) => !/^\s*>/.test(line)).join("\n");
  const dashes = text.search(SIGNATURE);
  if (dashes > 0) text = text.slice(0, dashes);
  const farewell = FAREWELL.exec(text);
  if (farewell !== null && farewell.index > 0) text = text.slice(0, farewell.index);
  return text.trim();
}
