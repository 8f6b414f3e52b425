import { z } from "zod";
import type { CrmPlaybook } from "../../../ports/crm.ts";
import { cut } from "../../core/cut.ts";
import type { IntentActions } from "../../intentActionRegistry.ts";
import type { JsonObject } from "../../types.ts";

/** An intent as tasks read it. */
export const SaidIntent = z.object({
  intent: z.string(),
  confidence: z.number(),
  actionable: z.boolean().catch(false),
  turn: z.number().int().nullish().catch(null),
  quote: z.string().nullish().catch(null),
  trigger_phrase: z.string().nullish().catch(null),
  deadline_parsed: z.iso.date().nullish().catch(null),
});
export type SaidIntent = z.output<typeof SaidIntent>;

export interface IntentTask {
  /** Position among the run's intents: the same over all attempts. */
  readonly at: number;
  readonly title: string;
  readonly description: string | null;
  readonly type: string;
  /** `pending_review`: a suggestion; a person starts it. */
  readonly status: "open" | "pending_review";
  readonly dueOn: string;
  readonly signalType: string;
  readonly metadata: JsonObject;
}

const TITLES: Readonly<Record<string, string>> = {
  send_proposal: "Send the proposal",
  schedule_meeting: "Book the meeting",
  send_content: "Send what was promised",
  check_with_team: "Ask the team",
  pricing_request: "Answer the question about the price",
  stakeholder_introduction: "Follow up on the introduction",
  competitive_mention: "Answer the competitor",
  timeline_signal: "Plan for the date they named",
  objection_blocker: "Resolve the blocker",
  general: "Do what was promised",
};
const MAX_TASKS = 20;
const HOUR_MS = 3_600_000;

/** What the organisation's playbooks say to it: the first whose keyword the words hold. */
export function playbookFor(
  intent: string,
  words: string,
  playbooks: readonly CrmPlaybook[],
): CrmPlaybook | null {
  const kind = intent === "competitive_mention"
    ? "competitor"
    : intent === "objection_blocker"
    ? "objection"
    : null;
  const text = wordsOnly(words);
  return playbooks.find((book) =>
    book.kind === kind &&
    [...book.keywords, book.name].map(wordsOnly)
      .some((keyword) => keyword.trim() !== "" && text.includes(keyword))
  ) ?? null;
}

/** Lower-case words between single blanks, at both ends too: "Price-point" is " price point ". */
function wordsOnly(text: string): string {
  return ` ${text.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, " ").trim()} `;
}

/**
 * One task per commitment that no to-do of ours covers already: to do where the intent may act, a
 * suggestion with what starts it where it may not.
 */
export function intentTasks(intents: readonly SaidIntent[], facts: {
  readonly actions: IntentActions;
  /** Turns of our own to-dos, which have their tasks. */
  readonly coveredTurns: ReadonlySet<number>;
  readonly playbooks: readonly CrmPlaybook[];
  readonly ids: JsonObject;
  /** Milliseconds since the epoch. */
  readonly now: number;
}): readonly IntentTask[] {
  return intents.flatMap((said, at): IntentTask[] => {
    const action = facts.actions[said.intent];
    if (action === undefined) return [];
    if (typeof said.turn === "number" && facts.coveredTurns.has(said.turn)) return [];
    const words = said.quote ?? said.trigger_phrase ?? "";
    const book = playbookFor(said.intent, words, facts.playbooks);
    const start: JsonObject = action.orchestrator_event === null || said.actionable ? {} : {
      start: {
        event_type: action.orchestrator_event,
        payload: { ...facts.ids, intent: said.intent, trigger_phrase: words },
      },
    };
    return [{
      at,
      title: cut(`${TITLES[said.intent] ?? "Follow up"}: “${words}”`, 200),
      description: book === null ? null : `${book.name}: ${book.body}`,
      type: action.task_type,
      status: said.actionable ? "open" : "pending_review",
      dueOn: said.deadline_parsed ??
        new Date(facts.now + action.fallback_expiry_hours * HOUR_MS).toISOString().slice(0, 10),
      signalType: action.signal_type,
      metadata: {
        intent: said.intent,
        deliverable_type: action.deliverable_type,
        confidence: said.confidence,
        ...typeof said.turn === "number" ? { evidence: { turn: said.turn, quote: words } } : {},
        ...start,
      },
    }];
  }).slice(0, MAX_TASKS);
}
