import { z } from "zod";
import { FatalError } from "../../orchestrator/core/errors.ts";
import type { Vendor } from "../http/vendor.ts";
import { effectId } from "../effectId.ts";
import type { MailCarrier } from "./carrier.ts";
import { nameAndAddress } from "./mime.ts";

const Sent = z.object({ id: z.string().min(1) });
/** Resend keeps idempotency keys for a day; a repeat close to that is no repeat any more. */
const KEY_HOLDS_MS = 23 * 3_600_000;

/** Resend (`POST /emails`): the effect key is its idempotency key (`keyed`), for as long as Resend keeps it. */
export function createResendCarrier(resend: Vendor): MailCarrier {
  return async (letter, meta) => {
    const { mail, messageId, from } = letter;
    const session = await resend.open({
      orgId: meta.orgId,
      userId: mail.from_user_id,
      signal: meta.signal,
    });
    if (session === null) return null;
    return {
      name: "Resend",
      effectMode: "keyed",
      find({ ageMs }) {
        if (ageMs < KEY_HOLDS_MS) return Promise.resolve(null);
        throw new FatalError(
          "effect_unknown",
          "Resend no longer knows the key of the first attempt: look whether this mail was sent",
        );
      },
      async send() {
        const { id } = await session.read(Sent, {
          method: "POST",
          path: "/emails",
          headers: { "idempotency-key": `fleet-${await effectId(meta.effectKey)}` },
          body: {
            from: nameAndAddress(from),
            to: mail.to,
            ...(mail.cc?.length ? { cc: mail.cc } : {}),
            subject: mail.subject,
            text: mail.body_text,
            headers: {
              "Message-ID": messageId,
              ...(mail.in_reply_to
                ? { "In-Reply-To": mail.in_reply_to, References: mail.in_reply_to }
                : {}),
            },
          },
        });
        return id;
      },
    };
  };
}
