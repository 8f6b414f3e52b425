import type { ClockPort } from "../../ports/clock.ts";
import type { MailboxesPort, MailboxStore } from "../../ports/mailboxes.ts";
import type { createVendors } from "../vendors.ts";
import { createGmailMailbox } from "./gmail.ts";
import { createGraphMailbox } from "./graph.ts";
import { createMailboxes } from "./mailboxes.ts";

/** Mailboxes of both vendors, for the engine and for whoever disconnects an account. */
export function composeMailboxes(deps: {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Pick<ClockPort, "now">;
  readonly vendor: ReturnType<typeof createVendors>;
  readonly store: MailboxStore;
  /** Says that events are due; may be lost. */
  readonly ring: () => Promise<void>;
  /** `…/functions/v1`. */
  readonly functionsUrl: string;
}): MailboxesPort {
  const { store, clock, vendor, functionsUrl, ring } = deps;
  return createMailboxes({
    store,
    ring,
    vendors: {
      google: {
        vendor: vendor("google", "mailbox"),
        reader: createGmailMailbox({ store, clock, topic: deps.env.GMAIL_PUBSUB_TOPIC || null }),
      },
      microsoft: {
        vendor: vendor("microsoft", "mailbox"),
        reader: createGraphMailbox({ store, clock, functionsUrl }),
      },
    },
  });
}
