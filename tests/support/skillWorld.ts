/**
 * One skill in the seeded demo organisation, on a real database: reads and changes are the CRM's own
 * SQL, the context is loaded as the engine loads it; what leaves the house is noted under its key.
 */
import postgres from "postgres";
import type {
  SkillAdapter,
  SkillRun,
} from "../../supabase/functions/_shared/orchestrator/adapters/defineAdapter.ts";
import { loadContext } from "../../supabase/functions/_shared/orchestrator/context.ts";
import type {
  FollowupDraft,
  Json,
  JsonObject,
} from "../../supabase/functions/_shared/orchestrator/types.ts";
import type {
  CalendarChange,
  CrmPort,
  DeliveryMeta,
  DeliveryResult,
  IncomingEmail,
  MeetingContent,
  NewsItem,
  SkillPorts,
} from "../../supabase/functions/_shared/ports/mod.ts";
import { connect } from "../../supabase/functions/_shared/db/client.ts";
import { createCrmCampaigns } from "../../supabase/functions/_shared/providers/campaigns/crm.ts";
import { createFeedStore } from "../../supabase/functions/_shared/orchestrator/store/feed.ts";
import { createIntentStore } from "../../supabase/functions/_shared/orchestrator/store/intents.ts";
import { createCalendarFeedStore } from "../../supabase/functions/_shared/orchestrator/store/calendarFeeds.ts";
import { createMailboxStore } from "../../supabase/functions/_shared/orchestrator/store/mailboxes.ts";
import { createPreferenceStore } from "../../supabase/functions/_shared/orchestrator/store/preferences.ts";
import { createApprovalStore } from "../../supabase/functions/_shared/orchestrator/store/approvals.ts";
import { createApprovals } from "../../supabase/functions/_shared/providers/approvals.ts";
import { createPostgresCrm } from "../../supabase/functions/_shared/providers/crm/postgres.ts";
import { createCrmEnrichment } from "../../supabase/functions/_shared/providers/enrichment/crm.ts";
import { createStore } from "../../supabase/functions/_shared/orchestrator/store/store.ts";
import { createRulesLlm } from "../../supabase/functions/_shared/providers/llm/rules.ts";
import { freshDatabase } from "./database.ts";

const id = (tail: string) => `d0000000-0000-4000-8000-${tail.padStart(12, "0")}`;

/** Rows of supabase/seed.sql that tests name. */
export const SEED = {
  org: id("1"),
  otherOrg: id("2"),
  owner: id("a1"),
  admin: id("a2"),
  member: id("a3"),
  contact: id("e01"),
  company: id("c01"),
  deal: id("d01"),
  lostDeal: id("d03"),
  meeting: id("101"),
  email: id("401"),
  campaign: id("501"),
  /** Of the run under test, and of one before it; no rows. */
  job: id("b01"),
  jobBefore: id("b02"),
} as const;

export interface Sent {
  readonly port: "slack" | "slack_update" | "mail" | "calendar" | "mailbox";
  readonly content: Json;
  readonly effectKey: string;
}

/** Everything but `payload` is optional: outputs of earlier steps, mapped params, the event's type. */
export interface Asked {
  readonly payload: JsonObject;
  readonly outputs?: JsonObject;
  readonly params?: JsonObject;
  readonly type?: string;
  readonly userId?: string | null;
  readonly signal?: AbortSignal;
  readonly jobId?: string;
  readonly attempt?: number;
}

export interface Performed {
  /** One per approved proposal, or the only one. */
  readonly outputs: readonly Json[];
  readonly proposed: readonly {
    readonly action_type: string;
    readonly preview: string;
    readonly proposed: JsonObject;
  }[];
  readonly engine: string;
  readonly followups: readonly FollowupDraft[];
}

