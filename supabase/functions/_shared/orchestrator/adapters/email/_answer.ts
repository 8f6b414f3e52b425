import { z } from "zod";
import { cut } from "../../core/cut.ts";
import type { SkillRun } from "../defineAdapter.ts";
import { loadMail } from "./_incoming.ts";
import { parseSender, readMail } from "./_mail.ts";

/** A mail of the CRM that awaits an answer. */
export const AnswerPayload = z.object({
  email_id: z.uuid(),
  topics: z.array(z.string()).nullish().catch(null),
});

interface Draft {
  readonly to: string;
  readonly subject: string;
  readonly body: string;
  readonly body_short: string;
  readonly ai_generated: boolean;
  readonly in_reply_to: string | null;
  readonly thread_id: string | null;
}

const MAX_QUESTIONS = 5;
const MAX_QUESTION = 200;

/** What the sender asked, in their own words. */
export function questionsOf(sentences: readonly string[]): readonly string[] {
  return sentences.filter((one) => /\?\s*["”')\]]*$/.test(one)).slice(0, MAX_QUESTIONS)
    .map((one) => cut(one.replaceAll(/\s+/g, " "), MAX_QUESTION));
}

/**
 * A first answer by rules: it names every question and promises nothing but an answer. Whoever approves
 * it fills in what they know.
 */
export function writeAnswer(facts: {
  readonly firstName: string | null;
  readonly questions: readonly string[];
  readonly topics: readonly string[];
  readonly sender: string;
}): { readonly body: string; readonly short: string } {
  const { topics, questions } = facts;
  const hello = facts.firstName === null ? "Hello," : `Hi ${facts.firstName},`;
  const middle = questions.length > 0
    ? [
      questions.length === 1 ? "You asked:" : "You asked these things:",
      ...questions.map((question) => `- ${question}`),
      "",
      "I will get you an answer and come back to you shortly.",
    ]
    : topics.includes("referral")
    ? ["Thank you for putting me in touch; I will take it from here."]
    : topics.includes("interested")
    ? ["I am glad to hear that. I will send you the next steps shortly."]
    : ["I have seen your message and will come back to you shortly."];
  const apology = topics.includes("objection")
    ? ["I understand your concern and take it seriously.", ""]
    : [];
  return {
    body: [
      hello,
      "",
      "Thank you for your message.",
      ...apology,
      ...middle,
      "",
      "Best regards,",
      facts.sender,
    ].join("\n").trimEnd(),
    short: `${hello} thank you for your message. I will come back to you shortly. ${facts.sender}`
      .trim(),
  };
}

/** Null when the mail has no sender who can be answered. @throws ValidationError `mail_missing` */
export async function draftAnswer(
  payload: z.output<typeof AnswerPayload>,
  { context, ctx }: {
    readonly context: {
      readonly user?: { readonly name: string } | null;
      readonly contact?: { readonly name: string; readonly email?: string | null } | null;
    };
    readonly ctx: SkillRun;
  },
): Promise<Draft | null> {
  const mail = await loadMail(
    {
      email_id: payload.email_id,
      message_id: null,
      subject: null,
      body: null,
      from: null,
      to: null,
      thread_id: null,
      direction: null,
    },
    ctx,
  );
  const { address, name } = parseSender(mail.from);
  const to = z.email().safeParse(address).data;
  if (to === undefined || mail.direction === "outbound") return null;
  const read = readMail(mail);
  const knownName = context.contact?.email?.toLowerCase() === to ? context.contact.name : name;
  const answer = writeAnswer({
    firstName: knownName.split(/\s+/)[0] || null,
    questions: questionsOf(read.sentences),
    topics: payload.topics ?? [],
    sender: context.user?.name ?? "",
  });
  return {
    to,
    subject: cut(read.isReply ? read.subject : `Re: ${read.subject || "your message"}`, 240),
    body: answer.body,
    body_short: answer.short,
    ai_generated: false,
    in_reply_to: mail.messageId,
    thread_id: mail.threadId,
  };
}
