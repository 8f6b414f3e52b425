import { connect } from "../db/client.ts";
import type { InvokerPort } from "../ports/invoker.ts";
import type { LogPort } from "../ports/log.ts";
import type { SkillPorts } from "../ports/mod.ts";
import { createApprovals } from "../providers/approvals.ts";
import { createCalendar } from "../providers/calendar/calendar.ts";
import { createGoogleCalendar } from "../providers/calendar/google.ts";
import { createGraphCalendar } from "../providers/calendar/graph.ts";
import { createCrmCampaigns } from "../providers/campaigns/crm.ts";
import { createInstantlyCampaigns } from "../providers/campaigns/instantly.ts";
import { createConnections } from "../providers/connections/connections.ts";
import { createKeyRing } from "../providers/connections/keyRing.ts";
import { createSystemClock } from "../providers/clock.ts";
import { createPostgresCrm } from "../providers/crm/postgres.ts";
import { createDeliverer } from "../providers/delivery.ts";
import { createApolloEnrichment } from "../providers/enrichment/apollo.ts";
import { createCrmEnrichment } from "../providers/enrichment/crm.ts";
import { createSafeFetch, systemResolver } from "../providers/http/safeFetch.ts";
import { createSystemIds, randomBytes } from "../providers/ids.ts";
import { createHttpInvoker } from "../providers/invoker/http.ts";
import { createAnthropic } from "../providers/llm/anthropic.ts";
import { createLlm, readEngine } from "../providers/llm/llm.ts";
import { createOpenAi } from "../providers/llm/openai.ts";
import { createJsonLog, secretsIn } from "../providers/log.ts";
import { createGmailCarrier } from "../providers/mail/gmail.ts";
import { createGraphCarrier } from "../providers/mail/graph.ts";
import { createMail } from "../providers/mail/mail.ts";
import { createCalendarFeeds } from "../providers/calendarFeeds/feeds.ts";
import { createGoogleFeed } from "../providers/calendarFeeds/google.ts";
import { createGraphFeed } from "../providers/calendarFeeds/graph.ts";
import { composeMailboxes } from "../providers/mailboxes/compose.ts";
import { createResendCarrier } from "../providers/mail/resend.ts";
import { createBraveNews } from "../providers/news/brave.ts";
import { createNoNews } from "../providers/news/none.ts";
import { fetchFromFathom } from "../providers/recordings/fathom.ts";
import { fetchFromFireflies } from "../providers/recordings/fireflies.ts";
import { fetchFromMeetingBaas } from "../providers/recordings/meetingbaas.ts";
import { createRecordings } from "../providers/recordings/recordings.ts";
import { createSlack } from "../providers/slack/slack.ts";
import { createSlackCarrier } from "../providers/slack/web.ts";
import {
  artefactPlaces,
  createVendors,
  readOAuthClients,
  readVendorKeys,
} from "../providers/vendors.ts";
import { createKillpoints } from "../telemetry/killpoint.ts";
import { CUSTOM_ADAPTERS } from "../custom/index.ts";
import { ADAPTER_REGISTRY } from "./adapters/index.ts";
import type { SkillAdapter } from "./adapters/defineAdapter.ts";
import type { Orchestrator } from "./api.ts";
import { loadContext } from "./context.ts";
import { canonicalSha256 } from "./core/canonical.ts";
import { evaluateCel } from "./core/conditions.ts";
import { type HandoffRoute, planHandoffs } from "./core/handoffs.ts";
import { LATE_SWEEP_INTERVALS } from "./core/health.ts";
import { resolveMapping } from "./core/mapping.ts";
import { toHandoffRoute } from "./core/triggerHandoff.ts";
import { isUuid } from "./core/uuid.ts";
import type { EngineDeps, EngineRules } from "./engine/deps.ts";
import { createDrivers } from "./engine/drivers.ts";
import { createHeartbeat } from "./engine/heartbeat.ts";
import { createIsolate } from "./engine/isolate.ts";
import { createSkillCatalog } from "./engine/skillCatalog.ts";
import { createStarter } from "./engine/startEvent.ts";
import { createStartRules } from "./engine/startRules.ts";
import { HANDOFF_ROUTES } from "./handoffRoutes.ts";
import { createOrchestrator } from "./orchestrator.ts";
import { readSettings, type Settings } from "./settings.ts";
import { createApprovalStore } from "./store/approvals.ts";
import { type ConfigReader, createConfigReader } from "./store/config.ts";
import type { SqlDeps } from "./store/call.ts";
import { createConnectionStore } from "./store/connections.ts";
import { createDeliveryStore } from "./store/deliveries.ts";
import { createEmailStore } from "./store/emails.ts";
import { createFeedStore } from "./store/feed.ts";
import { createIntentStore } from "./store/intents.ts";
import { createPreferenceStore } from "./store/preferences.ts";
import { createCalendarFeedStore } from "./store/calendarFeeds.ts";
import { createMailboxStore } from "./store/mailboxes.ts";
import { createLedgerStore } from "./store/ledger.ts";
import { loadTier3 } from "./tier3.ts";
import { createStore } from "./store/store.ts";
import { type AgentStore, createAgentStore } from "./store/agents.ts";
import type { Store } from "./store/types.ts";
import { createWriter } from "./store/writer.ts";
import type { StepDefinition } from "./types.ts";