export interface SkillWorld extends AsyncDisposable {
  /** As `postgres`. */
  readonly sql: postgres.Sql;
  readonly crm: CrmPort;
  /** What the skill gave to slack, mail and calendar, once per effect key. */
  readonly sent: Sent[];
  /** What the news port finds. */
  readonly news: NewsItem[];
  /** What the recordings port fetches, whatever recording is asked for. */
  readonly recording: { content: MeetingContent };
  /** What came into every mailbox. */
  readonly inbox: IncomingEmail[];
  /** What a connected calendar has changed. */
  readonly calendar: CalendarChange[];
  readonly warnings: string[];
  /** Milliseconds since the epoch; stands still. */
  readonly now: number;
  /** Thrown by every CRM call, or by every other port, while set. */
  readonly fail: { crm?: Error; world?: Error };
  /** Which of the two were asked. */
  readonly used: Set<"crm" | "world">;
  /** Both phases of a skill, as if a person approved whatever it proposes (`edit` changes it first). */
  perform(
    adapter: SkillAdapter,
    asked: Asked,
    edit?: (proposed: JsonObject) => JsonObject,
  ): Promise<Performed>;
}

const RECORDED: MeetingContent = {
  title: "Harbor Foods discovery",
  started_at: "2027-03-01T10:00:00Z",
  timezone: null,
  duration_minutes: 30,
  organizer_email: null,
  host_email: "maya.chen@northwind.example",
  attendees: [
    { name: "Maya Chen", email: "maya.chen@northwind.example", title: null, is_external: null },
    {
      name: "Priya Raman",
      email: "priya.raman@harborfoods.example",
      title: null,
      is_external: null,
    },
  ],
  transcript: [{ speaker: "Priya Raman", t_seconds: 1, text: "Hello." }],
  recording_url: null,
  calendar_uid: null,
};

