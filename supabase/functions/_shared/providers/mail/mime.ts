import { encodeBase64 } from "../connections/base64.ts";
import type { Letter } from "./carrier.ts";

/** RFC 2047 encoded words hold 75 characters; 42 bytes become 56 of base64 beside `=?UTF-8?B?…?=`. */
const WORD_BYTES = 42;
/** RFC 2045 lines. */
const LINE_LENGTH = 76;

/** One plain-text mail as RFC 5322 bytes in text: ASCII only, CRLF lines. */
export function toMime({ mail, from, messageId }: Letter): string {
  const headers = [
    `From: ${mailbox(from)}`,
    `To: ${mail.to.map((email) => address(email)).join(", ")}`,
    ...(mail.cc?.length ? [`Cc: ${mail.cc.map((email) => address(email)).join(", ")}`] : []),
    `Subject: ${encodeWords(mail.subject)}`,
    `Message-ID: ${messageId}`,
    ...(mail.in_reply_to
      ? [`In-Reply-To: ${oneLine(mail.in_reply_to)}`, `References: ${oneLine(mail.in_reply_to)}`]
      : []),
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: base64",
  ];
  const body = encodeBase64(new TextEncoder().encode(mail.body_text.replace(/\r?\n/g, "\r\n")))
    .match(new RegExp(`.{1,${LINE_LENGTH}}`, "g")) ?? [];
  return [...headers, "", ...body, ""].join("\r\n");
}

/** `Ana Li <ana@example.com>`, the name quoted or encoded as it needs. */
function mailbox({ name, email }: Letter["from"]): string {
  const plain = oneLine(name);
  if (plain === "") return address(email);
  const shown = /^[ -~]*$/.test(plain)
    ? `"${plain.replace(/["\\]/g, "\\$&")}"`
    : encodeWords(plain);
  return `${shown} <${address(email)}>`;
}

/** The same for an API that writes the headers itself: no encoded words, no folded lines. */
export function nameAndAddress({ name, email }: Letter["from"]): string {
  const plain = oneLine(name).replace(/["\\<>]/g, "");
  return plain === "" ? address(email) : `"${plain}" <${address(email)}>`;
}

/** An address cannot bring headers of its own. */
function address(email: string): string {
  return email.replace(/[\s<>,"\p{Cc}]/gu, "");
}

function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, " ").trim();
}

/** RFC 2047, "B" encoding, in words that split no character. */
function encodeWords(text: string): string {
  const line = oneLine(text);
  if (/^[ -~]*$/.test(line)) return line;
  const words: string[] = [];
  let word = "";
  const bytesOf = (part: string) => new TextEncoder().encode(part);
  for (const sign of line) {
    if (bytesOf(word + sign).length > WORD_BYTES) {
      words.push(word);
      word = "";
    }
    word += sign;
  }
  words.push(word);
  return words.map((part) => `=?UTF-8?B?${encodeBase64(bytesOf(part))}?=`).join("\r\n ");
}
