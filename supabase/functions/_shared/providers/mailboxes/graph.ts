import { z } from "zod";
import { automatedReason } from "../../orchestrator/core/automatedMail.ts";
import { FatalError } from "../../orchestrator/core/errors.ts";
import type { ClockPort } from "../../ports/clock.ts";
import type { IncomingEmail, Mailbox, MailboxStore, MailPage } from "../../ports/mailboxes.ts";
import type { VendorSession } from "../http/vendor.ts";
import { sha256Hex } from "../sha256.ts";
import { fitEmail, momentOf } from "./fitEmail.ts";
import type { MailboxVendor } from "./mailboxes.ts";

const DELTA = "/v1.0/me/mailFolders/inbox/messages/delta";
const SUBSCRIPTIONS = "/v1.0/subscriptions";
const IMMUTABLE = 'IdType="ImmutableId"';

const Page = z.object({
  value: z.array(z.object({ id: z.string().min(1), "@removed": z.unknown().optional() })),
  "@odata.nextLink": z.url().optional(),
  "@odata.deltaLink": z.url().optional(),
});
const Person = z.object({ emailAddress: z.object({ address: z.string().nullish() }).nullish() });
const Message = z.object({
  id: z.string(),
  internetMessageId: z.string().nullish(),
  conversationId: z.string().nullish(),
  subject: z.string().nullish(),
  from: Person.nullish(),
  toRecipients: z.array(Person).nullish(),
  ccRecipients: z.array(Person).nullish(),
  receivedDateTime: z.string().nullish(),
  isDraft: z.boolean().nullish(),
  body: z.object({ content: z.string() }).nullish(),
  bodyPreview: z.string().nullish(),
  internetMessageHeaders: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
});
const Subscription = z.object({ id: z.string().min(1), expirationDateTime: z.string() });

const READ =
  "id,internetMessageId,conversationId,subject,from,toRecipients,ccRecipients,receivedDateTime,isDraft," +
  "internetMessageHeaders";
const GONE = 404;
/** Graph forgot where we were (`syncStateNotFound`, `resyncRequired`). */
const FORGOTTEN = 410;
const RESYNC_MS = 7 * 86_400_000;
/** Graph allows 4,230 minutes in every national cloud and revision of its documents; more in some. */
const WATCH_MS = 4_200 * 60_000;

/** Microsoft Graph: a delta query of the inbox, and a subscription that tells when to ask it. */
export function createGraphMailbox(deps: {
  readonly store: Pick<MailboxStore, "prepareWatch" | "saveWatch">;
  readonly clock: Pick<ClockPort, "now">;
  /** `…/functions/v1`. */
  readonly functionsUrl: string;
}): MailboxVendor {
  const { store, clock } = deps;
  return {
    async read(session, mailbox, { limit }) {
      const from = mailbox.cursor === null
        ? startOf(mailbox.connected_at)
        : Object.fromEntries(new URLSearchParams(mailbox.cursor));
      let part = await readDelta(session, from, limit);
      const is_resync = part === null;
      if (part === null) {
        // Nothing from before the account was connected is news.
        const recent = new Date(clock.now() - RESYNC_MS).toISOString();
        const since = recent > mailbox.connected_at ? recent : mailbox.connected_at;
        part = await readDelta(session, startOf(since), limit);
        if (part === null) throw new FatalError("mailbox_bad_answer", "Graph forgets at once");
      }
      const mails: IncomingEmail[] = [];
      for (const id of part.ids) {
        const mail = await readMessage(session, id, clock.now());
        if (mail !== null) mails.push(mail);
      }
      return { mails, cursor: part.cursor, has_more: part.has_more, is_resync };
    },

    async watch(session, mailbox, { isLost }) {
      const expirationDateTime = new Date(clock.now() + WATCH_MS).toISOString();
      const known = isLost ? null : mailbox.subscription_id;
      const renewed = known === null ? null : await renew(session, known, expirationDateTime);
      if (renewed !== null) {
        await save(mailbox, renewed, null);
        return { status: "watching", expires_at: renewed.expirationDateTime };
      }
      const clientState = randomText(), sha256 = await sha256Hex(clientState);
      const endpointId = await store.prepareWatch(mailbox, sha256);
      if (endpointId === null) return { status: "gone", expires_at: null };
      const door = `${deps.functionsUrl}/webhook-email/${endpointId}`;
      const made = await session.read(Subscription, {
        method: "POST",
        path: SUBSCRIPTIONS,
        headers: { prefer: IMMUTABLE },
        body: {
          changeType: "created",
          resource: "me/mailFolders('inbox')/messages",
          notificationUrl: door,
          lifecycleNotificationUrl: door,
          expirationDateTime,
          clientState,
        },
      });
      // Two runs made one each: the other's secret is stored, so that ours must not notify.
      if (!await save(mailbox, made, sha256)) await end(session, made.id);
      return { status: "watching", expires_at: made.expirationDateTime };
    },

    async stop(session, { subscription_id }) {
      if (subscription_id !== null) await end(session, subscription_id);
    },
  };

  async function save(
    mailbox: Mailbox,
    { id, expirationDateTime }: z.output<typeof Subscription>,
    clientStateSha256: string | null,
  ): Promise<boolean> {
    return await store.saveWatch(mailbox, {
      subscriptionId: id,
      clientStateSha256,
      cursor: null,
      expiresAt: expirationDateTime,
      // What came while nobody told.
      catchesUp: clientStateSha256 !== null,
    });
  }
}

