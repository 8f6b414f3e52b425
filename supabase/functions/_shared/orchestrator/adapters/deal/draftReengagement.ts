import { z } from "zod";
import { DRAFT_REENGAGEMENT } from "../../../prompts/draftReengagement.v1.ts";
import { cut } from "../../core/cut.ts";
import { FatalError, ValidationError } from "../../core/errors.ts";
import type { Proposal } from "../../types.ts";
import { defineTwoPhaseAdapter, type JsonObject, type SkillRun } from "../defineAdapter.ts";
import { notAppliedIn, reviseWords } from "../email/_revise.ts";
import { assertSender } from "../email/_sender.ts";
import { Opportunity } from "./_revival.ts";

const Input = z.object({
  payload: z.object({}),
  context: z.object({
    org: z.object({ name: z.string() }).nullish(),
  }),
  outputs: z.object({
    "analyse-stall-reason": z.object({ scored_opportunities: z.array(Opportunity) }).nullish(),
  }),
});

/** What an approver sees and may edit; the recipient stays the deal's contact. */
const ReengagementProposal = z.object({
  deal_id: z.uuid(),
  deal_name: z.string(),
  from_user_id: z.uuid(),
  to: z.email(),
  subject: z.string().min(1).max(200),
  body: z.string().min(1).max(10_000),
  score: z.number(),
  recommended_approach: z.string(),
});

const Draft = z.object({
  deal_id: z.string(),
  deal_name: z.string(),
  company_name: z.string().nullable(),
  contact_name: z.string().nullable(),
  contact_email: z.string(),
  subject: z.string(),
  body: z.string(),
  signal_summary: z.string().nullable(),
  score: z.number(),
  recommended_approach: z.string(),
});

/** Output of `draft-reengagement`: of one sent mail, or why nothing was asked. */
export const DraftReengagementOutput = z.object({
  drafts: z.array(Draft),
  total_qualified: z.number().int(),
  sent: z.boolean(),
  sent_to: z.string().nullable(),
  delivered_via: z.string().nullable(),
  message: z.string().nullable(),
});

/** Worth writing to, and so many at most in one run (source: the specification). */
const QUALIFIES_FROM = 50;
const MAX_DRAFTS = 5;

/** The mail, out of nothing but what is known: no promise, no price, no invented acquaintance. */
export function draftMail(
  deal: Opportunity,
  sender: { readonly name: string; readonly organization: string },
): { readonly subject: string; readonly body: string } {
  const first = deal.contact_name?.split(/\s+/)[0];
  const company = deal.company_name ?? "you";
  const lines = [first === undefined ? "Hello," : `Hi ${first},`, ""];
  if (deal.primary_signal !== null) {
    lines.push(`I read “${deal.primary_signal.title}” and thought of our talks.`, "");
  }
  lines.push(
    deal.loss_reason === null
      ? `Some time ago we talked about ${topicOf(deal)}.`
      : `When we last talked about ${topicOf(deal)}, it came down to this: ${
        deal.loss_reason.replace(/[.\s]+$/, "")
      }.`,
    "Has that changed? If it has, I would like to hear what you need today; if not, a short no is fine too.",
    "",
    "Best regards,",
    sender.name,
    sender.organization,
  );
  return {
    subject: `${company}: another look at ${topicOf(deal)}?`.slice(0, 120),
    body: lines.join("\n"),
  };
}

/** A deal's name often opens with its company, which the sentence names already. */
function topicOf(deal: Opportunity): string {
  const name = deal.deal_name.replace(/\s+\d{4}$/, "");
  const [head, ...rest] = name.split(/:\s+/);
  return rest.length > 0 && head === deal.company_name ? rest.join(": ") : name;
}

const MAX_SUBJECT = 120;
const MAX_BODY = 4000;
const ModelMail = z.object({ subject: z.string().min(1), body: z.string().min(1) });

/** The mail in a model's words over what is known; a person approves each one. */
async function askForMail(
  deal: Opportunity,
  sender: { readonly name: string; readonly organization: string },
  ctx: SkillRun,
) {
  const answer = await ctx.ports.llm.ask({
    prompt: DRAFT_REENGAGEMENT,
    material: JSON.stringify(
      {
        writer: sender,
        to: deal.contact_name,
        company: deal.company_name,
        deal: topicOf(deal),
        it_came_down_to: deal.loss_reason,
        news: deal.primary_signal?.title ?? null,
      },
      null,
      1,
    ),
    answer: ModelMail,
    maxOutputTokens: 600,
    // The mail leaves the house: nobody gets other words than the engine that was chosen writes.
    mayDegrade: false,
  }, ctx);
  if (answer === null) return null;
  ctx.signal.throwIfAborted();
  const { subject, body } = answer.value;
  return {
    engine: answer.engine,
    mail: {
      subject: cut(subject.replace(/\s+/g, " ").trim(), MAX_SUBJECT),
      body: cut(body, MAX_BODY),
    },
  };
}

