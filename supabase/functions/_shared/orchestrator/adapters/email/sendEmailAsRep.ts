import { z } from "zod";
import { FatalError, ValidationError } from "../../core/errors.ts";
import { defineTwoPhaseAdapter, type JsonObject, type SkillRun } from "../defineAdapter.ts";
import { parseSender } from "./_mail.ts";
import { notAppliedIn, reviseWords } from "./_revise.ts";
import { assertSender } from "./_sender.ts";

const Input = z.object({
  payload: z.object({
    contact_id: z.string().nullish().catch(null),
    deal_id: z.string().nullish().catch(null),
  }),
  outputs: z.object({
    "draft-followup-email": z.object({
      email_draft: z.object({
        to: z.email(),
        subject: z.string(),
        body: z.string(),
        in_reply_to: z.string().nullish(),
        thread_id: z.string().nullish(),
      }).nullable(),
    }).nullish().catch(null),
  }),
});

/** What an approver sees and may edit: the words, and which contact they go to. */
export const MailProposal = z.strictObject({
  from_user_id: z.uuid(),
  to: z.email(),
  subject: z.string().trim().min(1).max(250),
  body: z.string().trim().min(1).max(20_000),
  in_reply_to: z.string().max(998).nullable(),
  thread_id: z.string().max(998).nullable(),
});
type MailProposal = z.output<typeof MailProposal>;

/** Output of `send-email-as-rep`; ids and time are null when nothing was sent. */
export const SendEmailAsRepOutput = z.object({
  success: z.boolean(),
  message_id: z.string().nullable(),
  thread_id: z.string().nullable(),
  sent_at: z.string().nullable(),
  to: z.string().nullable(),
  subject: z.string().nullable(),
  delivered_via: z.string().nullable(),
  message: z.string().nullable(),
});

/** A mail leaves for contacts of the organisation, or back to whoever wrote the answered mail. */
async function isAllowedRecipient(mail: MailProposal, ctx: SkillRun): Promise<boolean> {
  const { crm } = ctx.ports;
  const known = await crm.findContactsByEmail(ctx.orgId, [mail.to]);
  if (known.length > 0) return true;
  if (mail.in_reply_to === null) return false;
  const answered = await crm.findEmail(ctx.orgId, { messageId: mail.in_reply_to });
  return answered !== null && answered.direction === "inbound" &&
    parseSender(answered.from_email ?? "").address === mail.to.toLowerCase();
}

/** `send-email-as-rep`: the draft, shown to the rep and sent from their mailbox once approved. */
export const sendEmailAsRep = defineTwoPhaseAdapter({
  skill: "send-email-as-rep",
  effectMode: "keyed",
  cpuMs: 15,
  input: Input,
  output: SendEmailAsRepOutput,
  proposal: MailProposal,

  propose({ outputs }, ctx) {
    ctx.signal.throwIfAborted();
    const draft = outputs["draft-followup-email"]?.email_draft ?? null;
    const message = draft === null
      ? "There is no draft to send"
      : ctx.userId === null
      ? "The run has no user to send as"
      : null;
    const proposals = draft === null || ctx.userId === null ? [] : [{
      action_type: "send_email",
      preview: `Send “${draft.subject}” to ${draft.to}`,
      proposed: {
        from_user_id: ctx.userId,
        to: draft.to,
        subject: draft.subject,
        body: draft.body,
        in_reply_to: draft.in_reply_to ?? null,
        thread_id: draft.thread_id ?? null,
      } satisfies JsonObject,
    }];
    return Promise.resolve({
      proposals,
      output: {
        success: false,
        message_id: null,
        thread_id: null,
        sent_at: null,
        to: null,
        subject: null,
        delivered_via: null,
        message,
      },
      engine: "code",
    });
  },

  async revise(revision, ctx) {
    const mail = MailProposal.parse(revision.previous);
    const revised = await reviseWords(mail, revision, { ctx, maxSubject: 250, maxBody: 20_000 });
    const { subject, body, engine } = revised;
    return {
      proposal: {
        action_type: "send_email",
        preview: `Send “${subject}” to ${mail.to}.${notAppliedIn(revised)}`,
        proposed: { ...mail, subject, body },
      },
      engine,
    };
  },

  async apply(content, ctx) {
    const mail = MailProposal.parse(content);
    assertSender(mail.from_user_id, [ctx.userId]);
    const { crm, clock, mail: mailbox } = ctx.ports;
    const [member, isAllowed] = await Promise.all([
      crm.getUser(ctx.orgId, mail.from_user_id),
      isAllowedRecipient(mail, ctx),
    ]);
    if (member === null) {
      throw new FatalError("sender_not_member", "Cannot send: the sender is no member any more");
    }
    if (!isAllowed) {
      throw new ValidationError(
        "recipient_not_contact",
        "Cannot send: the address is neither a contact's nor the sender's of the answered mail",
      );
    }
    ctx.signal.throwIfAborted();
    const { from_user_id, to, subject, body, in_reply_to, thread_id } = mail;
    const sent = await mailbox.send(
      { from_user_id, to: [to], subject, body_text: body, in_reply_to, thread_id },
      {
        orgId: ctx.orgId,
        jobId: ctx.jobId,
        stepId: ctx.stepId,
        effectKey: ctx.effectKey("mail"),
        signal: ctx.signal,
      },
    );
    const isSent = sent.status === "sent";
    const sentAt = new Date(clock.now()).toISOString();
    if (isSent) {
      await crm.applyChange({
        orgId: ctx.orgId,
        entity: "email",
        id: null,
        effectKey: ctx.effectKey("sent"),
        change: {
          user_id: from_user_id,
          message_id: sent.message_id,
          thread_id,
          in_reply_to,
          direction: "outbound",
          from_email: member.email,
          to_emails: [to],
          subject,
          body_text: body,
          sent_at: sentAt,
        },
      });
    }
    return {
      output: {
        success: isSent,
        message_id: isSent ? sent.message_id : null,
        thread_id: thread_id,
        sent_at: isSent ? sentAt : null,
        to,
        subject,
        delivered_via: sent.via,
        message: isSent ? null : `Not sent: ${sent.via}`,
      },
      engine: "code",
    };
  },
});
