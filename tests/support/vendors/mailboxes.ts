import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { type Seen, serveVendor, type VendorServer } from "./server.ts";

/** A mail as it lies in a mailbox at its vendor. */
export interface BoxMail {
  readonly id: string;
  readonly messageId: string;
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly labels?: readonly string[];
  readonly receivedAt?: string;
  /** Bytes of padding: the whole mail is then too large for one answer. */
  readonly padding?: number;
}

let lastMail = 0;

export function boxMail(more: Partial<BoxMail> = {}): BoxMail {
  const at = ++lastMail;
  return {
    id: `m${at}`,
    messageId: `<mail-${at}@customer.example>`,
    from: "Priya Raman <priya.raman@harborfoods.example>",
    to: "maya.chen@northwind.example",
    subject: `Question ${at}`,
    text: "Can the forecast be exported to Excel?",
    ...more,
  };
}

const json = (body: unknown, status = 200) => Response.json(body, { status });
const unauthenticated = () => json({ error: { code: 401, status: "UNAUTHENTICATED" } }, 401);

// Gmail --------------------------------------------------------------------------------------------------

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

// Microsoft Graph ----------------------------------------------------------------------------------------

export interface Subscription {
  readonly id: string;
  readonly notificationUrl: string;
  readonly lifecycleNotificationUrl: string;
  readonly clientState: string;
  expirationDateTime: string;
}

interface GraphBox {
  readonly mails: BoxMail[];
  readonly subscriptions: Map<string, Subscription>;
  /** Delta tokens below this generation are gone. */
  generation: number;
}

export interface GraphBoxes extends VendorServer {
  arrive(token: string, mail: BoxMail): BoxMail;
  /** Every delta token so far answers 410. */
  forget(token: string): void;
  subscriptionsOf(token: string): readonly Subscription[];
  /** Graph removes a subscription by itself. */
  drop(token: string): void;
}

/**
 * Graph: subscriptions with the handshake before they are made, renewal, 404; the inbox's delta with next and delta
 * links, `@removed` and 410 (learn.microsoft.com/graph).
 */
export function serveGraphBoxes(
  tokens: readonly string[],
  /** Subscriptions whose door fails the handshake are refused, as Graph does; off where there is no door. */
  options: { readonly shakesHands?: boolean } = {},
): GraphBoxes {
  const boxes = new Map<string, GraphBox>(
    tokens.map((token) => [token, { mails: [], subscriptions: new Map(), generation: 0 }]),
  );
  const server: VendorServer = serveVendor((seen) => {
    const box = boxes.get(seen.token);
    if (box === undefined) return json({ error: { code: "InvalidAuthenticationToken" } }, 401);
    const path = seen.path.replace("/v1.0", "");
    if (path === "/subscriptions" && seen.method === "POST") {
      return subscribe(box, seen);
    }
    const subscription = box.subscriptions.get(path.replace("/subscriptions/", ""));
    if (path.startsWith("/subscriptions/")) {
      if (subscription === undefined) return json({ error: { code: "ResourceNotFound" } }, 404);
      if (seen.method === "DELETE") {
        box.subscriptions.delete(subscription.id);
        return new Response(null, { status: 204 });
      }
      subscription.expirationDateTime = seen.body.expirationDateTime;
      return json(subscription);
    }
    if (path === "/me/mailFolders/inbox/messages/delta") return delta(box, seen);
    const mail = box.mails.find(({ id }) => path === `/me/messages/${id}`);
    return mail === undefined
      ? json({ error: { code: "ErrorItemNotFound" } }, 404)
      : json(message(mail, seen));
  });

  async function subscribe(box: GraphBox, seen: Seen): Promise<Response> {
    const { notificationUrl, lifecycleNotificationUrl, clientState, expirationDateTime } =
      seen.body;
    const minutes = (Date.parse(expirationDateTime) - Date.now()) / 60_000;
    if (!(minutes > 0 && minutes <= 4230) || !clientState || clientState.length > 255) {
      return json({ error: { code: "InvalidRequest" } }, 400);
    }
    for (const url of options.shakesHands ? [notificationUrl, lifecycleNotificationUrl] : []) {
      const token = `Validation: reachability <${crypto.randomUUID()}>`;
      const answer = await fetch(`${url}?validationToken=${encodeURIComponent(token)}`, {
        method: "POST",
        headers: { "content-type": "text/plain; charset=utf-8" },
      });
      if (answer.status !== 200 || await answer.text() !== token) {
        return json({ error: { code: "InvalidRequest" } }, 400);
      }
    }
    const id = crypto.randomUUID();
    box.subscriptions.set(id, {
      id,
      notificationUrl,
      lifecycleNotificationUrl,
      clientState,
      expirationDateTime,
    });
    return json({ id, expirationDateTime, resource: seen.body.resource }, 201);
  }

  function delta(box: GraphBox, seen: Seen): Response {
    const size = Number(
      /odata\.maxpagesize=(\d+)/.exec(seen.headers.get("prefer") ?? "")?.[1] ?? 10,
    );
    const { $deltatoken, $skiptoken, $filter } = seen.query;
    const [generation, at] = ($deltatoken ?? $skiptoken ?? `${box.generation}.0`).split(".");
    if (Number(generation) < box.generation) {
      return json({ error: { code: "syncStateNotFound" } }, 410);
    }
    const since = /receivedDateTime ge (\S+)/.exec($filter ?? "")?.[1];
    const from = Number(at);
    const page = box.mails.slice(from, from + size);
    const more = from + size < box.mails.length;
    const link = `http://elsewhere.invalid/v1.0/me/mailFolders/inbox/messages/delta?`;
    return json({
      value: [
        ...page.filter(({ receivedAt }) =>
          since === undefined || receivedAt === undefined || receivedAt >= since
        ).map(({ id }) => ({ id })),
        ...(more ? [] : [{ id: "deleted", "@removed": { reason: "deleted" } }]),
      ],
      ...(more
        ? { "@odata.nextLink": `${link}$skiptoken=${generation}.${from + size}` }
        : { "@odata.deltaLink": `${link}$deltatoken=${generation}.${box.mails.length}` }),
    });
  }

  return Object.assign(server, {
    arrive(token: string, mail: BoxMail) {
      boxes.get(token)!.mails.push(mail);
      return mail;
    },
    forget(token: string) {
      boxes.get(token)!.generation++;
    },
    subscriptionsOf: (token: string) => [...boxes.get(token)!.subscriptions.values()],
    drop: (token: string) => boxes.get(token)!.subscriptions.clear(),
  });
}

