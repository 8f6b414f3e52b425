import type { SkillAdapter } from "../../supabase/functions/_shared/orchestrator/adapters/defineAdapter.ts";
import { canonicalSha256 } from "../../supabase/functions/_shared/orchestrator/core/canonical.ts";
import { EMPTY_CONTEXT } from "../../supabase/functions/_shared/orchestrator/engine/activeRun.ts";
import type {
  EngineDeps,
  EngineRules,
} from "../../supabase/functions/_shared/orchestrator/engine/deps.ts";
import {
  createDrivers,
  type Drivers,
} from "../../supabase/functions/_shared/orchestrator/engine/drivers.ts";
import { createHeartbeat } from "../../supabase/functions/_shared/orchestrator/engine/heartbeat.ts";
import {
  createIsolate,
  type IsolateLimits,
} from "../../supabase/functions/_shared/orchestrator/engine/isolate.ts";
import {
  createSkillCatalog,
  type LoadedSkillCatalog,
} from "../../supabase/functions/_shared/orchestrator/engine/skillCatalog.ts";
import {
  createStarter,
  type StartDecision,
  type Starter,
} from "../../supabase/functions/_shared/orchestrator/engine/startEvent.ts";
import { createOrchestrator } from "../../supabase/functions/_shared/orchestrator/orchestrator.ts";
import type { Orchestrator } from "../../supabase/functions/_shared/orchestrator/api.ts";
import type {
  DbSkillRow,
  StartConfig,
  StepDefinition,
} from "../../supabase/functions/_shared/orchestrator/types.ts";
import { createEmailStore } from "../../supabase/functions/_shared/orchestrator/store/emails.ts";
import { createMailboxStore } from "../../supabase/functions/_shared/orchestrator/store/mailboxes.ts";
import { createAgentStore } from "../../supabase/functions/_shared/orchestrator/store/agents.ts";
import { createStore } from "../../supabase/functions/_shared/orchestrator/store/store.ts";
import { createWriter } from "../../supabase/functions/_shared/orchestrator/store/writer.ts";
import { connect, type Sql } from "../../supabase/functions/_shared/db/client.ts";
import type {
  Doorbell,
  FunctionAnswer,
  FunctionCall,
  SkillPorts,
} from "../../supabase/functions/_shared/ports/mod.ts";

export interface TestEngine extends AsyncDisposable {
  readonly deps: EngineDeps;
  readonly drivers: Drivers;
  readonly starter: Starter;
  readonly orchestrator: Orchestrator;
  readonly skills: LoadedSkillCatalog;
  readonly sql: Sql;
  /** Bells rung so far; nobody answers them unless the test does. */
  readonly bells: Doorbell[];
  /** Resolves when no background work is left. */
  idle(): Promise<void>;
}

export interface TestEngineOptions {
  readonly workerUrl: string;
  /** How long a yes to something external can be taken back; none unless said. */
  readonly undoMs?: number;
  readonly adapters?: readonly SkillAdapter[];
  /** What routing says, by event type; anything else is `no_route`. */
  readonly sequences?: Readonly<Record<string, readonly StepDefinition[]>>;
  /** Rows of `fleet_skills`; none by default. */
  readonly skillRows?: readonly DbSkillRow[];
  readonly limits?: Partial<IsolateLimits>;
  readonly leaseMs?: number;
  readonly planHandoffs?: EngineRules["planHandoffs"];
  readonly loadTier3?: EngineRules["loadTier3"];
  readonly callFunction?: (call: FunctionCall) => Promise<FunctionAnswer>;
  readonly ports?: Partial<SkillPorts>;
  readonly now?: () => number;
}

/**
 * One isolate's engine over a real database, with adapters and routing given by the test. Two of them
 * on one database are two isolates.
 */
