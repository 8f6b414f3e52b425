import { z } from "zod";
import { dropHidden, htmlToText } from "../../core/htmlText.ts";
import { domainOf } from "./_mailDomains.ts";
import { ownWords } from "./_body.ts";

/** Categories of the specification. */
export const MailCategory = z.enum([
  "to_respond",
  "fyi",
  "marketing",
  "calendar_related",
  "automated",
  "uncategorized",
]);
export type MailCategory = z.output<typeof MailCategory>;

/** What a mail is about, finer than its category; hand-offs go by these. */
export const MailTopic = z.enum([
  "booking_request",
  "pricing_request",
  "proposal_request",
  "question",
  "interested",
  "objection",
  "not_interested",
  "unsubscribe",
  "referral",
  "out_of_office",
  "bounce",
  "legal",
  "newsletter",
]);
export type MailTopic = z.output<typeof MailTopic>;

/** A mail as it came in. */
export interface IncomingMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly body: string;
}

/** A mail taken apart; everything a rule looks at. */
export interface ReadMail {
  readonly name: string;
  readonly address: string;
  readonly local: string;
  readonly domain: string | null;
  /** The sender works where a recipient works. */
  readonly isColleague: boolean;
  readonly subject: string;
  /** An answer or a forward: the subject says so. */
  readonly isReply: boolean;
  readonly isForward: boolean;
  /** The whole body without markup and without orders to machines. */
  readonly text: string;
  /** What the sender wrote this time. */
  readonly own: string;
  readonly sentences: readonly string[];
}

const ADDRESS = /<([^<>\s]+@[^<>\s]+)>\s*$/;

/** `"Lee, Ann" <ann@example.com>` in its parts. */
export function parseSender(from: string): { readonly name: string; readonly address: string } {
  const at = ADDRESS.exec(from.slice(0, 500));
  if (at === null) return { name: "", address: from.trim().toLowerCase().slice(0, 320) };
  return {
    name: from.slice(0, at.index).replaceAll('"', "").trim(),
    address: at[1].toLowerCase(),
  };
}

/** Sentences that speak to a machine: data like everything else, and no evidence of what the sender wants. */
const TO_MACHINES =
  /\b(?:ai|a\.i\.|llm|language model|(?:virtual |ai |automated )?assistant|chatbot|gpt|system prompt)\b[^.!?\n]{0,160}\b(?:ignore|classify|categori[sz]e|label|mark|reply|respond|send|forward|follow|reading|process|treat|must|should|instruction)|\b(?:ignore|disregard|forget)\b[^.!?\n]{0,40}\b(?:previous|prior|above|earlier|all)\b[^.!?\n]{0,30}\b(?:rules?|instructions?|prompts?|directions?)|\b(?:instruction|note|message)s? (?:to|for) (?:any |the |an? )?(?:ai|llm|assistant|automated|model|bot)\b|^\s*(?:system|assistant)\s*:/i;

export function dropOrders(text: string): string {
  return text.replaceAll(
    /\[[^\][]{0,1000}\]/g,
    (bracket) => TO_MACHINES.test(bracket) ? " " : bracket,
  )
    .split(/(?<=[.!?\n])/).filter((sentence) => !TO_MACHINES.test(sentence)).join("");
}

/** Takes a mail apart. Bounded: only the first part of a long body is read. */
export function readMail(mail: IncomingMail): ReadMail {
  const { name, address } = parseSender(mail.from);
  const body = dropHidden(mail.body.slice(0, 80_000));
  const isHtml = /<(?:html|body|div|p|br|table|span|h1)\b[^<>]*>/i.test(body.slice(0, 5000));
  const own = dropOrders(ownWords(body));
  const domain = domainOf(address);
  return {
    name,
    address,
    local: address.slice(0, Math.max(0, address.lastIndexOf("@"))),
    domain,
    isColleague: domain !== null &&
      mail.to.some((to) => domainOf(parseSender(to).address) === domain),
    subject: mail.subject.trim().slice(0, 500),
    isReply: /^\s*(?:(?:re|aw|sv|antw|rv)\s*(?:\[\d+\])?:\s*)+/i.test(mail.subject),
    isForward: /^\s*(?:fwd?|wg|tr|rv|enc)\s*:/i.test(mail.subject),
    text: dropOrders(isHtml ? htmlToText(body) : body.slice(0, 20_000)),
    own,
    sentences: own.split(/(?<=[.!?])\s+|\n+/).map((one) => one.trim()).filter((one) => one !== ""),
  };
}
