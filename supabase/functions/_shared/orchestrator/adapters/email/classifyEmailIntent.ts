import { z } from "zod";
import { CLASSIFY_EMAIL_INTENT } from "../../../prompts/classifyEmailIntent.v1.ts";
import { cut } from "../../core/cut.ts";
import { defineAdapter, type SkillRun } from "../defineAdapter.ts";
import { loadMail, MailPayload } from "./_incoming.ts";
import { MailCategory, MailTopic, type ReadMail, readMail } from "./_mail.ts";
import { classifyMail } from "./_mailRules.ts";
import { MailSignals, signalsOf } from "./_mailSignals.ts";

const Input = z.object({ payload: MailPayload });

/** Output of `classify-email-intent`. */
export const ClassifyEmailIntentOutput = z.object({
  category: MailCategory,
  /** 0 to 1. */
  confidence: z.number(),
  /** The first of `topics`: what hand-offs go by; null when none. */
  classification: MailTopic.nullable(),
  topics: z.array(MailTopic),
  signals: MailSignals,
  reasoning: z.string(),
  /** Row of the CRM; null when the event carried the words. */
  email_id: z.string().nullable(),
  from_email: z.string().nullable(),
  subject: z.string(),
});

/** Longer mails are cut: what a mail wants stands in its beginning. */
const MAX_MODEL_CHARS = 12_000;

const ModelVerdict = z.object({
  category: MailCategory,
  topics: z.array(MailTopic),
  confidence: z.number().min(0).max(1),
  reasoning: z.string(),
});

/** The kind of mail as a model read it; it never sees what speaks to machines. */
async function askForVerdict(mail: ReadMail, ctx: SkillRun) {
  const answer = await ctx.ports.llm.ask({
    prompt: CLASSIFY_EMAIL_INTENT,
    material: cut(
      `From: ${mail.name} <${mail.address}>\nSubject: ${mail.subject}\n\n${mail.text}`,
      MAX_MODEL_CHARS,
    ),
    answer: ModelVerdict,
    maxOutputTokens: 400,
    // Hand-offs go by the answer: no other engine than the chosen one.
    mayDegrade: false,
  }, ctx);
  if (answer === null) return null;
  const { category, topics, confidence, reasoning } = answer.value;
  return {
    engine: answer.engine,
    verdict: { category, confidence, topics: [...new Set(topics)], reason: cut(reasoning, 300) },
  };
}

/** `classify-email-intent`: what kind of mail came in, what it asks for and how soon; noted on its row. */
export const classifyEmailIntent = defineAdapter({
  skill: "classify-email-intent",
  effectMode: "db",
  cpuMs: 60,
  input: Input,
  output: ClassifyEmailIntentOutput,
  async run({ payload }, ctx) {
    ctx.signal.throwIfAborted();
    const mail = await loadMail(payload, ctx);
    const read = readMail(mail);
    const byModel = await askForVerdict(read, ctx);
    ctx.signal.throwIfAborted();
    const verdict = byModel?.verdict ?? classifyMail(read);
    const signals = signalsOf(read, verdict);
    if (mail.id !== null) {
      ctx.signal.throwIfAborted();
      await ctx.ports.crm.applyChange({
        orgId: ctx.orgId,
        entity: "email",
        id: mail.id,
        effectKey: ctx.effectKey("category"),
        change: {
          category: verdict.category,
          category_confidence: verdict.confidence,
          signals: { ...signals, topics: verdict.topics },
        },
      });
    }
    return {
      output: {
        category: verdict.category,
        confidence: Math.round(verdict.confidence * 100) / 100,
        classification: verdict.topics[0] ?? null,
        topics: [...verdict.topics],
        signals,
        reasoning: verdict.reason,
        email_id: mail.id,
        from_email: read.address || null,
        subject: read.subject,
      },
      engine: byModel?.engine ?? "rules",
    };
  },
});
