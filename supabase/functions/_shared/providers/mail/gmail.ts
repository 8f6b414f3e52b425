import { z } from "zod";
import { FatalError } from "../../orchestrator/core/errors.ts";
import { encodeBase64 } from "../connections/base64.ts";
import type { Vendor } from "../http/vendor.ts";
import type { MailCarrier } from "./carrier.ts";
import { toMime } from "./mime.ts";

const Sent = z.object({ id: z.string().min(1) });
const Found = z.object({ messages: z.array(Sent).default([]) });

/**
 * What Gmail answers for a thread it does not hold: the mail came in by another door, or to a colleague. Nothing
 * was sent then, and the threading headers alone still join the mails at the reader's.
 */
const NO_SUCH_THREAD: readonly number[] = [400, 404];

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
        const request = { method: "POST", path: "/gmail/v1/users/me/messages/send" } as const;
        const threadId = letter.mail.thread_id;
        if (threadId) {
          const { status, body } = await session.call({
            ...request,
            body: { raw, threadId },
            accept: NO_SUCH_THREAD,
          });
          if (!NO_SUCH_THREAD.includes(status)) return readSent(body);
        }
        return readSent((await session.call({ ...request, body: { raw } })).body);
      },
    };
  };
}

function readSent(body: unknown): string {
  const sent = Sent.safeParse(body);
  if (sent.success) return sent.data.id;
  throw new FatalError("mail_bad_answer", "Gmail answered in an unknown shape");
}
