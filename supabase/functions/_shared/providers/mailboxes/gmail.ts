import { z } from "zod";
import { FatalError } from "../../orchestrator/core/errors.ts";
import type { ClockPort } from "../../ports/clock.ts";
import type { IncomingEmail, Mailbox, MailboxStore, MailPage } from "../../ports/mailboxes.ts";
import type { VendorSession } from "../http/vendor.ts";
import { GmailMessage, toEmail } from "./gmailMessage.ts";
import type { MailboxVendor } from "./mailboxes.ts";

const BASE = "/gmail/v1/users/me";
/** Ids are 64 bits: as numbers they would lose their last digits. */
const HistoryId = z.string().regex(/^\d{1,20}$/);
const Profile = z.object({ historyId: HistoryId });
const Named = z.object({ id: z.string().min(1) });
const History = z.object({
  history: z.array(z.object({
    id: HistoryId,
    messagesAdded: z.array(z.object({
      message: Named.extend({ labelIds: z.array(z.string()).default([]) }),
    })).default([]),
  })).default([]),
  nextPageToken: z.string().optional(),
  historyId: HistoryId,
});
const Found = z.object({
  messages: z.array(Named).default([]),
  nextPageToken: z.string().optional(),
});
const Watch = z.object({ historyId: HistoryId, expiration: z.string().regex(/^\d{1,16}$/) });

const FORGOTTEN = 404;
const GONE = 404;
/** What is read again after Gmail forgot the history; it keeps a week of it at least. */
const RESYNC_DAYS = 7;
/** A mailbox with more in those days is read no further back. */
const RESYNC_MAX = 500;
/** What was taken out of the inbox before we came is somebody's decision. */
const LEFT_OUT = ["DRAFT", "SENT", "SPAM", "TRASH", "CHAT"];

/** Gmail: `users.history.list` from the stored history id, `users.watch` to a Pub/Sub topic. */
export function createGmailMailbox(deps: {
  readonly store: Pick<MailboxStore, "saveWatch">;
  readonly clock: Pick<ClockPort, "now">;
  /** `projects/<project>/topics/<topic>`; null: nobody tells us, the mailbox is read hourly. */
  readonly topic: string | null;
}): MailboxVendor {
  return {
    async read(session, mailbox, { limit }) {
      // Whoever connects an account wants the mails from now on.
      if (mailbox.cursor === null) {
        const { historyId } = await session.read(Profile, {
          method: "GET",
          path: `${BASE}/profile`,
        });
        return { mails: [], cursor: historyId, has_more: false, is_resync: false };
      }
      const resync = readResync(mailbox.cursor);
      const part = resync !== null
        ? await listRecent(session, resync, limit)
        : await listHistory(session, mailbox.cursor, limit) ??
          await listRecent(session, await startResync(session), limit);
      const mails: IncomingEmail[] = [];
      for (const id of part.ids) {
        const mail = await readMessage(session, id, deps.clock.now());
        const isOld = part.is_resync && mail !== null && mail.received_at < mailbox.connected_at;
        if (mail !== null && !isOld) mails.push(mail);
      }
      const { cursor, has_more, is_resync } = part;
      return { mails, cursor, has_more, is_resync };
    },

    async watch(session, mailbox) {
      if (deps.topic === null) {
        const { historyId } = await session.read(Profile, {
          method: "GET",
          path: `${BASE}/profile`,
        });
        await save(mailbox, { cursor: historyId, expiresAt: null });
        return { status: "not_configured", expires_at: null };
      }
      // Another watch replaces the one before: making and renewing are one call.
      const { historyId, expiration } = await session.read(Watch, {
        method: "POST",
        path: `${BASE}/watch`,
        body: { topicName: deps.topic, labelIds: ["INBOX"], labelFilterBehavior: "INCLUDE" },
      });
      const expiresAt = new Date(Number(expiration)).toISOString();
      await save(mailbox, { cursor: historyId, expiresAt });
      return { status: "watching", expires_at: expiresAt };
    },

    async stop(session) {
      await session.call({ method: "POST", path: `${BASE}/stop` });
    },
  };

  async function save(
    mailbox: Mailbox,
    watch: { readonly cursor: string; readonly expiresAt: string | null },
  ): Promise<void> {
    await deps.store.saveWatch(mailbox, {
      ...watch,
      subscriptionId: null,
      clientStateSha256: null,
      catchesUp: true,
    });
  }
}

