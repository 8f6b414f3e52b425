import { z } from "zod";
import { clip, cut } from "../../core/cut.ts";
import { FatalError, ValidationError } from "../../core/errors.ts";
import { defineTwoPhaseAdapter, type JsonObject } from "../defineAdapter.ts";
import { notAppliedIn, reviseWords } from "../email/_revise.ts";
import { assertSender } from "../email/_sender.ts";
import { assemble, CustomSections, PopulatedProposal, ProposalContext } from "./_proposal.ts";

const Input = z.object({
  payload: z.object({}),
  context: ProposalContext,
  outputs: z.object({
    "populate-proposal": z.object({ proposal: PopulatedProposal }),
    "generate-custom-sections": CustomSections.nullish().catch(null),
  }),
});

/** What an approver sees and may edit: title, words and whether it is sent or kept as a draft. */
export const ReviewedProposal = z.strictObject({
  deal_id: z.string().nullable(),
  deal_name: z.string().nullable(),
  contact_id: z.string().nullable(),
  /** Null: nobody to send it to; approving keeps it as a draft. */
  to: z.email().nullable(),
  from_user_id: z.uuid(),
  template_id: z.string().nullable(),
  title: z.string().trim().min(1).max(200),
  body: z.string().trim().min(1).max(60_000),
  send: z.boolean(),
});

/** Output of `present-for-review`. */
export const PresentForReviewOutput = z.object({
  /** The rep saw it: an approval was asked for. */
  proposal_preview_sent: z.boolean(),
  proposal_id: z.string().nullable(),
  deal_id: z.string().nullable(),
  deal_name: z.string().nullable(),
  sent: z.boolean(),
  sent_to: z.string().nullable(),
  delivered_via: z.string().nullable(),
  message: z.string().nullable(),
});

const MAX_PREVIEW = 500;

/** `present-for-review`: the finished proposal before the rep's eyes; stored and sent once approved. */
export const presentForReview = defineTwoPhaseAdapter({
  skill: "present-for-review",
  effectMode: "keyed",
  cpuMs: 15,
  input: Input,
  output: PresentForReviewOutput,
  proposal: ReviewedProposal,

  propose({ context, outputs }, ctx) {
    ctx.signal.throwIfAborted();
    const { proposal } = outputs["populate-proposal"];
    const body = assemble(proposal, outputs["generate-custom-sections"] ?? null);
    const to = z.email().safeParse(context.contact?.email).data ?? null;
    const { userId } = ctx;
    const missing = proposal.missing.length === 0
      ? ""
      : ` Nobody knows: ${proposal.missing.join(", ")}.`;
    return Promise.resolve({
      proposals: userId === null ? [] : [{
        action_type: "proposal_review",
        preview: clip(
          `${proposal.title}: ${
            to === null ? "to keep as a draft" : `to send to ${to}`
          }.${missing} ${body.replaceAll(/\s+/g, " ")}`,
          MAX_PREVIEW,
        ),
        proposed: {
          deal_id: context.deal?.id ?? null,
          deal_name: context.deal?.name ?? null,
          contact_id: context.contact?.id ?? null,
          to,
          from_user_id: userId,
          template_id: proposal.template_id,
          title: cut(proposal.title, 200),
          body,
          send: to !== null,
        } satisfies JsonObject,
      }],
      output: {
        proposal_preview_sent: false,
        proposal_id: null,
        deal_id: context.deal?.id ?? null,
        deal_name: context.deal?.name ?? null,
        sent: false,
        sent_to: null,
        delivered_via: null,
        message: userId === null ? "The run has no user to ask" : null,
      },
      engine: "code",
    });
  },

  async revise(revision, ctx) {
    const reviewed = ReviewedProposal.parse(revision.previous);
    const revised = await reviseWords(
      { subject: reviewed.title, body: reviewed.body },
      revision,
      { ctx, maxSubject: 200, maxBody: 60_000 },
    );
    const { subject: title, body, engine } = revised;
    const where = reviewed.to === null ? "to keep as a draft" : `to send to ${reviewed.to}`;
    return {
      proposal: {
        action_type: "proposal_review",
        preview: `${title}: ${where}.${notAppliedIn(revised)}`,
        proposed: { ...reviewed, title, body },
      },
      engine,
    };
  },

  async apply(content, ctx) {
    const reviewed = ReviewedProposal.parse(content);
    assertSender(reviewed.from_user_id, [ctx.userId]);
    const { crm, mail } = ctx.ports;
    const { deal_id, deal_name, contact_id, to, template_id, title, body } = reviewed;
    const isToSend = reviewed.send && to !== null;
    if (isToSend) {
      const [member, known] = await Promise.all([
        crm.getUser(ctx.orgId, reviewed.from_user_id),
        crm.findContactsByEmail(ctx.orgId, [to]),
      ]);
      if (member === null) {
        throw new FatalError("sender_not_member", "Cannot send: the sender is no member any more");
      }
      if (known.length === 0) {
        throw new ValidationError(
          "recipient_not_contact",
          "Cannot send: the address is not that of a contact",
        );
      }
    }
    ctx.signal.throwIfAborted();
    const sent = isToSend
      ? await mail.send(
        { from_user_id: reviewed.from_user_id, to: [to], subject: title, body_text: body },
        {
          orgId: ctx.orgId,
          jobId: ctx.jobId,
          stepId: ctx.stepId,
          effectKey: ctx.effectKey("mail"),
          signal: ctx.signal,
        },
      )
      : null;
    const isSent = sent?.status === "sent";
    const { id } = await crm.applyChange({
      orgId: ctx.orgId,
      entity: "proposal",
      id: null,
      effectKey: ctx.effectKey("proposal"),
      change: {
        deal_id,
        contact_id,
        template_id,
        title,
        status: isSent ? "sent" : "draft",
        content: { body },
      },
    });
    return {
      output: {
        proposal_preview_sent: true,
        proposal_id: id,
        deal_id,
        deal_name,
        sent: isSent,
        sent_to: isSent ? to : null,
        delivered_via: sent?.via ?? null,
        message: isSent ? null : sent === null ? "Kept as a draft" : `Not sent: ${sent.via}`,
      },
      engine: "code",
    };
  },
});
