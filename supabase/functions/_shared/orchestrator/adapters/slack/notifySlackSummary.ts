import { z } from "zod";
import { defineAdapter } from "../defineAdapter.ts";
import { clip } from "../../core/cut.ts";
import { escapeMrkdwn, header, MAX_BLOCKS, section } from "./_blocks.ts";
import { deliverToMember, DeliveryOutput } from "./_deliver.ts";

const Item = z.object({
  text: z.string(),
  owner: z.string().nullish(),
  due_iso: z.iso.date().nullish().catch(null),
  owner_side: z.string().nullish(),
});

const Input = z.object({
  payload: z.object({ meeting_id: z.string().min(1), title: z.string().nullish() }),
  context: z.object({
    user: z.object({ id: z.string(), slack_user_id: z.string().nullish() }).nullish(),
    contact: z.object({ name: z.string() }).nullish(),
    deal: z.object({ name: z.string() }).nullish(),
  }),
  outputs: z.object({
    "classify-call-type": z.object({ call_type_name: z.string().nullish() }).nullish().catch(null),
    "extract-action-items": z.object({ action_items: z.array(Item) }).nullish().catch(null),
    "detect-intents": z.object({
      intents: z.array(z.object({ intent: z.string(), actionable: z.boolean().catch(false) })),
    })
      .nullish().catch(null),
    "coaching-micro-feedback": z.object({ overall_score: z.number().nullish() }).nullish().catch(
      null,
    ),
    "detect-new-stakeholders": z.object({
      new_stakeholders: z.array(z.object({ name: z.string() })),
    }).nullish().catch(null),
    "suggest-next-actions": z.object({ suggestions: z.array(z.object({ title: z.string() })) })
      .nullish().catch(null),
    "draft-followup-email": z.object({
      email_draft: z.object({ to: z.string(), subject: z.string(), body: z.string() }).nullish(),
    }).nullish().catch(null),
    "update-crm-from-meeting": z.object({ changes_applied: z.number().int() }).nullish().catch(
      null,
    ),
    "create-tasks-from-actions": z.object({ tasks_created: z.number().int() }).nullish().catch(
      null,
    ),
  }).partial().default({}),
});
type Input = z.output<typeof Input>;

/** Output of `notify-slack-summary`. */
export const NotifySlackSummaryOutput = z.object({
  ...DeliveryOutput.shape,
  delivered_via: z.string().nullable(),
  email_draft_delivered: z.boolean(),
  action_items_count: z.number().int(),
  crm_fields_updated: z.number().int(),
  sentiment: z.enum(["positive", "neutral", "challenging"]),
});

const MAX_ITEMS = 5;

/** A score of 70 or more is positive, 40 to 69 neutral; without a score it is neutral. */
export function sentimentOf(
  score: number | null | undefined,
): z.output<typeof NotifySlackSummaryOutput>["sentiment"] {
  if (score === null || score === undefined) return "neutral";
  return score >= 70 ? "positive" : score >= 40 ? "neutral" : "challenging";
}