/** `draft-reengagement`: a mail per ripe deal, each asked about and sent on its own. */
export const draftReengagement = defineTwoPhaseAdapter({
  skill: "draft-reengagement",
  effectMode: "keyed",
  cpuMs: 15,
  input: Input,
  output: DraftReengagementOutput,
  proposal: ReengagementProposal,

  async propose({ context, outputs }, ctx) {
    ctx.signal.throwIfAborted();
    const ripe = (outputs["analyse-stall-reason"]?.scored_opportunities ?? [])
      .filter(({ score }) => score >= QUALIFIES_FROM);
    const reachable = ripe.filter((deal) =>
      deal.contact_email !== null && (deal.owner_id ?? ctx.userId) !== null
    ).slice(0, MAX_DRAFTS);
    const members = reachable.length === 0 ? [] : await ctx.ports.crm.listMembers(ctx.orgId);
    const proposals: Proposal[] = [];
    let engine = "rules";
    for (const deal of reachable) {
      const from = deal.owner_id ?? ctx.userId!;
      const sender = {
        name: members.find((member) => member.id === from)?.name ?? "",
        organization: context.org?.name ?? "",
      };
      const byModel = await askForMail(deal, sender, ctx);
      engine = byModel?.engine ?? engine;
      const mail = byModel?.mail ?? draftMail(deal, sender);
      proposals.push({
        action_type: "reengagement_email",
        preview: `Write to ${
          deal.contact_name ?? deal.contact_email
        } about ${deal.deal_name} (${deal.score}/100): ${mail.subject}`,
        proposed: {
          deal_id: deal.deal_id,
          deal_name: deal.deal_name,
          from_user_id: from,
          to: deal.contact_email!,
          subject: mail.subject,
          body: mail.body.trimEnd(),
          score: deal.score,
          recommended_approach: deal.recommended_approach,
        } satisfies JsonObject,
      });
    }
    const message = proposals.length > 0
      ? null
      : ripe.length === 0
      ? "No deal is ripe for another approach"
      : "The ripe deals have no contact to write to";
    return {
      proposals,
      output: {
        drafts: [],
        total_qualified: ripe.length,
        sent: false,
        sent_to: null,
        delivered_via: null,
        message,
      },
      engine,
    };
  },

  async revise(revision, ctx) {
    const mail = ReengagementProposal.parse(revision.previous);
    const revised = await reviseWords(mail, revision, {
      ctx,
      maxSubject: MAX_SUBJECT,
      maxBody: MAX_BODY,
    });
    const { subject, body, engine } = revised;
    return {
      proposal: {
        action_type: "reengagement_email",
        preview: `Write to ${mail.to} about ${mail.deal_name}: ${subject}.${notAppliedIn(revised)}`,
        proposed: { ...mail, subject, body },
      },
      engine,
    };
  },

  async apply(content, ctx) {
    const mail = ReengagementProposal.parse(content);
    const [member, known, deal] = await Promise.all([
      ctx.ports.crm.getUser(ctx.orgId, mail.from_user_id),
      ctx.ports.crm.findContactsByEmail(ctx.orgId, [mail.to]),
      ctx.ports.crm.getDeal(ctx.orgId, mail.deal_id),
    ]);
    assertSender(mail.from_user_id, [deal?.owner_id, ctx.userId]);
    if (member === null) {
      throw new FatalError("sender_not_member", "Cannot send: the sender is no member any more");
    }
    // An edit may change the words; the mail still goes to a contact of the organisation.
    const [contact] = known;
    if (contact === undefined) {
      throw new ValidationError(
        "recipient_not_contact",
        "Cannot send: the address is not that of a contact",
      );
    }
    ctx.signal.throwIfAborted();
    const sent = await ctx.ports.mail.send(
      { from_user_id: member.id, to: [mail.to], subject: mail.subject, body_text: mail.body },
      {
        orgId: ctx.orgId,
        jobId: ctx.jobId,
        stepId: ctx.stepId,
        effectKey: ctx.effectKey("mail"),
        signal: ctx.signal,
      },
    );
    return {
      output: {
        drafts: [{
          deal_id: mail.deal_id,
          deal_name: mail.deal_name,
          company_name: null,
          contact_name: contact.name,
          contact_email: mail.to,
          subject: mail.subject,
          body: mail.body,
          signal_summary: null,
          score: mail.score,
          recommended_approach: mail.recommended_approach,
        }],
        total_qualified: 1,
        sent: sent.status === "sent",
        sent_to: mail.to,
        delivered_via: sent.via,
        message: null,
      },
      engine: "code",
    };
  },
});