async function end(session: VendorSession, id: string): Promise<void> {
  await session.call({
    method: "DELETE",
    path: `${SUBSCRIPTIONS}/${encodeURIComponent(id)}`,
    accept: [GONE],
  });
}

/** Null: Graph removed the subscription. */
async function renew(
  session: VendorSession,
  id: string,
  expirationDateTime: string,
): Promise<z.output<typeof Subscription> | null> {
  const { status, body } = await session.call({
    method: "PATCH",
    path: `${SUBSCRIPTIONS}/${encodeURIComponent(id)}`,
    body: { expirationDateTime },
    accept: [GONE],
  });
  return status === GONE ? null : parse(Subscription, body);
}

/** A delta query that begins at this moment instead of with the whole mailbox. */
function startOf(since: string): Readonly<Record<string, string>> {
  return { changeType: "created", $select: "id", $filter: `receivedDateTime ge ${since}` };
}

interface Part extends Pick<MailPage, "cursor" | "has_more"> {
  readonly ids: readonly string[];
}

/** Pages of a delta query until there are enough; null when Graph forgot where we were. */
async function readDelta(
  session: VendorSession,
  from: Readonly<Record<string, string>>,
  limit: number,
): Promise<Part | null> {
  const ids = new Set<string>();
  let query = from;
  for (;;) {
    const { status, body } = await session.call({
      method: "GET",
      path: DELTA,
      query,
      headers: { prefer: `odata.maxpagesize=${limit}, ${IMMUTABLE}` },
      accept: [FORGOTTEN],
    });
    if (status === FORGOTTEN) return null;
    const page = parse(Page, body);
    for (const one of page.value) if (one["@removed"] === undefined) ids.add(one.id);
    const next = page["@odata.nextLink"], end = page["@odata.deltaLink"];
    const link = next ?? end;
    if (link === undefined) throw badAnswer(["@odata.deltaLink"]);
    // Only the link's parameters are taken: our credential goes to no other host.
    const cursor = new URL(link).searchParams;
    if (next === undefined || ids.size >= limit) {
      return { ids: [...ids], cursor: cursor.toString(), has_more: next !== undefined };
    }
    query = Object.fromEntries(cursor);
  }
}

/** Null: the mail is gone again, or a draft. One too large to be read whole is kept by its preview. */
async function readMessage(
  session: VendorSession,
  id: string,
  now: number,
): Promise<IncomingEmail | null> {
  const ask = async (body: "body" | "bodyPreview") => {
    const answer = await session.call({
      method: "GET",
      path: `/v1.0/me/messages/${encodeURIComponent(id)}`,
      query: { $select: `${READ},${body}` },
      headers: { prefer: `outlook.body-content-type="text", ${IMMUTABLE}` },
      accept: [GONE],
    });
    return answer.status === GONE ? null : toEmail(parse(Message, answer.body), now);
  };
  try {
    return await ask("body");
  } catch (error) {
    if (error instanceof FatalError && error.code === "answer_too_large") {
      return await ask("bodyPreview");
    }
    throw error;
  }
}

function toEmail(message: z.output<typeof Message>, now: number): IncomingEmail | null {
  if (message.isDraft === true) return null;
  const headers = Object.fromEntries(
    [...message.internetMessageHeaders ?? []].reverse()
      .map(({ name, value }) => [name.toLowerCase(), value]),
  );
  const addressesOf = (people: readonly z.output<typeof Person>[]) =>
    people.flatMap((one) => one.emailAddress?.address ?? []);
  return fitEmail({
    message_id: message.internetMessageId || `<${message.id}@graph.invalid>`,
    thread_id: message.conversationId ?? null,
    in_reply_to: headers["in-reply-to"]?.trim() || null,
    from_email: addressesOf(message.from ? [message.from] : [])[0] ?? "",
    to_emails: addressesOf(message.toRecipients ?? []),
    cc_emails: addressesOf(message.ccRecipients ?? []),
    subject: message.subject ?? "",
    body_text: message.body?.content ?? message.bodyPreview ?? "",
    received_at: momentOf(Date.parse(message.receivedDateTime ?? ""), now),
    ignored_reason: automatedReason(headers),
  });
}

/** 256 bits: nobody guesses what Graph will say to prove itself. */
function randomText(): string {
  return [...crypto.getRandomValues(new Uint8Array(32))]
    .map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function parse<T extends z.ZodType>(schema: T, body: unknown): z.output<T> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw badAnswer(parsed.error.issues.map(({ path }) => path.join(".")));
}

function badAnswer(details: readonly string[]): FatalError {
  return new FatalError("mailbox_bad_answer", "Microsoft answered in an unknown shape", {
    details,
  });
}