/** The debrief as Block Kit, everything said by people escaped. */
export function buildDebrief({ payload, context, outputs }: Input): {
  readonly text: string;
  readonly blocks: readonly unknown[];
} {
  const title = payload.title ?? "Your meeting";
  const items = outputs["extract-action-items"]?.action_items ?? [];
  const facts = [
    outputs["classify-call-type"]?.call_type_name,
    context.contact?.name,
    context.deal?.name,
  ].filter((fact) => fact).map((fact) => escapeMrkdwn(fact!));
  const blocks: unknown[] = [header(`Debrief: ${title}`)];
  if (facts.length > 0) blocks.push(section(facts.join(" · ")));
  if (items.length > 0) {
    blocks.push(
      section(`*To-dos (${items.length})*\n${items.slice(0, MAX_ITEMS).map(itemLine).join("\n")}`),
    );
  }
  const next = outputs["suggest-next-actions"]?.suggestions ?? [];
  if (next.length > 0) {
    blocks.push(
      section(
        `*Suggested next*\n${next.slice(0, 3).map((s) => `• ${escapeMrkdwn(s.title)}`).join("\n")}`,
      ),
    );
  }
  const people = outputs["detect-new-stakeholders"]?.new_stakeholders ?? [];
  if (people.length > 0) {
    blocks.push(
      section(`*New people*: ${people.slice(0, 5).map((p) => escapeMrkdwn(p.name)).join(", ")}`),
    );
  }
  const done = [
    count(outputs["create-tasks-from-actions"]?.tasks_created, "task created", "tasks created"),
    count(
      outputs["update-crm-from-meeting"]?.changes_applied,
      "deal field updated",
      "deal fields updated",
    ),
  ].filter((part) => part !== null);
  if (done.length > 0) blocks.push(section(done.join(" · ")));
  const draft = outputs["draft-followup-email"]?.email_draft;
  if (draft) {
    blocks.push(
      section(
        `*Drafted mail to ${escapeMrkdwn(draft.to)}*: ${escapeMrkdwn(draft.subject)}\n>${
          clip(escapeMrkdwn(draft.body), 1500).replaceAll("\n", "\n>")
        }`,
      ),
    );
  }
  return {
    text: `Debrief: ${clip(escapeMrkdwn(title), 200)}`,
    blocks: blocks.slice(0, MAX_BLOCKS),
  };
}

function itemLine(item: z.output<typeof Item>): string {
  const who = item.owner ? `${escapeMrkdwn(item.owner)}: ` : "";
  const when = item.due_iso ? ` (${item.due_iso})` : "";
  return `• ${who}${clip(escapeMrkdwn(item.text), 200)}${when}`;
}

function count(n: number | null | undefined, one: string, many: string): string | null {
  return n ? `${n} ${n === 1 ? one : many}` : null;
}

/** `notify-slack-summary`: the rep's debrief, by Slack where the rep is linked, in the app otherwise. */
export const notifySlackSummary = defineAdapter({
  skill: "notify-slack-summary",
  effectMode: "reconcile",
  cpuMs: 15,
  input: Input,
  output: NotifySlackSummaryOutput,
  async run(input, ctx) {
    const { outputs, context } = input;
    const debrief = buildDebrief(input);
    const hasDraft = Boolean(outputs["draft-followup-email"]?.email_draft);
    const counts = {
      action_items_count: outputs["extract-action-items"]?.action_items.length ?? 0,
      crm_fields_updated: outputs["update-crm-from-meeting"]?.changes_applied ?? 0,
      sentiment: sentimentOf(outputs["coaching-micro-feedback"]?.overall_score),
    };
    if (ctx.userId === null) {
      return {
        output: {
          delivered: false,
          email_draft_delivered: false,
          delivery_method: "in_app_only" as const,
          delivery_error: "the run has no user",
          delivered_via: null,
          ...counts,
        },
        engine: "code",
      };
    }
    const delivery = await deliverToMember(ctx, {
      user: { id: ctx.userId, slack_user_id: context.user?.slack_user_id ?? null },
      ...debrief,
      title: `Debrief: ${input.payload.title ?? "Your meeting"}`,
      message: summaryOf(input),
      type: "meeting_debrief",
      effectKey: ctx.effectKey("debrief"),
    });
    const isMail = delivery.delivered && delivery.delivery_method === "slack" && hasDraft;
    return { output: { ...delivery, email_draft_delivered: isMail, ...counts }, engine: "code" };
  },
});

function summaryOf({ outputs }: Input): string {
  const items = outputs["extract-action-items"]?.action_items ?? [];
  return clip(
    items.length === 0
      ? "No to-dos were found."
      : items.slice(0, MAX_ITEMS).map((i) => i.text).join("; "),
    2000,
  );
}
