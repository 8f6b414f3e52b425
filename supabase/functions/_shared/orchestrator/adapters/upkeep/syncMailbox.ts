import { z } from "zod";
import type { MailEventDraft } from "../../../ports/mailboxes.ts";
import { emailEvent } from "../../core/emailEvent.ts";
import { defineAdapter } from "../defineAdapter.ts";

const Input = z.object({ payload: z.object({ connection_id: z.uuid() }) });

export const SyncMailboxOutput = z.object({
  /** `gone`: the mailbox is no longer connected. */
  status: z.enum(["synced", "gone"]),
  /** Mails that were new to the organisation. */
  new_count: z.number().int(),
  known_count: z.number().int(),
  /** Stored, and start no run. */
  ignored_count: z.number().int(),
  has_more: z.boolean(),
  /** The vendor had forgotten where we were. */
  is_resync: z.boolean(),
});

const GONE = {
  status: "gone",
  new_count: 0,
  known_count: 0,
  ignored_count: 0,
  has_more: false,
  is_resync: false,
} as const;

/**
 * One reading fits the step's time, and its CPU time though a stranger sends the largest mails there are: a reading that
 * is killed would begin at the same place for ever. The rest is the next run's.
 */
const MAX_MAILS = 25;

/**
 * `sync-mailbox`: reads what came into a mailbox since its cursor. Each mail is stored first; then its event and the
 * cursor move in one statement. A repeat, or another run at the same time, finds the same mails under the same keys.
 */
export const syncMailbox = defineAdapter({
  skill: "sync-mailbox",
  effectMode: "db",
  cpuMs: 250,
  input: Input,
  output: SyncMailboxOutput,
  async run({ payload }, ctx) {
    ctx.signal.throwIfAborted();
    const { mailboxes } = ctx.ports;
    const mailbox = await mailboxes.find(ctx.orgId, payload.connection_id);
    const page = mailbox === null
      ? null
      : await mailboxes.readNew(mailbox, { limit: MAX_MAILS, signal: ctx.signal });
    if (mailbox === null || page === null) return { output: GONE, engine: "code" };
    const events: MailEventDraft[] = [];
    let known = 0, ignored = 0;
    for (const mail of page.mails) {
      ctx.signal.throwIfAborted();
      const stored = await mailboxes.store(mailbox, mail);
      if (stored.ignored_reason !== null) ignored++;
      // Of a mail that was known the event may not be made yet: its key says whether.
      else events.push({ user_id: stored.user_id, ...emailEvent(ctx.orgId, stored) });
      if (stored.duplicate) known++;
    }
    ctx.signal.throwIfAborted();
    await mailboxes.advance(mailbox, { cursor: page.cursor, has_more: page.has_more, events });
    return {
      output: {
        status: "synced" as const,
        new_count: page.mails.length - known,
        known_count: known,
        ignored_count: ignored,
        has_more: page.has_more,
        is_resync: page.is_resync,
      },
      engine: "code",
    };
  },
});