declare const EdgeRuntime: { waitUntil(work: Promise<unknown>): unknown } | undefined;

/** As a webhook body may have: the longest call there is, with a time for each word. */
const MAX_ARTEFACT_BYTES = 8 * 1024 * 1024;
const ARTEFACT_TIMEOUT_MS = 30_000;

let orchestrator: Orchestrator | null = null;

/**
 * The isolate's orchestrator, wired once from the environment. The only place that names providers
 * and stores.
 *
 * @throws InvariantError `invalid_settings`
 */
export function getOrchestrator(): Orchestrator {
  orchestrator ??= composeOrchestrator(readSettings(Deno.env.toObject()));
  return orchestrator;
}

/** The same wiring for other settings, with more skills or another place for the log: the benchmark's. */
export function composeOrchestrator(
  settings: Settings,
  options: {
    readonly adapters?: Readonly<Record<string, SkillAdapter>>;
    readonly log?: LogPort;
  } = {},
): Orchestrator {
  const clock = createSystemClock();
  const ids = createSystemIds(clock.now);
  const log = options.log ??
    createJsonLog(console.log, secretsIn(settings.environment));
  const sql = connect(settings.databaseUrl);
  const store = createStore({ sql, clock });
  const killpoint = createKillpoints(settings.killpoints);
  const writer = createWriter({ sql, clock, ids, log, killpoint });
  const config = createConfigReader({ sql, clock, freshStamp: writer.freshStamp });
  const skills = createSkillCatalog(
    { ...ADAPTER_REGISTRY, ...CUSTOM_ADAPTERS, ...options.adapters },
    config.readSkills,
  );
  const agents = createAgentStore({ sql, clock });
  const invoker = createHttpInvoker({
    functionsUrl: settings.functionsUrl,
    secretKey: settings.secretKey,
    legacyServiceKey: settings.legacyServiceKey,
    region: settings.region,
    fetch,
    log,
    now: clock.now,
  });
  const ports = composePorts(settings, { clock, ids, log, sql, store, killpoint, invoker });
  const background = (work: Promise<unknown>) => {
    if (typeof EdgeRuntime !== "undefined") EdgeRuntime.waitUntil(work);
  };
  const engine: EngineDeps = {
    store,
    writer,
    ports,
    invoker,
    isolate: createIsolate(settings, { clock, workerId: ids.uuid() }),
    skills,
    rules: composeRules(ports, { config, agents }),
    leaseMs: settings.leaseMs,
    retryScale: settings.retryScale,
    killpoint,
  };
  // Snapshots were checked and filled in when they were saved.
  const parseSnapshot = (steps: unknown) => steps as readonly StepDefinition[];
  const drivers = createDrivers({
    deps: engine,
    heartbeat: createHeartbeat(engine),
    background,
    parseSnapshot,
  });
  const starter = createStarter({
    engine,
    drivers,
    config,
    rules: createStartRules(skills),
    onSweepAge: createSweepWatch(settings, { engine, background }),
  });
  return createOrchestrator({
    engine,
    drivers,
    starter,
    agents,
    background,
    emails: createEmailStore({ sql, clock }),
    mailboxes: createMailboxStore({ sql, clock }),
    decideDeps: { store, skills, rules: engine.rules, parseSnapshot, undoMs: settings.undoMs },
  });
}

/** The alarm clock may be gone: a start that finds the last sweep long past asks for one, once an interval. */
function createSweepWatch(
  settings: Settings,
  deps: {
    readonly engine: EngineDeps;
    readonly background: (work: Promise<unknown>) => void;
  },
): (ageMs: number) => void {
  const { clock } = deps.engine.ports;
  let askedAt = -Infinity;
  return (ageMs) => {
    const isLate = ageMs > LATE_SWEEP_INTERVALS * settings.sweepIntervalMs;
    if (!settings.sweepsWhenLate || !isLate) return;
    if (clock.now() - askedAt < settings.sweepIntervalMs) return;
    askedAt = clock.now();
    deps.background(deps.engine.invoker.ring({ kind: "sweep" }));
  };
}