export function createTestEngine(options: TestEngineOptions): TestEngine {
  const sql = connect(options.workerUrl, { max: 2 });
  const now = options.now ?? (() => performance.timeOrigin + performance.now());
  const clock: SkillPorts["clock"] = {
    now,
    after: (ms, then) => {
      const timer = setTimeout(then, ms);
      return () => clearTimeout(timer);
    },
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(resolve, ms);
        signal?.addEventListener("abort", () => {
          clearTimeout(timer);
          reject(signal.reason);
        }, { once: true });
      }),
  };
  const ids = { uuid: () => crypto.randomUUID() as string, random: () => 0 };
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  const bells: Doorbell[] = [];
  const open = new Set<Promise<unknown>>();
  const background = (work: Promise<unknown>) => {
    const settled = work.catch(() => {}).finally(() => open.delete(settled));
    open.add(settled);
  };
  const skills = createSkillCatalog(
    Object.fromEntries((options.adapters ?? []).map((a) => [a.skill, a])),
    () => Promise.resolve(options.skillRows ?? []),
  );
  const deps: EngineDeps = {
    store: createStore({ sql, clock }),
    writer: createWriter({ sql, clock, ids, log, killpoint: () => {} }),
    // Skills of these tests touch only the ports their test gives.
    ports: { clock, ids, log, ...options.ports } as SkillPorts,
    invoker: {
      ring: (bell) => {
        bells.push(bell);
        return Promise.resolve();
      },
      callFunction: options.callFunction ??
        (() => Promise.resolve({ status: 500, retryAfterMs: null, body: null })),
    },
    isolate: createIsolate({
      wallClockMs: 600_000,
      safetyMarginMs: 1000,
      cpuMs: 100_000,
      maxRuns: 32,
      ...options.limits,
    }, { clock, workerId: ids.uuid() }),
    skills,
    rules: {
      loadContext: () => Promise.resolve({ context: EMPTY_CONTEXT, warnings: [] }),
      loadTier3: options.loadTier3 ?? ((part) => Promise.resolve({ part })),
      evaluateWhen: (expression) => expression === "true",
      resolveInput: (mapping) => mapping,
      planHandoffs: options.planHandoffs ??
        (() => Promise.resolve({ followups: [], warnings: [] })),
      hashContent: canonicalSha256,
    },
    leaseMs: options.leaseMs ?? 45_000,
    retryScale: 0.001,
    killpoint: () => {},
  };
  const drivers = createDrivers({
    deps,
    heartbeat: createHeartbeat(deps),
    background,
    parseSnapshot: (steps) => steps as readonly StepDefinition[],
  });
  const starter = createStarter({
    onSweepAge: () => {},
    engine: deps,
    drivers,
    config: {
      readStart: async (r): Promise<StartConfig> => {
        const [row] =
          await sql`select fleet.read_start(${r.orgId}, ${r.userId}, ${r.type}, ${r.parentJobId}) as facts`;
        return { facts: row.facts, routes: null, definitions: null };
      },
      readHandoffs: () => Promise.resolve(null),
      readSkills: () => Promise.resolve([]),
    },
    rules: {
      codeKeysOf: () => [],
      decide: (event): StartDecision => {
        const steps = options.sequences?.[event.type];
        if (steps === undefined) return { status: "no_route", chosen: [], refused: [] };
        return {
          status: "queued",
          refused: [],
          chosen: [{
            sequenceKey: event.type,
            source: "platform",
            version: 1,
            hash: canonicalSha256(steps),
            steps,
          }],
        };
      },
    },
  });
  const orchestrator = createOrchestrator({
    engine: deps,
    drivers,
    starter,
    agents: createAgentStore({ sql, clock }),
    background,
    emails: createEmailStore({ sql, clock }),
    mailboxes: createMailboxStore({ sql, clock }),
    decideDeps: {
      store: deps.store,
      skills,
      rules: deps.rules,
      parseSnapshot: (s) => s as readonly StepDefinition[],
      undoMs: options.undoMs ?? 0,
    },
  });
  return {
    deps,
    drivers,
    starter,
    orchestrator,
    skills,
    sql,
    bells,
    idle: async () => {
      while (open.size > 0) await Promise.all(open);
    },
    [Symbol.asyncDispose]: async () => {
      await sql.end({ timeout: 1 });
    },
  };
}
