import { z } from "zod";
import { cut } from "../../core/cut.ts";
import { defineAdapter } from "../defineAdapter.ts";
import { ClassifiedReply, HOT, Reply, type ReplyCategory } from "./_campaign.ts";
import { classifyReply } from "./_replyRules.ts";

const Input = z.object({
  payload: z.object({}),
  outputs: z.object({ "pull-campaign-metrics": z.object({ replies: z.array(Reply) }) }),
});

/** Output of `classify-replies`: who wants something first. */
export const ClassifyRepliesOutput = z.object({
  classified_replies: z.array(ClassifiedReply),
  /** How many of each category. */
  counts: z.record(z.string(), z.number().int()),
});

const ACTIONS: Readonly<Record<ReplyCategory, string>> = {
  meeting_request: "Offer times today",
  interested: "Answer today while it is fresh",
  question: "Answer the question",
  referral: "Write to the person named",
  not_now: "Set a reminder for the time they named",
  not_interested: "Close the conversation",
  unsubscribe: "Take them off every list now",
  out_of_office: "Wait until they are back",
  other: "Read it",
};
const MAX_SUMMARY = 200;

/** `classify-replies`: what each person who answered a campaign wants. */
export const classifyReplies = defineAdapter({
  skill: "classify-replies",
  effectMode: "pure",
  cpuMs: 40,
  input: Input,
  output: ClassifyRepliesOutput,
  run({ outputs }, ctx) {
    ctx.signal.throwIfAborted();
    const replies = outputs["pull-campaign-metrics"].replies.map((reply): ClassifiedReply => {
      const { category, confidence } = classifyReply(reply.subject, reply.words);
      return {
        reply_id: reply.id,
        campaign_id: reply.campaign_id,
        contact_name: reply.contact_name,
        contact_email: reply.contact_email,
        subject: reply.subject,
        category,
        confidence,
        summary: cut(reply.words.replaceAll(/\s+/g, " "), MAX_SUMMARY),
        suggested_action: ACTIONS[category],
      };
    });
    const rank = (category: ReplyCategory) =>
      HOT.includes(category) ? HOT.indexOf(category) : HOT.length;
    const counts: Record<string, number> = {};
    for (const { category } of replies) counts[category] = (counts[category] ?? 0) + 1;
    return Promise.resolve({
      output: {
        classified_replies: replies.sort((a, b) => rank(a.category) - rank(b.category)),
        counts,
      },
      engine: "rules",
    });
  },
});
