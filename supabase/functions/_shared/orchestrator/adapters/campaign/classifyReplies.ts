import { z } from "zod";
import { cut } from "../../core/cut.ts";
import { CLASSIFY_REPLIES } from "../../../prompts/classifyReplies.v1.ts";
import { defineAdapter, type SkillRun } from "../defineAdapter.ts";
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

/** Replies that one question holds, and how much of each. */
const MAX_ASKED = 40;
const MAX_ASKED_CHARS = 1500;

const ModelReplies = z.object({
  replies: z.array(z.object({
    number: z.number().int(),
    category: ClassifiedReply.shape.category,
    confidence: z.number().min(0).max(1),
  })),
});
type Verdict = Pick<ClassifiedReply, "category" | "confidence">;

/** Categories by position as a model read them; what it left out is read by the rules. */
async function askForCategories(
  replies: readonly { readonly subject: string | null; readonly words: string }[],
  ctx: SkillRun,
): Promise<{ readonly byPosition: ReadonlyMap<number, Verdict>; readonly engine: string } | null> {
  if (replies.length === 0) return null;
  const answer = await ctx.ports.llm.ask({
    prompt: CLASSIFY_REPLIES,
    material: replies.slice(0, MAX_ASKED).map(({ subject, words }, at) =>
      `[${at}] ${subject ?? "(no subject)"}\n${cut(words, MAX_ASKED_CHARS)}`
    ).join("\n\n"),
    answer: ModelReplies,
    maxOutputTokens: 2000,
    mayDegrade: true,
  }, ctx);
  if (answer === null) return null;
  ctx.signal.throwIfAborted();
  return {
    engine: answer.engine,
    byPosition: new Map(answer.value.replies.map(({ number, ...verdict }) => [number, verdict])),
  };
}

/** `classify-replies`: what each person who answered a campaign wants. */
export const classifyReplies = defineAdapter({
  skill: "classify-replies",
  effectMode: "pure",
  cpuMs: 40,
  input: Input,
  output: ClassifyRepliesOutput,
  async run({ outputs }, ctx) {
    ctx.signal.throwIfAborted();
    const received = outputs["pull-campaign-metrics"].replies;
    const byModel = await askForCategories(received, ctx);
    const replies = received.map((reply, at): ClassifiedReply => {
      const byRules = classifyReply(reply.subject, reply.words);
      // Who asks to be left alone is left alone, whatever a model makes of it.
      const { category, confidence } = byRules.category === "unsubscribe"
        ? byRules
        : byModel?.byPosition.get(at) ?? byRules;
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
    return {
      output: {
        classified_replies: replies.sort((a, b) => rank(a.category) - rank(b.category)),
        counts,
      },
      engine: byModel?.engine ?? "rules",
    };
  },
});
