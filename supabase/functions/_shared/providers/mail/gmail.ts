import { z } from "zod";
import { FatalError } from "../../orchestrator/core/errors.ts";
import { encodeBase64 } from "../connections/base64.ts";
import type { Vendor } from "../http/vendor.ts";
import type { MailCarrier } from "./carrier.ts";
import { toMime } from "./mime.ts";

const Sent = z.object({ id: z.string().min(1) });
const Found = z.object({ messages: z.array(Sent).default([]) });

const SCOPE = "https://www.googleapis.com/auth/gmail.";
const EVERYTHING = "https://mail.google.com/";
const MAY_SEND = [`${SCOPE}send`, `${SCOPE}modify`, `${SCOPE}compose`, EVERYTHING];
const MAY_SEARCH = [`${SCOPE}readonly`, `${SCOPE}modify`, EVERYTHING];

/**
 * Gmail (`users.messages.send`). The API takes no key: a repeated attempt looks for our Message-ID among the
 * sent mails first (`reconcile`).
 */
export function createGmailCarrier(google: Vendor): MailCarrier {
  return async (letter, meta) => {
    const session = await google.open({
      orgId: meta.orgId,
      userId: letter.mail.from_user_id,
      signal: meta.signal,
    });
    const may = (wanted: readonly string[]) =>
      wanted.some((scope) => session?.credential.scopes.includes(scope));
    // A member may have connected the calendar alone.
    if (session === null || !may(MAY_SEND)) return null;
    return {
      name: "Gmail",
      effectMode: "reconcile",
      async find() {
        if (!may(MAY_SEARCH)) {
          throw new FatalError(
            "effect_unknown",
            "We may not search this mailbox: look whether the mail was sent",
          );
        }
        const { messages } = await session.read(Found, {
          method: "GET",
          path: "/gmail/v1/users/me/messages",
          query: { q: `in:sent rfc822msgid:${letter.messageId.slice(1, -1)}`, maxResults: "1" },
        });
        return messages[0]?.id ?? null;
      },
      async send() {
        const raw = encodeBase64(new TextEncoder().encode(toMime(letter)))
          .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
        const threadId = letter.mail.thread_id ?? undefined;
        const { id } = await session.read(Sent, {
          method: "POST",
          path: "/gmail/v1/users/me/messages/send",
          body: { raw, threadId },
        });
        return id;
      },
    };
  };
}
