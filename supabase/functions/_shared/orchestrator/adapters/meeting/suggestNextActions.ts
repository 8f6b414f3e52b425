import { z } from "zod";
import { cut } from "../../core/cut.ts";
import { INTENT_ACTIONS } from "../../intentActionRegistry.ts";
import { defineAdapter } from "../defineAdapter.ts";
import {
  ContextSlice,
  EarlierActionItems,
  EarlierCommitment,
  type EarlierIntent,
  EarlierIntents,
  EarlierScheduling,
  MeetingPayload,
} from "./_earlier.ts";

const Input = z.object({
  payload: MeetingPayload,
  context: ContextSlice,
  outputs: z.object({
    "extract-action-items": EarlierActionItems,
    "detect-intents": EarlierIntents,
    "detect-scheduling-intent": EarlierScheduling,
    "detect-verbal-commitment": EarlierCommitment,
  }).partial().default({}),
});

const Suggestion = z.object({
  id: z.string().nullable(),
  title: z.string(),
  reasoning: z.string(),
  action_type: z.string(),
  priority: z.enum(["low", "medium", "high"]),
  confidence: z.number(),
  due_iso: z.string().nullable(),
  evidence: z.object({ turn: z.number().int(), quote: z.string() }).nullable(),
});
export type Suggestion = z.output<typeof Suggestion>;

/** Output of `suggest-next-actions`, strongest first. */
export const SuggestNextActionsOutput = z.object({
  suggestions: z.array(Suggestion),
  tasks: z.array(z.never()),
  count: z.number().int(),
  activity_type: z.string(),
});

/** More would not be read in one debrief. */
const MAX_SUGGESTIONS = 6;

/** What the rep should do about each intent that is not a to-do already. */
const ADVICE: Readonly<
  Record<string, { title: string; why: string; priority: Suggestion["priority"] }>
> = {
  send_proposal: {
    title: "Prepare the proposal",
    why: "A proposal was promised",
    priority: "high",
  },
  pricing_request: {
    title: "Answer the question about price in writing",
    why: "The buyer asked what it costs",
    priority: "high",
  },
  schedule_meeting: {
    title: "Book the agreed meeting",
    why: "A further meeting was agreed",
    priority: "high",
  },
  objection_blocker: {
    title: "Prepare an answer to the objection",
    why: "A concern stands in the way",
    priority: "high",
  },
  competitive_mention: {
    title: "Compare with the competitor that was named",
    why: "A rival is being weighed",
    priority: "medium",
  },
  stakeholder_introduction: {
    title: "Reach out to the person to be brought in",
    why: "Somebody new decides as well",
    priority: "medium",
  },
  timeline_signal: {
    title: "Check the deal's close date against what was said",
    why: "A date to decide or go live was named",
    priority: "medium",
  },
  check_with_team: {
    title: "Ask the colleagues",
    why: "An answer from the team was promised",
    priority: "medium",
  },
  send_content: {
    title: "Send the promised material",
    why: "Material was promised",
    priority: "medium",
  },
  general: { title: "Keep the promise", why: "Something was promised", priority: "low" },
};

/** Suggestions from intents and buying signals, without what is a to-do already. */
export function buildSuggestions(
  outputs: z.output<typeof Input>["outputs"],
): readonly Omit<Suggestion, "id">[] {
  const known = (outputs["extract-action-items"]?.action_items ?? []).filter((i) =>
    i.owner_side !== "theirs"
  );
  const seen = new Set<string>();
  const suggestions: Omit<Suggestion, "id">[] = [];
  for (const intent of outputs["detect-intents"]?.intents ?? []) {
    const advice = ADVICE[intent.intent];
    if (advice === undefined || seen.has(intent.intent) || isKnown(intent, known)) continue;
    seen.add(intent.intent);
    suggestions.push({
      title: advice.title,
      reasoning: cut(`${advice.why}: “${intent.trigger_phrase ?? intent.quote ?? ""}”`, 300),
      action_type: INTENT_ACTIONS[intent.intent as keyof typeof INTENT_ACTIONS]?.task_type ??
        "follow_up",
      priority: advice.priority,
      confidence: intent.confidence,
      due_iso: intent.deadline_parsed ?? null,
      evidence: intent.turn === null || intent.turn === undefined
        ? null
        : { turn: intent.turn, quote: intent.quote ?? "" },
    });
  }
  const commitment = outputs["detect-verbal-commitment"]?.detected
    ? outputs["detect-verbal-commitment"].commitments[0]
    : undefined;
  if (commitment !== undefined) {
    suggestions.push({
      title: "Move the deal forward while the yes is fresh",
      reasoning: cut(`The buyer said: “${commitment.phrase}”`, 300),
      action_type: "follow_up",
      priority: "high",
      confidence: commitment.confidence,
      due_iso: null,
      evidence: null,
    });
  }
  const rank = { high: 0, medium: 1, low: 2 };
  return suggestions.sort((a, b) =>
    rank[a.priority] - rank[b.priority] || b.confidence - a.confidence
  )
    .slice(0, MAX_SUGGESTIONS);
}

/** A to-do on the same turn, unless it is theirs, says the same thing already: it becomes a task. */
function isKnown(
  intent: EarlierIntent,
  items: readonly { readonly turn?: number | null }[],
): boolean {
  return items.some((item) => typeof item.turn === "number" && item.turn === intent.turn);
}

/** `suggest-next-actions`: what else the rep should do; each suggestion is stored once. */
export const suggestNextActions = defineAdapter({
  skill: "suggest-next-actions",
  effectMode: "db",
  cpuMs: 15,
  input: Input,
  output: SuggestNextActionsOutput,
  async run({ payload, context, outputs }, ctx) {
    const suggestions: Suggestion[] = [];
    for (const [i, draft] of buildSuggestions(outputs).entries()) {
      ctx.signal.throwIfAborted();
      const { id } = await ctx.ports.crm.applyChange({
        orgId: ctx.orgId,
        entity: "suggestion",
        id: null,
        effectKey: ctx.effectKey(`suggestion:${i}`),
        change: {
          user_id: ctx.userId,
          meeting_id: payload.meeting_id,
          contact_id: context.contact?.id ?? null,
          deal_id: context.deal?.id ?? null,
          title: draft.title,
          reasoning: draft.reasoning,
          action_type: draft.action_type,
          priority: draft.priority,
          confidence: draft.confidence,
        },
      });
      suggestions.push({ id, ...draft });
    }
    return {
      output: { suggestions, tasks: [], count: suggestions.length, activity_type: "post_meeting" },
      engine: "rules",
    };
  },
});
