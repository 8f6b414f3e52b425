import { z } from "zod";

/** RFC 5321's longest address. */
const Address = z.email().max(254);

/** `ann@example.com` or `"Lee, Ann" <ann@example.com>`; only the address is kept. */
const Mailbox = z.string().max(600)
  .transform((text) => (/<([^<>]+)>\s*$/.exec(text)?.[1] ?? text).trim())
  .pipe(Address);

/** What PostgreSQL can hold and a mail can have been sent at. */
const Moment = z.iso.datetime({ offset: true }).refine(
  (text) => {
    const year = Number(text.slice(0, 4));
    return year >= 1970 && year <= 2200;
  },
  "must lie between 1970 and 2200",
);

/** RFC 5322's longest line: no header is longer unfolded than a few of them. */
const MessageId = z.string().min(1).max(998);

/** Generic mail body (contract.md §4). Keys we do not know are dropped. */
export const GenericMail = z.object({
  type: z.literal("email.received"),
  data: z.object({
    message_id: MessageId,
    thread_id: z.string().min(1).max(998).nullish(),
    from: Mailbox,
    to: z.array(Mailbox).max(500),
    cc: z.array(Mailbox).max(500).nullish(),
    subject: z.string().max(2000),
    body_text: z.string().nullish(),
    body_html: z.string().nullish(),
    received_at: Moment,
    in_reply_to: MessageId.nullish(),
    /** Header fields that tell an automatic answer: `auto-submitted`, `precedence`, `return-path`. */
    headers: z.record(z.string().max(200), z.string().max(2000)).nullish(),
  }),
});

export type GenericMailBody = z.output<typeof GenericMail>;
