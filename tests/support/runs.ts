import { join } from "node:path";
import { SignJWT } from "jose";
import postgres from "postgres";
import { type Api, ApiError, createApi, type JobDetail, type StartAnswer } from "../../cli/api.ts";
import { eventually, openStack, readLines } from "./stack.ts";
import type { StackOptions, StackStatus } from "../../local/stack.ts";

/** The demo organisation of seed.sql. */
export const ORG = "d0000000-0000-4000-8000-000000000001";
export const ADMIN = "d0000000-0000-4000-8000-0000000000a2";
export const MEMBER = "d0000000-0000-4000-8000-0000000000a3";

/** A function of a team's own, served beside ours. */
const PROBE_FUNCTIONS = new URL("../fixtures/skills/functions", import.meta.url).pathname;

/** Skills of that one function, one per way of acting. */
const PROBES: Readonly<Record<string, string>> = {
  "probe-pure": "pure",
  "probe-keyed": "keyed",
  "probe-reconcile": "reconcile",
  "probe-once": "at_most_once",
};

export interface Accepted {
  readonly effect_key: string;
  readonly port: string;
  readonly recipient: string;
  readonly repeats: number;
}

export interface GatewayLine {
  readonly at: string;
  readonly function: string;
  readonly pid: number | null;
  readonly kind: string;
  readonly id: string | null;
  readonly status: number;
  readonly reason?: string;
}

/** A whole stack with a team's function steps on it, and what a test asks of it. */
export interface RunStack extends AsyncDisposable {
  readonly status: StackStatus;
  readonly api: Api;
  readonly sql: postgres.Sql;
  /** Saves an organisation's definition of `type` and a route to it. */
  define(type: string, steps: readonly unknown[], org?: string): Promise<void>;
  start(type: string, payload?: unknown, key?: string): Promise<StartAnswer>;
  /** Waits until the run has one of the statuses. */
  reach(jobId: string, statuses: readonly string[], limitMs?: number): Promise<JobDetail>;
  log(): Promise<readonly GatewayLine[]>;
  sink(): Promise<readonly Accepted[]>;
  /** Fences as the history tells them, one per claim. */
  claimsOf(jobId: string): Promise<readonly { fence: number; at: Date }[]>;
}

export async function openRuns(
  env: Readonly<Record<string, string>> = {},
  options: Partial<Pick<StackOptions, "packs">> = {},
): Promise<RunStack> {
  const stack = await openStack({
    ...options,
    functionDirs: [PROBE_FUNCTIONS],
    env: { FLEET_RETRY_BASE_MS: "20", ...env },
  });
  const status = await stack.status();
  const sql = postgres(status.DB_URL, { max: 2, onnotice: () => {} });
  for (const [skill, effectMode] of Object.entries(PROBES)) {
    await sql`insert into public.fleet_skills (skill, kind, function_name, effect_mode)
      values (${skill}, 'function', 'probe', ${effectMode})`;
  }
  const api = createApi({ functionsUrl: status.FUNCTIONS_URL, secretKey: status.SECRET_KEY });
  return {
    status,
    api,
    sql,
    define: async (type, steps, org = ORG) => {
      await sql`insert into public.fleet_sequence_definitions (sequence_key, org_id, version, steps)
        values (${type}, ${org}, (select coalesce(max(version), 0) + 1
          from public.fleet_sequence_definitions where sequence_key = ${type} and org_id = ${org}),
          ${sql.json(steps as postgres.JSONValue)})`;
      await sql`insert into public.fleet_event_routes (org_id, event_type, sequence_key, scope)
        values (${org}, ${type}, ${type}, 'user') on conflict do nothing`;
    },
    start: (type, payload = {}, key) =>
      api.start({
        type,
        org_id: ORG,
        user_id: MEMBER,
        source: "test",
        payload: payload as Record<string, unknown>,
        ...(key === undefined ? {} : { idempotency_key: key }),
      }),
    reach: (jobId, statuses, limitMs = 30_000) =>
      eventually(`run is ${statuses.join(" or ")}`, async () => {
        // The isolate that was asked may have been killed over its answer.
        const job = await api.getJob(jobId).catch((error) => {
          if (error instanceof ApiError && error.status === 502) return null;
          throw error;
        });
        return job !== null && statuses.includes(job.status) ? job : null;
      }, limitMs),
    log: async () => await readLines(status.gateway_log) as unknown as readonly GatewayLine[],
    sink: async () => await (await fetch(status.sink_url)).json(),
    claimsOf: async (jobId) =>
      await sql<{ fence: number; at: Date }[]>`
        select fence::integer, min(at) as at from public.fleet_job_history
        where job_id = ${jobId} group by fence order by fence`,
    [Symbol.asyncDispose]: async () => {
      await sql.end({ timeout: 1 });
      await stack.stop();
    },
  };
}

/** A chain of steps of one skill, in list order. */
export function chain(count: number, skill: string, more: object = {}): readonly unknown[] {
  return Array.from(
    { length: count },
    (_, i) => ({ id: `s${String(i + 1).padStart(2, "0")}`, skill, ...more }),
  );
}

/** Kill points of a stack, all unarmed until asked. */
export async function createKillSwitch(names: readonly string[]): Promise<{
  readonly setting: string;
  arm(name: string): Promise<void>;
  /** When the armed point was passed; null while nobody did. */
  firedAt(name: string): Promise<Date | null>;
  [Symbol.asyncDispose](): Promise<void>;
}> {
  const dir = await Deno.makeTempDir({ prefix: "fleet-test-" });
  const marker = (name: string) => join(dir, name.split("+")[0]);
  for (const name of names) await Deno.writeTextFile(marker(name), "");
  return {
    setting: names.map((name) => {
      const [point, delay] = name.split("+");
      return `${point}=${marker(point)}${delay === undefined ? "" : `+${delay}`}`;
    }).join(","),
    arm: (name) => Deno.remove(marker(name)),
    firedAt: async (name) => (await Deno.stat(marker(name)).catch(() => null))?.mtime ?? null,
    [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }),
  };
}

/** One stack for all tests of a file; each test uses event types and runs of its own. */
export function shareRuns(env: Readonly<Record<string, string>> = {}): () => RunStack {
  let stack: RunStack | null = null;
  Deno.test.beforeAll(async () => {
    stack = await openRuns(env);
  });
  Deno.test.afterAll(async () => {
    await stack?.[Symbol.asyncDispose]();
  });
  return () => stack!;
}

/** An access token as the project's auth server would sign it. */
export async function signToken(
  status: StackStatus,
  userId: string,
  claims: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  return await new SignJWT({ role: "authenticated", ...claims })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setSubject(userId)
    .setIssuer(`${status.API_URL}/auth/v1`)
    .setAudience("authenticated")
    .setIssuedAt()
    .setExpirationTime("1h")
    .sign(new TextEncoder().encode(status.JWT_SECRET));
}

/** `POST agent-orchestrator` as somebody. */
export async function postAs(
  status: StackStatus,
  headers: Readonly<Record<string, string>>,
  body: unknown,
): Promise<{ readonly status: number; readonly headers: Headers; readonly body: Answer }> {
  const response = await fetch(`${status.FUNCTIONS_URL}/agent-orchestrator`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** Any answer of agent-orchestrator. */
export interface Answer {
  readonly status?: string;
  readonly event_id?: string;
  readonly job_id?: string | null;
  readonly outputs?: Readonly<Record<string, unknown>>;
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly details?: unknown[];
  };
  readonly request_id?: string;
}