function composePorts(
  settings: Settings,
  base: Pick<SkillPorts, "clock" | "ids" | "log"> & {
    readonly sql: ReturnType<typeof connect>;
    readonly store: Store;
    readonly killpoint: (name: string) => void;
    readonly invoker: InvokerPort;
  },
): SkillPorts {
  const { clock, ids, log, sql, store } = base;
  const crm = createPostgresCrm(sql);
  const deliverer = createDeliverer({
    store: createDeliveryStore({ sql, clock }),
    sinkUrl: settings.sinkUrl,
    sendMode: settings.sendMode,
    allow: settings.sendAllow,
    fetch,
    ids,
    killpoint: base.killpoint,
  });
  const env = settings.environment;
  const vendor = composeVendors(settings, { sql, clock });
  return {
    crm,
    slack: createSlack(
      deliverer,
      createSlackCarrier(vendor("slack"), { crm, now: clock.now }),
    ),
    mail: createMail({
      deliverer,
      crm,
      carriers: [
        createGmailCarrier(vendor("google", "mail")),
        createGraphCarrier(vendor("microsoft", "mail")),
        createResendCarrier(vendor("resend")),
      ],
    }),
    calendarFeeds: createCalendarFeeds({
      store: createCalendarFeedStore({ sql, clock }),
      clock,
      vendors: {
        google: { vendor: vendor("google", "calendar"), reader: createGoogleFeed() },
        microsoft: { vendor: vendor("microsoft", "calendar"), reader: createGraphFeed() },
      },
    }),
    mailboxes: composeMailboxes({
      env,
      clock,
      vendor,
      store: createMailboxStore({ sql, clock }),
      functionsUrl: settings.functionsUrl,
      ring: () => base.invoker.ring({ kind: "sweep" }),
    }),
    calendar: createCalendar({
      deliverer,
      crm,
      vendors: [
        createGoogleCalendar(vendor("google", "calendar")),
        createGraphCalendar(vendor("microsoft", "calendar")),
      ],
    }),
    news: createBraveNews(vendor("brave"), createNoNews()),
    enrichment: createApolloEnrichment(vendor("apollo"), createCrmEnrichment(crm)),
    campaigns: createInstantlyCampaigns(vendor("instantly"), createCrmCampaigns(crm)),
    recordings: createRecordings({
      providers: {
        fireflies: { vendor: vendor("fireflies"), fetch: fetchFromFireflies },
        meetingbaas: { vendor: vendor("meetingbaas"), fetch: fetchFromMeetingBaas },
        fathom: { vendor: vendor("fathom"), fetch: fetchFromFathom },
      },
      readArtefact: createSafeFetch({
        ...artefactPlaces(env),
        area: "recordings",
        fetch,
        resolve: systemResolver(),
        maxBytes: MAX_ARTEFACT_BYTES,
        timeoutMs: ARTEFACT_TIMEOUT_MS,
      }),
      store: (meeting) => store.storeMeeting(meeting),
      clock,
    }),
    preferences: createPreferenceStore({ sql, clock }),
    feed: createFeedStore({ sql, clock }),
    intents: createIntentStore({ sql, clock }),
    approvals: createApprovals({
      store: createApprovalStore({ sql, clock }),
      consoleUrl: settings.consoleUrl,
      randomBytes,
    }),
    llm: createLlm({
      engine: readEngine(settings.llm),
      models: {
        anthropic: createAnthropic(vendor("anthropic")),
        openai: createOpenAi(vendor("openai")),
      },
      ledger: createLedgerStore({ sql, clock }),
      clock,
      ids,
    }),
    clock,
    ids,
    log,
  };
}

/** Opens vendors with the credential of whoever acts: the member's, the organisation's or the environment's. */
export function composeVendors(
  settings: Settings,
  { sql, clock }: SqlDeps,
): ReturnType<typeof createVendors> {
  const env = settings.environment;
  return createVendors({
    env,
    clock,
    fetch,
    connections: createConnections({
      store: createConnectionStore({ sql, clock }),
      keyRing: settings.tokenKeys === null ? null : createKeyRing(settings.tokenKeys),
      clock,
      oauth: readOAuthClients(env, fetch),
      environment: readVendorKeys(env),
    }),
  });
}

function composeRules(
  ports: SkillPorts,
  { config, agents }: { readonly config: ConfigReader; readonly agents: AgentStore },
): EngineRules {
  /** A run that a trigger started hands on as its trigger says. */
  async function routesOfTrigger(run: Parameters<EngineRules["planHandoffs"]>[0]) {
    const triggerId = run.event.payload.trigger_id;
    if (run.event.type !== "agent_run" || !isUuid(triggerId)) return [];
    const handoff = await agents.readTriggerHandoff(run.orgId, triggerId);
    const route = handoff === null ? null : toHandoffRoute(triggerId, handoff, run.outputs);
    return route === null ? [] : [route];
  }
  return {
    loadContext: (event, tiers) => loadContext(ports, event, tiers),
    loadTier3: (part, asked) => loadTier3(ports, part, asked),
    evaluateWhen: (expression, scope) => evaluateCel(expression, scope),
    resolveInput: (mapping, scope) => resolveMapping(mapping, scope),
    hashContent: canonicalSha256,
    planHandoffs: async (run) => {
      const rows = await config.readHandoffs(run.orgId, run.sequenceKey);
      // Absence means fallback: no table, or no row at all for this sequence.
      const routes: readonly HandoffRoute[] = rows !== null && rows.length > 0
        ? rows
        : HANDOFF_ROUTES.filter((route) => route.source_sequence_key === run.sequenceKey);
      return planHandoffs({ ...run, routes: [...routes, ...await routesOfTrigger(run)] });
    },
  };
}