interface Part extends Omit<MailPage, "mails"> {
  readonly ids: readonly string[];
}

/** Mails added since the history id; null when Gmail no longer knows it. The last whole record read is the cursor. */
async function listHistory(
  session: VendorSession,
  since: string,
  limit: number,
): Promise<Part | null> {
  const ids = new Set<string>();
  let cursor = since, pageToken: string | undefined;
  do {
    const { status, body } = await session.call({
      method: "GET",
      path: `${BASE}/history`,
      query: {
        startHistoryId: since,
        historyTypes: "messageAdded",
        labelId: "INBOX",
        maxResults: "100",
        ...(pageToken === undefined ? {} : { pageToken }),
      },
      accept: [FORGOTTEN],
    });
    if (status === FORGOTTEN) return null;
    const page = parse(History, body);
    for (const { id, messagesAdded } of page.history) {
      for (const { message } of messagesAdded) {
        if (!message.labelIds.some((label) => LEFT_OUT.includes(label))) ids.add(message.id);
      }
      cursor = id;
      if (ids.size >= limit) return { ids: [...ids], cursor, has_more: true, is_resync: false };
    }
    pageToken = page.nextPageToken;
    if (pageToken === undefined) cursor = page.historyId;
  } while (pageToken !== undefined);
  return { ids: [...ids], cursor, has_more: false, is_resync: false };
}

/** A reading of the recent days under way: where history goes on afterwards, how many are read, the next page. */
interface Resync {
  readonly historyId: string;
  readonly count: number;
  readonly pageToken: string | null;
}

/** The history id of now, before the first page: what comes meanwhile is read twice rather than never. */
async function startResync(session: VendorSession): Promise<Resync> {
  const { historyId } = await session.read(Profile, { method: "GET", path: `${BASE}/profile` });
  return { historyId, count: 0, pageToken: null };
}

function readResync(cursor: string): Resync | null {
  const [word, historyId, count, ...token] = cursor.split(":");
  return word === "resync"
    ? { historyId, count: Number(count), pageToken: token.join(":") || null }
    : null;
}

async function listRecent(
  session: VendorSession,
  { historyId, count, pageToken }: Resync,
  limit: number,
): Promise<Part> {
  const { messages, nextPageToken } = await session.read(Found, {
    method: "GET",
    path: `${BASE}/messages`,
    query: {
      q: `in:inbox newer_than:${RESYNC_DAYS}d`,
      maxResults: String(limit),
      ...(pageToken === null ? {} : { pageToken }),
    },
  });
  const read = count + messages.length;
  const has_more = nextPageToken !== undefined && read < RESYNC_MAX;
  return {
    // Gmail lists the newest first.
    ids: messages.map(({ id }) => id).reverse(),
    cursor: has_more ? `resync:${historyId}:${read}:${nextPageToken}` : historyId,
    has_more,
    is_resync: true,
  };
}

/** Null: the mail is gone again. One too large to be read whole is kept by its headers and its snippet. */
async function readMessage(
  session: VendorSession,
  id: string,
  now: number,
): Promise<IncomingEmail | null> {
  const ask = async (format: "full" | "metadata") => {
    const { status, body } = await session.call({
      method: "GET",
      path: `${BASE}/messages/${encodeURIComponent(id)}`,
      query: { format },
      accept: [GONE],
    });
    return status === GONE ? null : toEmail(parse(GmailMessage, body), now);
  };
  try {
    return await ask("full");
  } catch (error) {
    if (error instanceof FatalError && error.code === "answer_too_large") {
      return await ask("metadata");
    }
    throw error;
  }
}

function parse<T extends z.ZodType>(schema: T, body: unknown): z.output<T> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new FatalError("mailbox_bad_answer", "Google answered in an unknown shape", {
    details: parsed.error.issues.map(({ path }) => path.join(".")),
  });
}
