import { z } from "zod";
import { DRAFT_FOLLOWUP_EMAIL } from "../../../prompts/draftFollowupEmail.v1.ts";
import { cut } from "../../core/cut.ts";
import { defineAdapter, type SkillResult, type SkillRun } from "../defineAdapter.ts";
import { AnswerPayload, draftAnswer } from "../email/_answer.ts";
import {
  ContextSlice,
  type EarlierActionItem,
  EarlierActionItems,
  EarlierIntents,
  EarlierPricing,
  EarlierScheduling,
  MeetingPayload,
} from "./_earlier.ts";

const Input = z.object({
  /** A meeting that ended, or a mail that awaits an answer. */
  payload: z.union([AnswerPayload, MeetingPayload]),
  context: ContextSlice,
  outputs: z.object({
    "extract-action-items": EarlierActionItems,
    "detect-intents": EarlierIntents,
    "extract-pricing-discussion": EarlierPricing,
    "detect-scheduling-intent": EarlierScheduling,
  }).partial().default({}),
});

const Draft = z.object({
  to: z.email(),
  /** Under 50 characters for a new mail; an answer keeps its subject. */
  subject: z.string().max(250),
  body: z.string(),
  body_short: z.string(),
  ai_generated: z.boolean(),
  /** Of an answer: the message it answers and the provider's thread. */
  in_reply_to: z.string().nullish(),
  thread_id: z.string().nullish(),
});

/** Output of `draft-followup-email`. A draft only: nothing is sent here. */
export const DraftFollowupEmailOutput = z.object({
  email_draft: Draft.nullable(),
  to: z.string().nullable(),
  contact_name: z.string().nullable(),
  contact_title: z.string().nullable(),
  contact_company: z.string().nullable(),
  subject: z.string().nullable(),
  ai_generated: z.boolean(),
  skipped: z.boolean(),
  reason: z.enum(["no_contact_email", "no_sender"]).nullable(),
});

const MAX_SUBJECT = 50;
const MAX_WORDS = 150;
const MAX_SHORT_WORDS = 75;
const MAX_ITEMS = 5;
/** Far over the words that the prompt asks for. */
const MAX_MODEL_CHARS = 5000;

/** Text is data: Liquid prints it, nothing in it is run. */
const TEMPLATE = `Hi {{ first_name }},

Thank you for your time{% if title %} in "{{ title }}"{% endif %}.
{%- if ours.size > 0 %}

On our side:
{%- for item in ours %}
- {{ item }}
{%- endfor %}
{%- endif %}
{%- if theirs.size > 0 %}

On your side:
{%- for item in theirs %}
- {{ item }}
{%- endfor %}
{%- endif %}
{%- if next_meeting %}

For our next meeting ("{{ next_meeting }}") I will send an invitation.
{%- endif %}
{%- if has_pricing %}

I will put the figures we talked about in writing, so that nothing is left open.
{%- endif %}

Best regards,
{{ sender }}`;

const SHORT_TEMPLATE =
  `Hi {{ first_name }}, thank you for today. {% if ours.size > 0 %}Next from us: {{ ours | join: "; " }}. {% endif %}{% if next_meeting %}I will send an invitation for our next meeting. {% endif %}Best, {{ sender }}`;

interface Facts {
  readonly first_name: string;
  readonly title: string | null;
  readonly ours: readonly string[];
  readonly theirs: readonly string[];
  readonly next_meeting: string | null;
  readonly has_pricing: boolean;
  readonly sender: string;
}

/** One line per to-do: the words, cut at a word, with its day where one was said. */
export function itemLine(item: EarlierActionItem): string {
  const words = item.text.split(/\s+/).slice(0, 14).join(" ").replace(/[.,;]$/, "");
  return item.due_iso ? `${words} (by ${item.due_iso})` : words;
}

/** Cuts lists until the rendered text keeps within its words; the frame of the mail always stays. */
export async function renderWithin(
  template: string,
  facts: Facts,
  limits: {
    readonly maxWords: number;
    readonly render: (template: string, facts: Facts) => Promise<string>;
  },
): Promise<string> {
  let { ours, theirs } = facts;
  for (;;) {
    const text = (await limits.render(template, { ...facts, ours, theirs })).trim();
    if (text.split(/\s+/).length < limits.maxWords || (ours.length === 0 && theirs.length === 0)) {
      return text;
    }
    if (theirs.length >= ours.length) theirs = theirs.slice(0, -1);
    else ours = ours.slice(0, -1);
  }
}

/** Under 50 characters, cut at a word. */
export function subjectFor(title: string | null): string {
  const whole = title === null ? "Next steps from our call" : `Next steps: ${title}`;
  if (whole.length < MAX_SUBJECT) return whole;
  const head = whole.slice(0, MAX_SUBJECT - 2);
  return cut(head, Math.max(head.lastIndexOf(" "), 20)).trimEnd() + "…";
}

