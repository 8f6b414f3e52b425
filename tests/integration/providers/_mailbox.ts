import type { Mailbox } from "../../../supabase/functions/_shared/ports/mailboxes.ts";
import { composeMailboxes } from "../../../supabase/functions/_shared/providers/mailboxes/compose.ts";
import { createDesk } from "../../support/vendors/deliveries.ts";

export const TOPIC = "projects/fleet-test/topics/gmail";
const CONNECTED = "2026-11-20T00:00:00.000Z";
/** Token "t1" belongs to organisation "org-1", whose connection goes by the same name. */
const BOX = {
  connection_id: "org-1",
  org_id: "org-1",
  user_id: "u1",
  account: "maya.chen@northwind.example",
  cursor: null,
  subscription_id: null,
  connected_at: CONNECTED,
};

/** A mailbox at a vendor's address; rows are noted instead of stored. */
export function open(
  provider: Mailbox["provider"],
  url: string,
  options: {
    readonly topic?: string | null;
    readonly now?: number;
    /** Whether no other run stored a watch meanwhile. */
    readonly isFirst?: boolean;
  } = {},
) {
  const desk = createDesk({ "org-1": "t1" });
  const saved: unknown[] = [];
  const hashes: string[] = [];
  const bells: string[] = [];
  const mailboxes = composeMailboxes({
    env: { GMAIL_PUBSUB_TOPIC: options.topic === null ? undefined : options.topic ?? TOPIC },
    clock: { now: () => options.now ?? Date.now() },
    vendor: (name, area) => desk.vendor(name, url, area),
    functionsUrl: "https://ref.supabase.co/functions/v1",
    ring: () => {
      bells.push("sweep");
      return Promise.resolve();
    },
    store: {
      find: () => Promise.reject(new Error("Not asked here")),
      store: () => Promise.reject(new Error("Not asked here")),
      advance: () => Promise.resolve(true),
      prepareWatch: (_mailbox, hash) => {
        hashes.push(hash);
        return Promise.resolve("endpoint-1");
      },
      saveWatch: (_mailbox, watch) => {
        saved.push(watch);
        return Promise.resolve(options.isFirst ?? true);
      },
    },
  });
  const signal = new AbortController().signal;
  const box: Mailbox = { ...BOX, provider };
  return {
    saved,
    hashes,
    bells,
    desk,
    advance: (events: number, has_more: boolean) =>
      mailboxes.advance(box, {
        cursor: "1",
        has_more,
        events: Array.from({ length: events }, (_, at) => ({
          user_id: "u1",
          type: "email_received",
          payload: {},
          idempotency_key: `k${at}`,
        })),
      }),
    read: (cursor: string | null, limit = 100, more: Partial<Mailbox> = {}) =>
      mailboxes.readNew({ ...box, cursor, ...more }, { limit, signal }),
    watch: (more: Partial<Mailbox> = {}, isLost = false) =>
      mailboxes.watch({ ...box, ...more }, { isLost, signal }),
    stop: (more: Partial<Mailbox> = {}) => mailboxes.stop({ ...box, ...more }, signal),
  };
}
