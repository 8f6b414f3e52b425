import type { MailPort } from "../../ports/delivery.ts";
import type { Deliverer } from "../delivery.ts";

/** Mail without a mail provider: the whole message goes to the deliverer. */
export function createEmbeddedMail(deliverer: Deliverer): MailPort {
  return {
    send: (mail, meta) =>
      deliverer.deliver({
        channel: "mail",
        recipient: mail.to.join(", "),
        content: {
          from_user_id: mail.from_user_id,
          to: mail.to,
          cc: mail.cc ?? [],
          subject: mail.subject,
          body_text: mail.body_text,
          in_reply_to: mail.in_reply_to ?? null,
          thread_id: mail.thread_id ?? null,
        },
      }, meta),
  };
}
