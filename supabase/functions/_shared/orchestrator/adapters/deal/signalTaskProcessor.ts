import { z } from "zod";
import { cut } from "../../core/cut.ts";
import { defineAdapter } from "../defineAdapter.ts";

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
        }),
      ),
    }).nullish().catch(null),
    "detect-intents": z.object({
      intents: z.array(z.object({
        intent: z.string(),
        confidence: z.number(),
        actionable: z.boolean().catch(false),
        trigger_phrase: z.string().nullish(),
        deadline_parsed: z.string().nullish(),
      })),
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

/** Output of `signal-task-processor`: at most one task, for the run's strongest signal. */
export const SignalTaskProcessorOutput = z.object({
  task_id: z.string().nullable(),
  tasks_created: z.number().int(),
  signal_type: z.string().nullable(),
  title: z.string().nullable(),
});

export interface Signal {
  readonly signalType: string;
  readonly title: string;
  readonly priority: "medium" | "high" | "urgent";
  readonly dueOn: string | null;
  readonly dealId: string | null;
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
  const blocker = intents.find((i) => i.intent === "objection_blocker" && i.actionable);
  if (blocker !== undefined) {
    return {
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

/** `signal-task-processor`: the run's strongest signal as one task to review. */
export const signalTaskProcessor = defineAdapter({
  skill: "signal-task-processor",
  effectMode: "db",
  cpuMs: 10,
  input: Input,
  output: SignalTaskProcessorOutput,
  async run(input, ctx) {
    const signal = strongestSignal(input);
    if (signal === null) {
      return {
        output: { task_id: null, tasks_created: 0, signal_type: null, title: null },
        engine: "code",
      };
    }
    ctx.signal.throwIfAborted();
    const { id } = await ctx.ports.crm.applyChange({
      orgId: ctx.orgId,
      entity: "task",
      id: null,
      effectKey: ctx.effectKey("signal"),
      change: {
        user_id: signal.userId ?? ctx.userId,
        title: signal.title,
        type: "follow_up",
        priority: signal.priority,
        status: "pending_review",
        due_on: signal.dueOn,
        source: "signal",
        signal_type: signal.signalType,
        deal_id: signal.dealId,
        contact_id: input.payload.contact_id ?? null,
        meeting_id: input.payload.meeting_id ?? null,
      },
    });
    return {
      output: {
        task_id: id,
        tasks_created: 1,
        signal_type: signal.signalType,
        title: signal.title,
      },
      engine: "code",
    };
  },
});
