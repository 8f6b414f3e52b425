import { z } from "zod";
import { SUGGEST_NEXT_ACTIONS } from "../../../prompts/suggestNextActions.v1.ts";
import { cut } from "../../core/cut.ts";
import { INTENT_ACTIONS } from "../../intentActionRegistry.ts";
import { defineAdapter, type SkillRun } from "../defineAdapter.ts";
import { askAboutMeeting, ModelEvidence, peopleFor } from "./_byModel.ts";
import {
  ContextSlice,
  EarlierActionItems,
  EarlierCommitment,
  type EarlierIntent,
  EarlierIntents,
  EarlierScheduling,
  MeetingPayload,
} from "./_earlier.ts";
import { loadMeetingTalk } from "./_meetingTalk.ts";

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

type Outputs = z.output<typeof Input>["outputs"];

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
  outputs: Outputs,
): readonly Omit<Suggestion, "id">[] {
  const known = knownItems(outputs);
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
  return strongest(suggestions);
}

function strongest<S extends Pick<Suggestion, "priority" | "confidence">>(all: readonly S[]) {
  const rank = { high: 0, medium: 1, low: 2 };
  return all.toSorted((a, b) => rank[a.priority] - rank[b.priority] || b.confidence - a.confidence)
    .slice(0, MAX_SUGGESTIONS);
}

function knownItems(outputs: Outputs) {
  return (outputs["extract-action-items"]?.action_items ?? [])
    .filter(({ owner_side }) => owner_side !== "theirs");
}

/** A to-do on the same turn, unless it is theirs, says the same thing already: it becomes a task. */
function isKnown(
  { turn }: Pick<EarlierIntent, "turn">,
  items: readonly { readonly turn?: number | null }[],
): boolean {
  return items.some((item) => typeof item.turn === "number" && item.turn === turn);
}

const ACTION_TYPES = [
  ...new Set(["follow_up", ...Object.values(INTENT_ACTIONS).map(({ task_type }) => task_type)]),
];
const ModelSuggestions = z.object({
  suggestions: z.array(ModelEvidence.extend({
    title: z.string().min(1),
    why: z.string(),
    action_type: z.enum(ACTION_TYPES),
    priority: z.enum(["low", "medium", "high"]),
    confidence: z.number().min(0).max(1),
  })),
});
const MAX_TITLE = 120;

/** What a model would do next; what is a to-do already it is told, and once more left out. */
async function askForSuggestions(meetingId: string, outputs: Outputs, ctx: SkillRun) {
  if (!await ctx.ports.llm.isModelSet(ctx)) return null;
  const talk = await loadMeetingTalk(ctx, meetingId);
  const known = knownItems(outputs);
  const found = await askAboutMeeting(talk, ctx, {
    prompt: SUGGEST_NEXT_ACTIONS,
    answer: ModelSuggestions,
    preface: [
      peopleFor(talk),
      `Types: ${ACTION_TYPES.join(", ")}`,
      `Known to-dos: ${JSON.stringify(known.map(({ text }) => text))}`,
      `Noticed: ${
        JSON.stringify((outputs["detect-intents"]?.intents ?? []).map(({ intent }) => intent))
      }`,
    ].join("\n"),
    listed: (value) => value.suggestions,
    mayDegrade: false,
  });
  if (found === null) return null;
  const drafts = found.items.filter((item) => !isKnown(item, known)).map((item) => ({
    title: cut(item.title, MAX_TITLE),
    reasoning: cut(`${item.why}: “${item.quote}”`, 300),
    action_type: item.action_type,
    priority: item.priority,
    confidence: item.confidence,
    due_iso: null,
    evidence: { turn: item.turn, quote: item.quote },
  }));
  return { drafts: strongest(drafts), engine: found.engine };
}

/** `suggest-next-actions`: what else the rep should do; each suggestion is stored once. */
export const suggestNextActions = defineAdapter({
  skill: "suggest-next-actions",
  effectMode: "db",
  cpuMs: 15,
  input: Input,
  output: SuggestNextActionsOutput,
  async run({ payload, context, outputs }, ctx) {
    const byModel = await askForSuggestions(payload.meeting_id, outputs, ctx);
    const suggestions: Suggestion[] = [];
    for (const [i, draft] of (byModel?.drafts ?? buildSuggestions(outputs)).entries()) {
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
      engine: byModel?.engine ?? "rules",
    };
  },
});
