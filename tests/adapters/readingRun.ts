import type { z } from "zod";
import type {
  CrmCalendarEvent,
  CrmCallType,
  CrmChange,
  CrmContact,
  CrmDeal,
  CrmMeeting,
  CrmPort,
  CrmTask,
  CrmUser,
  DeliveryResult,
  FeedItem,
  Invitation,
  SkillPorts,
  SlackMessage,
  TranscriptTurn,
} from "../../supabase/functions/_shared/ports/mod.ts";
import type {
  DirectAdapter,
  SkillRun,
} from "../../supabase/functions/_shared/orchestrator/adapters/defineAdapter.ts";

import { createRulesLlm } from "../../supabase/functions/_shared/providers/llm/rules.ts";
import {
  INTENT_ACTIONS,
  type IntentActions,
} from "../../supabase/functions/_shared/orchestrator/intentActionRegistry.ts";

export const ORG = "00000000-0000-4000-8000-000000000001";
export const USER = "00000000-0000-4000-8000-000000000002";

/** What a skill may find in the CRM; everything else refuses to be asked. */
export interface ReadingWorld {
  readonly now?: string;
  readonly userId?: string | null;
  readonly user?: Partial<CrmUser>;
  readonly meeting?: Partial<CrmMeeting>;
  readonly turns?: readonly TranscriptTurn[];
  readonly contacts?: readonly Partial<CrmContact>[];
  readonly calendar?: readonly Partial<CrmCalendarEvent>[];
  readonly deal?: Partial<CrmDeal>;
  readonly openTasks?: readonly Partial<CrmTask>[];
  /** What the organisation makes of intents; the code's own unless said otherwise. */
  readonly intentActions?: IntentActions;
  readonly callTypes?: readonly Partial<CrmCallType>[];
  /** How Slack answers a message; sent unless said otherwise. */
  readonly slackStatus?: DeliveryResult["status"];
  /** What a model answers to every question; the rules engines read unless given. */
  readonly modelAnswer?: unknown;
  readonly signal?: AbortSignal;
  /** Thrown by every CRM call. */
  readonly crmFailure?: Error;
  /** Thrown by every message, invitation and mail. */
  readonly deliveryFailure?: Error;
}

/** A model that gives this answer to every question, or what the function makes of the material. */
export function answering(answer: unknown): SkillPorts["llm"] {
  return {
    isModelSet: () => Promise.resolve(true),
    ask: ({ answer: schema, material }) => {
      const given = typeof answer === "function" ? answer(material) : answer;
      return Promise.resolve({ value: schema.parse(given) as never, engine: "test:model" });
    },
  };
}

type RunContext = SkillRun & { readonly ordinal: number; readonly decidedBy: string | null };

export interface ReadingRun {
  readonly ctx: RunContext;
  /** The same world, seen by a further attempt or by another run. */
  contextOf(parts: { readonly jobId?: string; readonly attempt?: number }): RunContext;
  readonly warnings: string[];
  readonly changes: CrmChange[];
  readonly invitations: { readonly invitation: Invitation; readonly effectKey: string }[];
  /** Lines of the feed. */
  readonly feed: FeedItem[];
  readonly messages: { readonly message: SlackMessage; readonly effectKey: string }[];
  readonly calendarReads: { readonly fromIso: string; readonly toIso: string }[];
  /** Names of the port calls, in order. */
  readonly calls: string[];
}

