import type { BoxMail } from "./boxMail.ts";
import { type Seen, serveVendor, type VendorServer } from "./server.ts";

const json = (body: unknown, status = 200) => Response.json(body, { status });
const unauthenticated = () => json({ error: { code: 401, status: "UNAUTHENTICATED" } }, 401);

interface GmailBox {
  readonly mails: BoxMail[];
  /** One record per arrival, in order; ids as Gmail's, beyond what a number holds exactly. */
  readonly history: { readonly id: string; readonly mail: BoxMail }[];
  /** History ids up to this one are forgotten. */
  forgottenUpTo: bigint;
  watch: { topic: string; expiration: number } | null;
}

export interface GmailBoxes extends VendorServer {
  /** A mail arrives; answers the history id that a push would name. */
  arrive(token: string, mail: BoxMail): string;
  /** Everything up to now is too old to be listed. */
  forget(token: string): void;
  watchOf(token: string): GmailBox["watch"];
}

const FIRST_HISTORY = 9_007_199_254_740_993n;

/** Gmail: `users.watch`, `stop`, `history.list` with pages and 404, `messages.list`, `messages.get` (developers.google.com/gmail). */
export function serveGmailBoxes(
  tokens: readonly string[],
  options: { readonly pageSize?: number; readonly watchMs?: number; readonly topic?: string } = {},
): GmailBoxes {
  const { pageSize = 100, watchMs = 7 * 86_400_000 } = options;
  const boxes = new Map<string, GmailBox>(
    tokens.map((token) => [token, { mails: [], history: [], forgottenUpTo: 0n, watch: null }]),
  );
  const now = (box: GmailBox) => FIRST_HISTORY + BigInt(box.history.length);
  const server = serveVendor((seen) => {
    const box = boxes.get(seen.token);
    if (box === undefined) return unauthenticated();
    const path = seen.path.replace("/gmail/v1/users/me", "");
    if (path === "/profile") return json({ emailAddress: "x", historyId: String(now(box)) });
    if (path === "/watch") return watch(box, seen);
    if (path === "/stop") {
      box.watch = null;
      return new Response(null, { status: 204 });
    }
    if (path === "/history") return listHistory(box, seen);
    if (path === "/messages") return list(box, seen);
    const mail = box.mails.find(({ id }) => path === `/messages/${id}`);
    return mail === undefined
      ? json({ error: { code: 404, status: "NOT_FOUND" } }, 404)
      : json(resource(mail, seen.query.format ?? "full"));
  });

  function watch(box: GmailBox, seen: Seen): Response {
    if (options.topic !== undefined && seen.body.topicName !== options.topic) {
      return json({ error: { code: 400, status: "INVALID_ARGUMENT" } }, 400);
    }
    box.watch = { topic: seen.body.topicName, expiration: Date.now() + watchMs };
    return json({ historyId: String(now(box)), expiration: String(box.watch.expiration) });
  }

  function listHistory(box: GmailBox, seen: Seen): Response {
    const since = BigInt(seen.query.startHistoryId);
    if (since < box.forgottenUpTo) {
      return json({ error: { code: 404, status: "NOT_FOUND" } }, 404);
    }
    const all = box.history.filter(({ id }) => BigInt(id) > since);
    const from = Number(seen.query.pageToken ?? "0");
    const page = all.slice(from, from + pageSize);
    return json({
      // An empty result has no `history` at all.
      ...(page.length === 0 ? {} : {
        history: page.map(({ id, mail }) => ({
          id,
          messages: [{ id: mail.id, threadId: `t-${mail.id}` }],
          messagesAdded: [{
            message: {
              id: mail.id,
              threadId: `t-${mail.id}`,
              labelIds: mail.labels ?? ["UNREAD", "INBOX"],
            },
          }],
        })),
      }),
      ...(from + pageSize < all.length ? { nextPageToken: String(from + pageSize) } : {}),
      historyId: String(now(box)),
    });
  }

  function list(box: GmailBox, seen: Seen): Response {
    const all = [...box.mails].reverse();
    const from = Number(seen.query.pageToken ?? "0"), size = Number(seen.query.maxResults);
    const page = all.slice(from, from + size);
    return json({
      ...(page.length === 0
        ? {}
        : { messages: page.map(({ id }) => ({ id, threadId: `t-${id}` })) }),
      ...(from + size < all.length ? { nextPageToken: String(from + size) } : {}),
      resultSizeEstimate: all.length,
    });
  }

  return Object.assign(server, {
    arrive(token: string, mail: BoxMail) {
      const box = boxes.get(token)!;
      box.mails.push(mail);
      box.history.push({ id: String(now(box) + 1n), mail });
      return String(now(box));
    },
    forget(token: string) {
      const box = boxes.get(token)!;
      box.forgottenUpTo = now(box);
    },
    watchOf: (token: string) => boxes.get(token)!.watch,
  });
}

function resource(mail: BoxMail, format: string) {
  const headers = [
    { name: "Message-ID", value: mail.messageId },
    { name: "From", value: mail.from },
    { name: "To", value: mail.to },
    { name: "Subject", value: mail.subject },
    ...Object.entries(mail.headers ?? {}).map(([name, value]) => ({ name, value })),
  ];
  return {
    id: mail.id,
    threadId: `t-${mail.id}`,
    labelIds: mail.labels ?? ["UNREAD", "INBOX"],
    snippet: mail.text.slice(0, 100),
    internalDate: String(Date.parse(mail.receivedAt ?? new Date().toISOString())),
    payload: {
      mimeType: "multipart/alternative",
      headers,
      ...(format === "metadata" ? {} : {
        parts: [
          { mimeType: "text/plain", filename: "", body: { data: base64Url(mail.text) } },
          {
            mimeType: "text/html",
            filename: "",
            body: { data: base64Url(`<p>${mail.text}${"x".repeat(mail.padding ?? 0)}</p>`) },
          },
        ],
      }),
    },
  };
}

function base64Url(text: string): string {
  let bytes = "";
  for (const byte of new TextEncoder().encode(text)) bytes += String.fromCharCode(byte);
  return btoa(bytes).replaceAll("+", "-").replaceAll("/", "_");
}
