import { z } from "zod";
import { cut } from "../../core/cut.ts";
import { defineAdapter, type JsonObject, type SkillRun } from "../defineAdapter.ts";
import { intentTasks, SaidIntent } from "./_intentTasks.ts";

const Score = z.object({
  deal_id: z.string().nullish(),
  deal_name: z.string().nullish(),
  risk_score: z.number().catch(0),
  owner_id: z.string().nullish(),
  signal_types: z.array(z.string()).catch([]),
});

const Input = z.object({
  payload: z.object({
    meeting_id: z.string().nullish(),
    deal_id: z.string().nullish(),
    contact_id: z.string().nullish(),
    title: z.string().nullish(),
  }),
  outputs: z.object({
    "extract-action-items": z.object({
      action_items: z.array(
        z.object({
          text: z.string(),
          due_iso: z.iso.date().nullish().catch(null),
          owner_side: z.string().nullish(),
          turn: z.number().int().nullish().catch(null),
        }),
      ),
    }).nullish().catch(null),
    "detect-intents": z.object({
      intents: z.array(SaidIntent),
    }).nullish().catch(null),
    "detect-verbal-commitment": z.object({
      detected: z.boolean(),
      commitments: z.array(z.object({ phrase: z.string() })).catch([]),
    }).nullish().catch(null),
    "analyse-stall-reason": z.object({
      reason: z.string().nullish(),
      deal_id: z.string().nullish(),
      owner_id: z.string().nullish(),
    }).nullish()
      .catch(null),
    "score-deal-risks": z.object({ scores: z.array(Score) }).nullish().catch(null),
  }).partial().default({}),
});
type Input = z.output<typeof Input>;

/** Output of `signal-task-processor`: the task of the run's strongest signal, and all that were made. */
export const SignalTaskProcessorOutput = z.object({
  task_id: z.string().nullable(),
  tasks_created: z.number().int(),
  signal_type: z.string().nullable(),
  title: z.string().nullable(),
  tasks: z.array(z.object({
    id: z.string(),
    title: z.string(),
    signal_type: z.string(),
    status: z.string(),
  })),
});

export interface Signal {
  readonly signalType: string;
  readonly title: string;
  readonly priority: "medium" | "high" | "urgent";
  readonly dueOn: string | null;
  readonly dealId: string | null;
  /** Position of the intent that it speaks of. */
  readonly intentAt?: number;
  /** Whose task it is; the run's user where nobody is named. */
  readonly userId?: string | null;
}

/** A deal this risky is worth a task: 60 of the 80 points that a deal can have against it. */
const RISK_FROM = 0.75;

/** Chooses by what the run found: a spoken yes, a blocker, a risky or stalled deal, else the to-dos. */
export function strongestSignal({ payload, outputs }: Input): Signal | null {
  const dealId = payload.deal_id ?? null;
  const about = payload.title ? ` after “${cut(payload.title, 80)}”` : "";
  const yes = outputs["detect-verbal-commitment"];
  if (yes?.detected && yes.commitments.length > 0) {
    return {
      signalType: "verbal_commitment_detected",
      title: `Follow up on the spoken yes${about}`,
      priority: "high",
      dueOn: null,
      dealId,
    };
  }
  const intents = outputs["detect-intents"]?.intents ?? [];
  const blockerAt = intents.findIndex((i) => i.intent === "objection_blocker" && i.actionable);
  if (blockerAt >= 0) {
    return {
      intentAt: blockerAt,
      signalType: "objection_identified",
      title: `Resolve the blocker${about}`,
      priority: "high",
      dueOn: null,
      dealId,
    };
  }
  const risky = (outputs["score-deal-risks"]?.scores ?? []).filter((s) => s.risk_score >= RISK_FROM)
    .sort((a, b) => b.risk_score - a.risk_score)[0];
  if (risky !== undefined) {
    return {
      signalType: risky.signal_types.includes("timeline_slipping")
        ? "close_date_approaching"
        : "deal_stale",
      title: `Look after ${risky.deal_name ?? "the deal"}: its risk is ${
        Math.round(risky.risk_score * 100)
      } %`,
      priority: risky.risk_score >= 0.8 ? "urgent" : "high",
      dueOn: null,
      dealId: risky.deal_id ?? dealId,
      userId: risky.owner_id,
    };
  }
  const stalled = outputs["analyse-stall-reason"];
  if (stalled?.reason) {
    return {
      signalType: "deal_stale",
      title: `Revive the deal: ${cut(stalled.reason, 120)}`,
      priority: "high",
      dueOn: null,
      dealId: stalled.deal_id ?? dealId,
      userId: stalled.owner_id,
    };
  }
  const items =
    outputs["extract-action-items"]?.action_items.filter((i) => i.owner_side !== "theirs") ?? [];
  if (items.length === 0) return null;
  const dated = items.map((i) => i.due_iso).filter((d): d is string => typeof d === "string")
    .sort();
  return {
    signalType: "meeting_ended",
    title: `Work through ${items.length} to-do${items.length === 1 ? "" : "s"}${about}`,
    priority: "medium",
    dueOn: dated[0] ?? null,
    dealId,
  };
}

