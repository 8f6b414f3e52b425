import { NotFoundError } from "../../orchestrator/core/errors.ts";
import type { CrmPort } from "../../ports/crm.ts";
import type { MailPort } from "../../ports/delivery.ts";
import type { Carrier, Deliverer } from "../delivery.ts";
import { effectMessageId } from "../effectId.ts";
import type { MailCarrier } from "./carrier.ts";

/** Mail by the first vendor that the sending member, or the organisation, connected. */
export function createMail(deps: {
  readonly deliverer: Deliverer;
  readonly crm: Pick<CrmPort, "getUser">;
  readonly carriers: readonly MailCarrier[];
}): MailPort {
  return {
    async send(mail, meta) {
      const sender = await deps.crm.getUser(meta.orgId, mail.from_user_id);
      const messageId = await effectMessageId(meta.effectKey, sender?.email ?? "");
      const delivered = await deps.deliverer.deliver({
        channel: "mail",
        recipients: [...mail.to, ...mail.cc ?? []],
        content: {
          from_user_id: mail.from_user_id,
          to: mail.to,
          cc: mail.cc ?? [],
          subject: mail.subject,
          body_text: mail.body_text,
          in_reply_to: mail.in_reply_to ?? null,
          thread_id: mail.thread_id ?? null,
        },
        async carrier() {
          if (sender === null) {
            throw new NotFoundError("user_not_found", "Cannot send a mail: no such sender");
          }
          const from = { name: sender.name, email: sender.email };
          let found: Carrier | null = null;
          for (const carrier of deps.carriers) {
            found ??= await carrier({ mail, from, messageId }, meta);
          }
          return found;
        },
      }, meta);
      return { ...delivered, message_id: messageId };
    },
  };
}
