import { type Seen, serveVendor, type VendorServer } from "./server.ts";

/** A mail that left a vendor, however it came in. */
export interface SentMail {
  readonly id: string;
  readonly token: string;
  readonly messageId: string;
  readonly subject: string;
  readonly to: readonly string[];
  readonly text: string;
  readonly inReplyTo: string | null;
  readonly thread: string | null;
}

export interface MailServer extends VendorServer {
  readonly sent: SentMail[];
}

/** Resend: one answer per idempotency key, 409 for the key with another body (resend.com/docs). */
export function serveResend(keys: readonly string[]): MailServer {
  const sent: SentMail[] = [];
  const byKey = new Map<string, { readonly body: string; readonly id: string }>();
  const server = serveVendor((seen) => {
    if (!keys.includes(seen.token)) {
      return Response.json({ statusCode: 401, name: "missing_api_key" }, { status: 401 });
    }
    if (seen.path !== "/emails" || seen.method !== "POST") return notFound();
    const { from, to, subject, text, headers = {} } = seen.body;
    if (!from || !Array.isArray(to) || !subject) {
      return Response.json({ name: "validation_error" }, { status: 422 });
    }
    const key = seen.headers.get("idempotency-key") ?? crypto.randomUUID();
    const body = JSON.stringify(seen.body), known = byKey.get(key);
    if (known !== undefined) {
      return known.body === body
        ? Response.json({ id: known.id })
        : Response.json({ name: "invalid_idempotent_request" }, { status: 409 });
    }
    const id = crypto.randomUUID();
    byKey.set(key, { body, id });
    sent.push({
      id,
      token: seen.token,
      messageId: headers["Message-ID"],
      subject,
      to,
      text,
      inReplyTo: headers["In-Reply-To"] ?? null,
      thread: null,
    });
    return Response.json({ id });
  });
  return Object.assign(server, { sent });
}

/** Gmail's `users.messages`: base64url MIME in, search by `rfc822msgid:` (developers.google.com/gmail). */
export function serveGmail(
  tokens: readonly string[],
  threads: readonly string[] = [],
): MailServer {
  const sent: SentMail[] = [];
  const server = serveVendor((seen) => {
    if (!tokens.includes(seen.token)) return unauthenticated();
    if (seen.path === "/gmail/v1/users/me/messages/send") return accept(seen);
    if (seen.path === "/gmail/v1/users/me/messages") {
      const [, wanted] = /rfc822msgid:(\S+)/.exec(seen.query.q) ?? [];
      const found = sent.filter(({ messageId }) => messageId === `<${wanted}>`);
      // An empty result has no `messages` at all.
      return Response.json(
        found.length === 0 ? { resultSizeEstimate: 0 } : {
          messages: found.map(({ id }) => ({ id, threadId: id })),
        },
      );
    }
    return notFound();
  });

  function accept(seen: Seen): Response {
    const { raw, threadId } = seen.body;
    // Gmail's threads are hexadecimal; one of another mailbox is not found.
    if (threadId !== undefined && !/^[0-9a-f]+$/.test(threadId)) {
      return Response.json({ error: { code: 400, message: "Invalid thread_id value" } }, {
        status: 400,
      });
    }
    if (threadId !== undefined && !threads.includes(threadId)) {
      return Response.json({ error: { code: 404, status: "NOT_FOUND" } }, { status: 404 });
    }
    if (!/^[A-Za-z0-9_-]+$/.test(raw)) {
      return Response.json({ error: { code: 400 } }, { status: 400 });
    }
    const [head, body] = decode(raw.replaceAll("-", "+").replaceAll("_", "/")).split("\r\n\r\n");
    const headers = new Map(
      head.replaceAll("\r\n ", " ").split("\r\n").map((line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    );
    const id = crypto.randomUUID().replaceAll("-", "").slice(0, 16);
    sent.push({
      id,
      token: seen.token,
      messageId: headers.get("message-id")!,
      subject: decodeWords(headers.get("subject")!),
      to: headers.get("to")!.split(", "),
      text: decode(body.replaceAll("\r\n", "")),
      inReplyTo: headers.get("in-reply-to") ?? null,
      thread: threadId ?? null,
    });
    return Response.json({ id, threadId: threadId ?? id, labelIds: ["SENT"] });
  }
  return Object.assign(server, { sent });
}

/** Microsoft Graph's messages: drafts under immutable ids, replies, 202 for sending (learn.microsoft.com/graph). */
export function serveGraphMail(options: {
  readonly tokens: readonly string[];
  /** Message-IDs that lie in the mailbox already. */
  readonly inbox?: readonly string[];
}): MailServer {
  const sent: SentMail[] = [];
  // deno-lint-ignore no-explicit-any -- Graph's own resources
  const box = new Map<string, any>(
    (options.inbox ?? []).map((internetMessageId, at) => [`in${at}`, {
      id: `in${at}`,
      internetMessageId,
      conversationId: `conversation${at}`,
      isDraft: false,
    }]),
  );
  const server = serveVendor((seen) => {
    if (!options.tokens.includes(seen.token)) {
      return Response.json({ error: { code: "InvalidAuthenticationToken" } }, { status: 401 });
    }
    const [, id, verb] = /^\/v1\.0\/me\/messages(?:\/([^/]+))?(?:\/(\w+))?$/.exec(seen.path) ?? [];
    if (id === undefined && seen.method === "GET") {
      const [, wanted] = /^internetMessageId eq '(.*)'$/.exec(seen.query.$filter) ?? [];
      return Response.json({
        value: [...box.values()].filter((one) => one.internetMessageId === wanted),
      });
    }
    if (id === undefined && seen.method === "POST") return draft(seen.body);
    const one = box.get(id);
    if (one === undefined) {
      return Response.json({ error: { code: "ErrorItemNotFound" } }, { status: 404 });
    }
    if (verb === "createReply") return draft({ conversationId: one.conversationId, replyTo: one });
    if (verb === undefined && seen.method === "PATCH") {
      return Response.json(Object.assign(one, seen.body));
    }
    if (verb === "send" && one.isDraft) {
      one.isDraft = false;
      sent.push({
        id,
        token: seen.token,
        messageId: one.internetMessageId,
        subject: one.subject,
        // deno-lint-ignore no-explicit-any -- Graph's own resources
        to: one.toRecipients.map((to: any) => to.emailAddress.address),
        text: one.body.content,
        inReplyTo: one.replyTo?.internetMessageId ?? null,
        thread: one.conversationId ?? null,
      });
      return new Response(null, { status: 202 });
    }
    return Response.json({ error: { code: "ErrorInvalidOperation" } }, { status: 400 });
  });

  function draft(fields: object): Response {
    const id = crypto.randomUUID();
    box.set(id, { id, isDraft: true, ...fields });
    return Response.json(box.get(id), { status: 201 });
  }
  return Object.assign(server, { sent });
}

const notFound = () => new Response("{}", { status: 404 });
const unauthenticated = () =>
  Response.json({ error: { code: 401, status: "UNAUTHENTICATED" } }, { status: 401 });

function decode(base64: string): string {
  return new TextDecoder().decode(Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0)));
}

function decodeWords(text: string): string {
  return text.replace(/=\?UTF-8\?B\?([^?]*)\?=\s*/g, (_, word) => decode(word));
}