/** A `SkillRun` over a small world whose clock stands; an effect happens once per key. */
export function readingRun(world: ReadingWorld = {}): ReadingRun {
  const warnings: string[] = [];
  const changes: CrmChange[] = [];
  const invitations: { invitation: Invitation; effectKey: string }[] = [];
  const feed: FeedItem[] = [];
  const messages: { message: SlackMessage; effectKey: string }[] = [];
  const calendarReads: { fromIso: string; toIso: string }[] = [];
  const calls: string[] = [];
  const answer = <T>(value: T): Promise<T> => {
    calls.push("crm");
    return world.crmFailure ? Promise.reject(world.crmFailure) : Promise.resolve(value);
  };
  const deliver = (effectKey: string, by: string): Promise<DeliveryResult> => {
    calls.push(by);
    return world.deliveryFailure ? Promise.reject(world.deliveryFailure) : Promise.resolve({
      status: by === "slack" ? world.slackStatus ?? "sent" : "sent",
      delivery_id: `delivery-${effectKey}`,
      provider_ref: null,
      via: `test ${by}`,
    });
  };
  const changed = <T extends { readonly id: string }>(row: T, entity: string): T =>
    changes.filter((known) => known.entity === entity && known.id === row.id)
      .reduce((now, { change }) => ({ ...now, ...change }), row);
  const contacts = (world.contacts ?? []).map((contact) => ({
    id: "contact-1",
    name: "",
    email: null,
    title: null,
    phone: null,
    timezone: null,
    company_id: null,
    owner_id: null,
    ...contact,
  }));
  const crm: Partial<CrmPort> = {
    getUser: (_org, id) => answer(id === USER ? userRow(world.user) : null),
    getMeeting: () => answer(world.meeting ? changed(meetingRow(world.meeting), "meeting") : null),
    getDeal: (_org, id) =>
      answer(
        world.deal ? [changed(dealRow(world.deal), "deal")].find((d) => d.id === id) ?? null : null,
      ),
    listOpenTasks: () =>
      answer([...(world.openTasks ?? []), ...changes.filter((c) => c.entity === "task").map(taskOf)]
        .map(taskRow)),
    listDealStages: () => answer([]),
    listPlaybooks: () => answer([]),
    listActionItems: () => answer([]),
    listCallTypes: () => answer((world.callTypes ?? []).map(callTypeRow)),
    getTranscript: () => answer(world.turns ?? []),
    getContact: (_org, id) => answer(contacts.find((contact) => contact.id === id) ?? null),
    findContactsByEmail: (_org, emails) =>
      answer(
        contacts.filter((contact) =>
          emails.some((email) => email.toLowerCase() === contact.email?.toLowerCase())
        ),
      ),
    listCalendarEvents: (_org, _user, range) => {
      calendarReads.push(range);
      return answer((world.calendar ?? []).map(calendarRow));
    },
    applyChange: (change) => {
      const repeated = changes.some((known) => known.effectKey === change.effectKey);
      if (!repeated) changes.push(change);
      return answer({ id: `row-${change.effectKey}`, repeated });
    },
  };
  const ports: Partial<SkillPorts> = {
    crm: crm as CrmPort,
    llm: world.modelAnswer === undefined ? createRulesLlm() : answering(world.modelAnswer),
    intents: { list: () => Promise.resolve(world.intentActions ?? INTENT_ACTIONS) },
    feed: {
      post: (item) => {
        if (!feed.some((known) => known.effectKey === item.effectKey)) feed.push(item);
        return Promise.resolve();
      },
    },
    clock: {
      now: () => Date.parse(world.now ?? "2026-03-12T15:00:00Z"),
      sleep: () => Promise.reject(new Error("No skill here sleeps")),
      after: () => {
        throw new Error("No skill here sets a timer");
      },
    },
    calendar: {
      listBusy: () => Promise.resolve([]),
      createEvent: async (invitation, { effectKey }) => {
        const result = await deliver(effectKey, "calendar");
        if (!invitations.some((known) => known.effectKey === effectKey)) {
          invitations.push({ invitation, effectKey });
        }
        return { ...result, event_id: `event-${effectKey}` };
      },
    },
    slack: {
      updateMessage: () => {
        throw new Error("No skill here changes a message");
      },
      postMessage: async (message, { effectKey }) => {
        const result = await deliver(effectKey, "slack");
        if (!messages.some((known) => known.effectKey === effectKey)) {
          messages.push({ message, effectKey });
        }
        return result;
      },
    },
  };
  const contextOf: ReadingRun["contextOf"] = ({ jobId = "job-1", attempt = 1 }) => ({
    jobId,
    stepId: "step-1",
    orgId: ORG,
    userId: world.userId === undefined ? USER : world.userId,
    attempt,
    ordinal: 0,
    decidedBy: null,
    event: {
      id: "event-1",
      type: "meeting_ended",
      source: "test",
      org_id: ORG,
      user_id: USER,
      payload: {},
      depth: 0,
      root_event_id: "event-1",
      parent_job_id: null,
    },
    effectKey: (suffix?: string) => `${jobId}:step-1${suffix ? `:${suffix}` : ""}`,
    ports: ports as SkillPorts,
    signal: world.signal ?? new AbortController().signal,
    recordCost: () => {
      throw new Error("A rules engine costs nothing");
    },
    warn: (message: string) => warnings.push(message),
  });
  return {
    ctx: contextOf({}),
    contextOf,
    warnings,
    changes,
    invitations,
    feed,
    messages,
    calendarReads,
    calls,
  };
}