async function answerMail(
  payload: z.output<typeof AnswerPayload>,
  context: z.output<typeof ContextSlice>,
  ctx: SkillRun,
): Promise<SkillResult<z.output<typeof DraftFollowupEmailOutput>>> {
  const draft = await draftAnswer(payload, { context, ctx });
  ctx.signal.throwIfAborted();
  return {
    output: {
      email_draft: draft,
      to: draft?.to ?? null,
      ...recipientIn(context),
      subject: draft?.subject ?? null,
      ai_generated: false,
      skipped: draft === null,
      reason: draft === null ? "no_sender" : null,
    },
    engine: "rules",
  };
}

const ModelDraft = z.object({ subject: z.string(), body: z.string(), body_short: z.string() });

/** The mail in a model's words over the same facts; a person approves it before it is sent. */
async function askForDraft(facts: Facts, ctx: SkillRun) {
  const answer = await ctx.ports.llm.ask({
    prompt: DRAFT_FOLLOWUP_EMAIL,
    material: JSON.stringify(facts, null, 1),
    answer: ModelDraft,
    maxOutputTokens: 1200,
    // The mail leaves the house: nobody gets other words than the engine that was chosen writes.
    mayDegrade: false,
  }, ctx);
  if (answer === null) return null;
  const { subject, body, body_short } = answer.value;
  return {
    engine: answer.engine,
    draft: {
      subject: cut(subject.replace(/\s+/g, " ").trim(), MAX_SUBJECT) || subjectFor(facts.title),
      body: cut(body.trim(), MAX_MODEL_CHARS),
      body_short: cut(body_short.trim(), MAX_MODEL_CHARS),
    },
  };
}

function recipientIn({ contact, company }: z.output<typeof ContextSlice>) {
  return {
    contact_name: contact?.name ?? null,
    contact_title: contact?.title ?? null,
    contact_company: company?.name ?? null,
  };
}

/** `draft-followup-email`: a mail to the outside contact, from what was said or asked; sent by nobody yet. */
export const draftFollowupEmail = defineAdapter({
  skill: "draft-followup-email",
  effectMode: "pure",
  cpuMs: 75,
  input: Input,
  output: DraftFollowupEmailOutput,
  async run({ payload, context, outputs }, ctx) {
    if ("email_id" in payload) return await answerMail(payload, context, ctx);
    const contact = context.contact;
    const to = z.email().safeParse(contact?.email).data;
    if (!contact || to === undefined) {
      return {
        output: {
          email_draft: null,
          to: null,
          ...recipientIn(context),
          subject: null,
          ai_generated: false,
          skipped: true,
          reason: "no_contact_email" as const,
        },
        engine: "rules",
      };
    }
    const items = outputs["extract-action-items"]?.action_items ?? [];
    const scheduling = outputs["detect-scheduling-intent"];
    const facts: Facts = {
      first_name: contact.name.split(/\s+/)[0],
      title: payload.title ?? null,
      ours: items.filter((i) => i.owner_side === "ours").slice(0, MAX_ITEMS).map(itemLine),
      theirs: items.filter((i) => i.owner_side === "theirs").slice(0, MAX_ITEMS).map(itemLine),
      next_meeting: scheduling?.has_scheduling_intent
        ? cut(scheduling.trigger_phrase ?? "", 80) || null
        : null,
      has_pricing: outputs["extract-pricing-discussion"]?.discussed ?? false,
      sender: context.user?.name ?? context.org?.name ?? "",
    };
    const byModel = await askForDraft(facts, ctx);
    ctx.signal.throwIfAborted();
    if (byModel !== null) {
      const { subject, body, body_short } = byModel.draft;
      return {
        output: {
          email_draft: { to, subject, body, body_short, ai_generated: true },
          to,
          ...recipientIn(context),
          subject,
          ai_generated: true,
          skipped: false,
          reason: null,
        },
        engine: byModel.engine,
      };
    }
    // Loaded here only: the module is large and no other skill needs it.
    const { Liquid } = await import("liquidjs");
    const liquid = new Liquid({ strictFilters: true, ownPropertyOnly: true });
    const render = (template: string, values: Facts): Promise<string> =>
      liquid.parseAndRender(template, values);
    const subject = subjectFor(payload.title ?? null);
    const body = await renderWithin(TEMPLATE, facts, { maxWords: MAX_WORDS, render });
    const body_short = await renderWithin(SHORT_TEMPLATE, facts, {
      maxWords: MAX_SHORT_WORDS,
      render,
    });
    ctx.signal.throwIfAborted();
    return {
      output: {
        email_draft: { to, subject, body, body_short, ai_generated: false },
        to,
        ...recipientIn(context),
        subject,
        ai_generated: false,
        skipped: false,
        reason: null,
      },
      engine: "rules",
    };
  },
});
