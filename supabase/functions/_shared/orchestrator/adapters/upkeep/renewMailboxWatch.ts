import { z } from "zod";
import { defineAdapter } from "../defineAdapter.ts";

const Input = z.object({
  payload: z.object({
    connection_id: z.uuid(),
    /** `subscription_removed`: what we know is lost, whatever the vendor says of it. */
    reason: z.string().nullish().catch(null),
  }),
});

export const RenewMailboxWatchOutput = z.object({
  /** `not_configured`: the project names no topic, the mailbox is read hourly. `gone`: no longer connected. */
  status: z.enum(["watching", "not_configured", "gone"]),
  expires_at: z.string().nullable(),
});

const GONE = { status: "gone", expires_at: null } as const;

/** `renew-mailbox-watch`: keeps a vendor telling us of new mails; what came before a new watch is caught up. */
export const renewMailboxWatch = defineAdapter({
  skill: "renew-mailbox-watch",
  effectMode: "reconcile",
  cpuMs: 25,
  input: Input,
  output: RenewMailboxWatchOutput,
  async run({ payload }, ctx) {
    ctx.signal.throwIfAborted();
    const { mailboxes } = ctx.ports;
    const mailbox = await mailboxes.find(ctx.orgId, payload.connection_id);
    if (mailbox === null) return { output: GONE, engine: "code" };
    const { status, expires_at } = await mailboxes.watch(mailbox, {
      isLost: payload.reason === "subscription_removed",
      signal: ctx.signal,
    });
    return { output: { status, expires_at }, engine: "code" };
  },
});
