import type {
  Mailbox,
  MailboxesPort,
  MailboxStore,
  MailPage,
  WatchAnswer,
} from "../../ports/mailboxes.ts";
import type { Vendor, VendorSession } from "../http/vendor.ts";

/** A mail vendor's mailbox, opened with its owner's account. */
export interface MailboxVendor {
  read(
    session: VendorSession,
    mailbox: Mailbox,
    options: { readonly limit: number },
  ): Promise<MailPage>;
  watch(
    session: VendorSession,
    mailbox: Mailbox,
    options: { readonly isLost: boolean },
  ): Promise<WatchAnswer>;
  stop(session: VendorSession, mailbox: Mailbox): Promise<void>;
}

/** Mailboxes over their rows and their vendors. */
export function createMailboxes(deps: {
  readonly store: MailboxStore;
  /** Says that events are due; may be lost. */
  readonly ring: () => Promise<void>;
  readonly vendors: Readonly<
    Record<Mailbox["provider"], { readonly vendor: Vendor; readonly reader: MailboxVendor }>
  >;
}): MailboxesPort {
  const { store } = deps;

  /** Null when another account than this mailbox's would let us in: it was connected anew, or disconnected. */
  async function open(mailbox: Mailbox, signal: AbortSignal): Promise<VendorSession | null> {
    const session = await deps.vendors[mailbox.provider].vendor.open({
      orgId: mailbox.org_id,
      userId: mailbox.user_id,
      signal,
    });
    return session?.credential.connectionId === mailbox.connection_id ? session : null;
  }

  return {
    find: (orgId, connectionId) => store.find(orgId, connectionId),
    store: (mailbox, email) => store.store(mailbox, email),
    async advance(mailbox, to) {
      const isMoved = await store.advance(mailbox, to);
      if (to.events.length > 0 || to.has_more) await deps.ring();
      return isMoved;
    },
    async readNew(mailbox, { limit, signal }) {
      const session = await open(mailbox, signal);
      return session === null
        ? null
        : await deps.vendors[mailbox.provider].reader.read(session, mailbox, { limit });
    },
    async watch(mailbox, { isLost, signal }) {
      const session = await open(mailbox, signal);
      return session === null
        ? { status: "gone", expires_at: null }
        : await deps.vendors[mailbox.provider].reader.watch(session, mailbox, { isLost });
    },
    async stop(mailbox, signal) {
      const session = await open(mailbox, signal);
      if (session !== null) await deps.vendors[mailbox.provider].reader.stop(session, mailbox);
    },
  };
}