/** Tasks of the meeting's commitments, besides the one that the strongest signal speaks of. */
async function tasksOfIntents(input: Input, signal: Signal | null, ctx: SkillRun) {
  const { payload, outputs } = input;
  const intents = outputs["detect-intents"]?.intents ?? [];
  if (intents.length === 0) return [];
  const [actions, playbooks] = await Promise.all([
    ctx.ports.intents.list(ctx.orgId),
    ctx.ports.crm.listPlaybooks(ctx.orgId),
  ]);
  const ours = (outputs["extract-action-items"]?.action_items ?? [])
    .filter(({ owner_side }) => owner_side !== "theirs");
  const ids = { meeting_id: payload.meeting_id, contact_id: payload.contact_id };
  return intentTasks(intents, {
    actions,
    playbooks,
    coveredTurns: new Set(ours.flatMap(({ turn }) => turn ?? [])),
    ids: Object.fromEntries(
      Object.entries({ ...ids, deal_id: payload.deal_id }).filter(([, id]) => id),
    ) as JsonObject,
    now: ctx.ports.clock.now(),
  }).filter(({ at }) => at !== signal?.intentAt);
}

/** `signal-task-processor`: the run's strongest signal as a task to review, and one per open commitment. */
export const signalTaskProcessor = defineAdapter({
  skill: "signal-task-processor",
  effectMode: "db",
  cpuMs: 10,
  input: Input,
  output: SignalTaskProcessorOutput,
  async run(input, ctx) {
    ctx.signal.throwIfAborted();
    const { payload } = input;
    const signal = strongestSignal(input);
    const tasks: z.output<typeof SignalTaskProcessorOutput>["tasks"] = [];
    const make = async (
      task: { title: string; signal_type: string; status: string },
      more: { readonly suffix: string; readonly change: JsonObject },
    ) => {
      ctx.signal.throwIfAborted();
      const { id } = await ctx.ports.crm.applyChange({
        orgId: ctx.orgId,
        entity: "task",
        id: null,
        effectKey: ctx.effectKey(more.suffix),
        change: {
          ...task,
          contact_id: payload.contact_id ?? null,
          meeting_id: payload.meeting_id ?? null,
          ...more.change,
        },
      });
      tasks.push({ id, ...task });
    };
    if (signal !== null) {
      const { title, signalType: signal_type } = signal;
      await make({ title, signal_type, status: "pending_review" }, {
        suffix: "signal",
        change: {
          user_id: signal.userId ?? ctx.userId,
          type: "follow_up",
          priority: signal.priority,
          due_on: signal.dueOn,
          source: "signal",
          deal_id: signal.dealId,
        },
      });
    }
    for (const task of await tasksOfIntents(input, signal, ctx)) {
      const { title, signalType: signal_type, status } = task;
      await make({ title, signal_type, status }, {
        suffix: `intent:${task.at}`,
        change: {
          user_id: ctx.userId,
          description: task.description,
          type: task.type,
          due_on: task.dueOn,
          source: "intent",
          deal_id: payload.deal_id ?? null,
          metadata: task.metadata,
        },
      });
    }
    return {
      output: {
        task_id: tasks[0]?.id ?? null,
        tasks_created: tasks.length,
        signal_type: tasks[0]?.signal_type ?? null,
        title: tasks[0]?.title ?? null,
        tasks,
      },
      engine: "code",
    };
  },
});
