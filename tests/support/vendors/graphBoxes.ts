import type { BoxMail } from "./boxMail.ts";
import { type Seen, serveVendor, type VendorServer } from "./server.ts";

const json = (body: unknown, status = 200) => Response.json(body, { status });

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
