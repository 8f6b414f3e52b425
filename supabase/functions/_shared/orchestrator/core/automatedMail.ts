/** Header fields of a mail by lower-case name. */
export type MailHeaders = Readonly<Record<string, string>>;

/** Why a mail starts no run though it is stored. */
export type AutomatedReason = "auto_reply" | "bulk_mail" | "bounce";

const BULK = /^\s*(?:bulk|junk|list|auto_reply)\b/i;

/**
 * Whether a machine wrote the mail in answer to another, by what its header says: answering it would go round
 * and round (RFC 3834; `Precedence` is older and still in use; bounces come from nobody, RFC 5321 §4.5.5).
 *
 * @example automatedReason({ "auto-submitted": "auto-replied" }) // "auto_reply"
 */
export function automatedReason(headers: MailHeaders): AutomatedReason | null {
  const submitted = headers["auto-submitted"]?.split(";")[0].trim().toLowerCase();
  if (submitted !== undefined && submitted !== "" && submitted !== "no") return "auto_reply";
  if (headers["x-autoreply"] !== undefined || headers["x-autorespond"] !== undefined) {
    return "auto_reply";
  }
  if (headers["return-path"]?.trim() === "<>") return "bounce";
  if (BULK.test(headers.precedence ?? "")) return "bulk_mail";
  return null;
}