export async function createSkillWorld(
  options: { readonly now?: string; readonly llm?: SkillPorts["llm"] } = {},
): Promise<SkillWorld> {
  const database = await freshDatabase();
  const worker = connect(database.workerUrl, { max: 2 });
  const realCrm = createPostgresCrm(worker);
  const fail: SkillWorld["fail"] = {};
  const used: SkillWorld["used"] = new Set();
  const crm = new Proxy(realCrm, {
    get: (target, name) => (...args: unknown[]) => {
      used.add("crm");
      if (fail.crm !== undefined) return Promise.reject(fail.crm);
      const method = target[name as keyof CrmPort] as (...args: unknown[]) => Promise<unknown>;
      return method(...args);
    },
  });
  const sent: Sent[] = [];
  const news: NewsItem[] = [];
  const recording = { content: RECORDED };
  const inbox: IncomingEmail[] = [];
  const calendar: CalendarChange[] = [];
  const warnings: string[] = [];
  const now = options.now === undefined ? Date.now() : Date.parse(options.now);
  const outside = <T>(answer: T): Promise<T> => {
    used.add("world");
    return fail.world !== undefined ? Promise.reject(fail.world) : Promise.resolve(answer);
  };
  const deliver = (
    port: Sent["port"],
    content: unknown,
    meta: DeliveryMeta,
  ): Promise<DeliveryResult> => {
    if (fail.world === undefined && !sent.some((known) => known.effectKey === meta.effectKey)) {
      sent.push({ port, content: content as Json, effectKey: meta.effectKey });
    }
    return outside({
      status: "sent",
      delivery_id: meta.effectKey,
      provider_ref: null,
      via: `test ${port}`,
    });
  };
  const campaigns = createCrmCampaigns(crm);
  const enrichment = createCrmEnrichment(crm);
  const clock = {
    now: () => now,
    sleep: () => Promise.reject(new Error("No skill sleeps")),
    after: () => () => {},
  };
  const mailboxStore = createMailboxStore({ sql: worker, clock });
  const ports: SkillPorts = {
    crm,
    slack: {
      postMessage: (message, meta) => deliver("slack", message, meta),
      updateMessage: (message, posted, meta) =>
        deliver("slack_update", { ...message, replaces: posted.effectKey }, meta),
    },
    approvals: createApprovals({
      store: createApprovalStore({ sql: worker, clock }),
      consoleUrl: "https://console.example",
      randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
    }),
    mail: {
      send: async (mail, meta) => ({
        ...await deliver("mail", mail, meta),
        message_id: `<${meta.effectKey}@test.example>`,
      }),
    },
    calendar: {
      listBusy: () => outside([]),
      createEvent: async (invitation, meta) => ({
        ...await deliver("calendar", invitation, meta),
        event_id: meta.effectKey,
      }),
    },
    calendarFeeds: {
      ...createCalendarFeedStore({ sql: worker, clock }),
      readChanges: (feed) =>
        outside({
          changes: calendar,
          cursor: `${Number(feed.cursor ?? "0") + 1}`,
          is_full: false,
        }),
    },
    mailboxes: {
      ...mailboxStore,
      readNew: (mailbox) =>
        outside({
          mails: inbox,
          cursor: `${Number(mailbox.cursor ?? "0") + 1}`,
          has_more: false,
          is_resync: false,
        }),
      watch: async (mailbox) => {
        const { connection_id } = mailbox;
        await deliver("mailbox", connection_id, {
          orgId: mailbox.org_id,
          jobId: SEED.job,
          stepId: "step-1",
          effectKey: connection_id,
          signal: new AbortController().signal,
        });
        return { status: "watching", expires_at: null };
      },
      stop: () => outside(undefined),
    },
    news: {
      search: (_query, { limit }) => outside({ items: news.slice(0, limit), via: "test news" }),
    },
    enrichment,
    campaigns,
    recordings: {
      fetch: () => outside(recording.content),
      store: (meeting) => createStore({ sql: worker, clock }).storeMeeting(meeting),
    },
    preferences: createPreferenceStore({ sql: worker, clock }),
    feed: createFeedStore({ sql: worker, clock }),
    intents: createIntentStore({ sql: worker, clock }),
    llm: options.llm ?? createRulesLlm(),
    clock,
    ids: { uuid: () => crypto.randomUUID(), random: () => 0.5 },
    log: { info: () => {}, warn: () => {}, error: () => {} },
  };

  function runOf(asked: Asked, phase = "run"): SkillRun {
    const { jobId = SEED.job, attempt = 1 } = asked;
    const userId = asked.userId === undefined ? SEED.member : asked.userId;
    return {
      jobId,
      stepId: "step-1",
      orgId: SEED.org,
      userId,
      attempt,
      event: {
        id: "event-1",
        type: asked.type ?? "test",
        source: "test",
        org_id: SEED.org,
        user_id: userId,
        payload: asked.payload,
        depth: 0,
        root_event_id: "event-1",
        parent_job_id: null,
      },
      effectKey: (suffix) => `${jobId}:step-1:${phase}${suffix === undefined ? "" : `:${suffix}`}`,
      ports,
      signal: asked.signal ?? new AbortController().signal,
      recordCost: () => {},
      warn: (message) => warnings.push(message),
    };
  }

  return {
    sql: database.sql,
    crm,
    sent,
    news,
    recording,
    inbox,
    calendar,
    warnings,
    now,
    fail,
    used,
    async perform(adapter, asked, edit = (proposed) => proposed) {
      const ctx = runOf(asked);
      const { context } = await loadContext({ ...ports, crm: realCrm }, ctx.event, [
        "tier1",
        "tier2",
      ]);
      const input = adapter.input.parse({
        payload: asked.payload,
        outputs: asked.outputs ?? {},
        context,
        params: asked.params ?? {},
      });
      if (adapter.kind === "direct") {
        const { output, engine, followups } = await adapter.run(input, ctx);
        return {
          outputs: [adapter.output.parse(output)],
          proposed: [],
          engine,
          followups: followups ?? [],
        };
      }
      const { proposals, output, engine } = await adapter.propose(input, ctx);
      const outputs: Json[] = output === undefined ? [] : [adapter.output.parse(output)];
      const followups: FollowupDraft[] = [];
      for (const [ordinal, { proposed }] of proposals.entries()) {
        const content = adapter.proposal.parse(edit(proposed)) as JsonObject;
        const run = runOf(asked, `apply:${ordinal}`);
        const applied = await adapter.apply(content, { ...run, ordinal, decidedBy: SEED.member });
        outputs.push(adapter.output.parse(applied.output));
        followups.push(...(applied.followups ?? []));
      }
      return { outputs, proposed: proposals, engine, followups };
    },
    async [Symbol.asyncDispose]() {
      await worker.end({ timeout: 1 });
      await database.drop();
    },
  };
}
