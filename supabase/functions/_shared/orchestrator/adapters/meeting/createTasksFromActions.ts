import { z } from "zod";
import { cut } from "../../core/cut.ts";
import { defineAdapter, type SkillRun } from "../defineAdapter.ts";
import {
  ContextSlice,
  type EarlierActionItem,
  EarlierActionItems,
  EarlierIntents,
  EarlierStakeholders,
  MeetingPayload,
} from "./_earlier.ts";

const Input = z.object({
  payload: MeetingPayload,
  context: ContextSlice,
  outputs: z.object({
    "extract-action-items": EarlierActionItems,
    "detect-new-stakeholders": EarlierStakeholders,
    "detect-intents": EarlierIntents,
  }).partial().default({}),
});

const Task = z.object({
  id: z.string(),
  title: z.string(),
  due_on: z.string().nullable(),
  evidence: z.object({ turn: z.number().int(), quote: z.string() }).nullable(),
});

/** Output of `create-tasks-from-actions`. */
export const CreateTasksFromActionsOutput = z.object({
  success: z.boolean(),
  tasks_created: z.number().int(),
  tasks: z.array(Task),
  meeting_id: z.string(),
  contact_name: z.string().nullable(),
  deal_name: z.string().nullable(),
  /** To-dos that are an open task of this meeting already. */
  already_open: z.number().int(),
});

const MAX_TASKS = 20;
const MAX_TITLE = 200;
/** Action items of the contact's meetings that are looked through. */
const MAX_KNOWN = 200;

interface TaskDraft {
  readonly title: string;
  readonly due_on: string | null;
  readonly type: string;
  /** The commitment that the to-do is, where one was heard in the same turn. */
  readonly intent: string | null;
  readonly evidence: z.output<typeof Task>["evidence"];
}

/** One task per to-do that is not theirs, and one per new person to add; a title said twice once. */
export function buildTasks(outputs: z.output<typeof Input>["outputs"]): readonly TaskDraft[] {
  const items = (outputs["extract-action-items"]?.action_items ?? []).filter((i) =>
    i.owner_side !== "theirs"
  );
  const intents = outputs["detect-intents"]?.intents ?? [];
  const people = outputs["detect-new-stakeholders"]?.new_stakeholders ?? [];
  const drafts: TaskDraft[] = [
    ...items.map((item) => ({
      title: cut(item.text, MAX_TITLE),
      due_on: item.due_iso ?? null,
      type: "follow_up",
      intent: intents.find(({ turn }) => typeof turn === "number" && turn === item.turn)?.intent ??
        null,
      evidence: evidenceOf(item),
    })),
    ...people.map((person) => ({
      title: cut(
        `Add ${person.name}${person.role ? ` (${person.role})` : ""} as a contact`,
        MAX_TITLE,
      ),
      due_on: null,
      type: "internal_action",
      intent: null,
      evidence: null,
    })),
  ];
  const titles = drafts.map((draft) => normal(draft.title));
  return drafts.filter((_, at) => titles.indexOf(titles[at]) === at).slice(0, MAX_TASKS);
}

function normal(title: string): string {
  return title.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, " ").trim();
}

function evidenceOf(item: EarlierActionItem): TaskDraft["evidence"] {
  return typeof item.turn === "number" && item.quote
    ? { turn: item.turn, quote: item.quote }
    : null;
}

/** Every to-do of either side as a row of its meeting; one that an earlier run kept stays as it is. */
async function keepActionItems(
  outputs: z.output<typeof Input>["outputs"],
  { payload, context, ctx }: Pick<z.output<typeof Input>, "payload" | "context"> & {
    readonly ctx: SkillRun;
  },
): Promise<void> {
  const items = (outputs["extract-action-items"]?.action_items ?? []).slice(0, MAX_TASKS);
  if (items.length === 0) return;
  const known = context.contact
    ? await ctx.ports.crm.listActionItems(ctx.orgId, context.contact.id, MAX_KNOWN)
    : [];
  const kept = new Set(
    known.filter((item) => item.meeting_id === payload.meeting_id).map(({ title }) =>
      normal(title)
    ),
  );
  for (const [at, item] of items.entries()) {
    const title = cut(item.text, MAX_TITLE);
    if (kept.has(normal(title))) continue;
    kept.add(normal(title));
    ctx.signal.throwIfAborted();
    await ctx.ports.crm.applyChange({
      orgId: ctx.orgId,
      entity: "meeting_action_item",
      id: null,
      effectKey: ctx.effectKey(`item:${at}`),
      change: {
        meeting_id: payload.meeting_id,
        title,
        owner_name: item.owner ?? null,
        owner_side: item.owner_side,
        due_on: item.due_iso ?? null,
        turn: item.turn ?? null,
        quote: item.quote ?? null,
      },
    });
  }
}

/** `create-tasks-from-actions`: the meeting's action items, and tasks for what our side took on, each once. */
export const createTasksFromActions = defineAdapter({
  skill: "create-tasks-from-actions",
  effectMode: "db",
  cpuMs: 20,
  input: Input,
  output: CreateTasksFromActionsOutput,
  async run({ payload, context, outputs }, ctx) {
    const { crm } = ctx.ports;
    const [openTasks, actions] = await Promise.all([
      crm.listOpenTasks(ctx.orgId, { meetingId: payload.meeting_id }),
      ctx.ports.intents.list(ctx.orgId),
    ]);
    await keepActionItems(outputs, { payload, context, ctx });
    const openIds = new Map(openTasks.map((task) => [normal(task.title), task.id]));
    const tasks: z.output<typeof Task>[] = [];
    let alreadyOpen = 0;
    for (const draft of buildTasks(outputs)) {
      ctx.signal.throwIfAborted();
      const { title, due_on, evidence } = draft;
      const openId = openIds.get(normal(title));
      if (openId !== undefined) {
        // A repeat cannot tell its earlier attempt's tasks from another run's: it makes neither twice.
        if (ctx.attempt > 1) tasks.push({ id: openId, title, due_on, evidence });
        else alreadyOpen += 1;
        continue;
      }
      const action = draft.intent === null ? undefined : actions[draft.intent];
      const { id } = await crm.applyChange({
        orgId: ctx.orgId,
        entity: "task",
        id: null,
        effectKey: ctx.effectKey(`task:${normal(title)}`),
        change: {
          user_id: ctx.userId,
          title,
          type: draft.type,
          due_on,
          source: "meeting",
          contact_id: context.contact?.id ?? null,
          deal_id: context.deal?.id ?? null,
          meeting_id: payload.meeting_id,
          signal_type: action?.signal_type ?? null,
          metadata: {
            ...evidence === null ? {} : { evidence },
            ...action === undefined
              ? {}
              : { intent: draft.intent, deliverable_type: action.deliverable_type },
          },
        },
      });
      tasks.push({ id, title, due_on, evidence });
    }
    return {
      output: {
        success: true,
        tasks_created: tasks.length,
        tasks,
        meeting_id: payload.meeting_id,
        contact_name: context.contact?.name ?? null,
        deal_name: context.deal?.name ?? null,
        already_open: alreadyOpen,
      },
      engine: "code",
    };
  },
});