function message(mail: BoxMail, { query, headers }: Seen) {
  const person = (text: string) => ({
    emailAddress: { name: "x", address: /<(.+)>/.exec(text)?.[1] ?? text },
  });
  const isWhole = query.$select.endsWith(",body");
  return {
    id: mail.id,
    internetMessageId: mail.messageId,
    conversationId: `c-${mail.id}`,
    subject: mail.subject,
    from: person(mail.from),
    toRecipients: [person(mail.to)],
    ccRecipients: [],
    receivedDateTime: mail.receivedAt ?? new Date().toISOString(),
    isDraft: false,
    internetMessageHeaders: Object.entries(mail.headers ?? {})
      .map(([name, value]) => ({ name, value })),
    ...(isWhole
      ? {
        body: {
          // The text is asked for; without that wish Graph sends markup.
          contentType: headers.get("prefer")?.includes('body-content-type="text"')
            ? "text"
            : "html",
          content: `${mail.text}${"x".repeat(mail.padding ?? 0)}`,
        },
      }
      : { bodyPreview: mail.text.slice(0, 255) }),
  };
}

/** A batch of change notices as Graph posts it. */
export function graphBatch(
  subscription: Subscription,
  ids: readonly string[],
  more: Readonly<Record<string, unknown>> = {},
) {
  return {
    value: ids.map((id) => ({
      subscriptionId: subscription.id,
      subscriptionExpirationDateTime: subscription.expirationDateTime,
      changeType: "created",
      resource: `Users/u1/Messages/${id}`,
      resourceData: {
        "@odata.type": "#Microsoft.Graph.Message",
        "@odata.id": `Users/u1/Messages/${id}`,
        "@odata.etag": `W/"${id}"`,
        id,
      },
      clientState: subscription.clientState,
      tenantId: "84bd8158-6d4d-4958-8b9f-9d6445542f95",
      ...more,
    })),
  };
}

// Google's signature -------------------------------------------------------------------------------------

export interface GoogleSigner extends VendorServer {
  /** A token as Pub/Sub sends it; any claim or header may be replaced. */
  sign(
    claims?: Readonly<Record<string, unknown>>,
    header?: Readonly<Record<string, unknown>>,
  ): Promise<string>;
  /** The public key as text, for whoever would sign with it. */
  readonly publicKey: string;
  readonly account: string;
}

/** Google's certificates on this machine, and a key that signs as Pub/Sub does. */
export async function serveGoogleCerts(audience: string): Promise<GoogleSigner> {
  const { publicKey, privateKey } = await generateKeyPair("RS256", { extractable: true });
  const jwk = { ...await exportJWK(publicKey), kid: "google-1", alg: "RS256", use: "sig" };
  const account = "pubsub@fleet-test.iam.gserviceaccount.com";
  const server = serveVendor(() => json({ keys: [jwk] }));
  return Object.assign(server, {
    account,
    publicKey: JSON.stringify(jwk),
    sign(claims: Readonly<Record<string, unknown>> = {}, header: object = {}) {
      const now = Math.floor(Date.now() / 1000);
      const all = {
        iss: "https://accounts.google.com",
        aud: audience,
        azp: "113774264463038321964",
        sub: "113774264463038321964",
        email: account,
        email_verified: true,
        iat: now,
        exp: now + 3600,
        ...claims,
      };
      return new SignJWT(all)
        .setProtectedHeader({ alg: "RS256", kid: "google-1", typ: "JWT", ...header })
        .sign(privateKey);
    },
  });
}

/** Pub/Sub's push of a Gmail notice: the history id is a number in it, of more digits than a number holds. */
export function gmailPush(
  account: string,
  historyId: string,
  messageId: string = crypto.randomUUID(),
) {
  const data = btoa(`{"emailAddress":"${account}","historyId":${historyId}}`);
  return JSON.stringify({
    message: {
      data,
      messageId,
      message_id: messageId,
      publishTime: new Date().toISOString(),
    },
    subscription: "projects/fleet-test/subscriptions/gmail",
  });
}

function base64Url(text: string): string {
  let bytes = "";
  for (const byte of new TextEncoder().encode(text)) bytes += String.fromCharCode(byte);
  return btoa(bytes).replaceAll("+", "-").replaceAll("/", "_");
}