/** Parses the parts as the engine would, runs the skill and checks its answer's schema. */
export async function runSkill<Input extends z.ZodType, Output extends z.ZodType>(
  adapter: DirectAdapter<Input, Output>,
  ctx: SkillRun,
  parts: {
    readonly payload?: object;
    readonly outputs?: object;
    readonly context?: object;
    readonly params?: object;
  } = {},
): Promise<z.output<Output>> {
  const input = adapter.input.parse({
    payload: { meeting_id: "meeting-1" },
    outputs: {},
    context: {},
    params: {},
    ...parts,
  });
  const { output } = await adapter.run(input, ctx);
  return adapter.output.parse(output);
}

function userRow(user: Partial<CrmUser> = {}): CrmUser {
  return {
    id: USER,
    email: "rep@ours.example",
    name: "Rep",
    timezone: "America/Chicago",
    role: "member",
    slack_user_id: null,
    working_hours: { start: "09:00", end: "17:30", days: [1, 2, 3, 4, 5] },
    ...user,
  };
}

function meetingRow(meeting: Partial<CrmMeeting>): CrmMeeting {
  return {
    id: "meeting-1",
    title: "Call",
    started_at: null,
    timezone: null,
    duration_minutes: null,
    organizer_email: null,
    user_id: USER,
    contact_id: null,
    deal_id: null,
    call_type: null,
    call_type_confidence: null,
    attendees: [],
    ...meeting,
  };
}

function calendarRow(event: Partial<CrmCalendarEvent>, index: number): CrmCalendarEvent {
  return {
    id: `calendar-${index}`,
    title: "Busy",
    starts_at: "",
    ends_at: "",
    is_all_day: false,
    busy_status: "busy",
    organizer_email: null,
    attendees: [],
    ...event,
  };
}

function dealRow(deal: Partial<CrmDeal>): CrmDeal {
  return {
    id: "deal-1",
    name: "Rollout",
    stage_id: null,
    stage: null,
    value: null,
    currency: null,
    close_date: null,
    next_steps: null,
    notes: null,
    tags: [],
    competitor: null,
    owner_id: null,
    contact_id: null,
    company_id: null,
    status: "open",
    ...deal,
  };
}

function taskOf({ change, effectKey }: CrmChange): Partial<CrmTask> {
  return { id: `row-${effectKey}`, title: String(change.title) };
}

function taskRow(task: Partial<CrmTask>, index: number): CrmTask {
  return { id: `task-${index}`, title: "", due_on: null, status: "pending", ...task };
}

function callTypeRow(type: Partial<CrmCallType>, index: number): CrmCallType {
  return {
    id: `call-type-${index}`,
    name: "",
    description: "",
    keywords: [],
    is_sales: true,
    enable_coaching: true,
    ...type,
  };
}

/** Turns from `Name: words` lines. */
export function talk(...lines: readonly string[]): readonly TranscriptTurn[] {
  return lines.map((line) => {
    const colon = line.indexOf(":");
    return { speaker: line.slice(0, colon), t_seconds: null, text: line.slice(colon + 1).trim() };
  });
}
