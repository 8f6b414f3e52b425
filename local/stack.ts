import { join, resolve } from "node:path";
import postgres from "postgres";
import { type Gateway, startGateway } from "./gateway.ts";
import { startCron } from "./cron.ts";
import { ownerUrl, workerUrl } from "./env.ts";
import { loadKeys, type StackKeys } from "./keys.ts";
import { applyShim, migrate, type Packs, seed } from "./migrate.ts";
import { freePort } from "./ports.ts";
import { startPostgres } from "./postgres.ts";

export interface StackOptions {
  readonly dataDir: string;
  /** 0 chooses a free port. */
  readonly apiPort: number;
  readonly dbPort: number;
  readonly consolePort: number;
  /** FLEET_* and provider variables; the stack's own places win. */
  readonly env: Readonly<Record<string, string>>;
  readonly packs?: Packs;
  /** More folders of functions, before ours. */
  readonly functionDirs?: readonly string[];
  /** The database may lose its last commits when the machine dies; never when a process does. */
  readonly isThrowAway?: boolean;
}

/** Names as `supabase status` prints them, and ours (contract.md §1). */
export interface StackStatus {
  readonly API_URL: string;
  readonly FUNCTIONS_URL: string;
  readonly DB_URL: string;
  readonly CONSOLE_URL: string;
  readonly PUBLISHABLE_KEY: string;
  readonly SECRET_KEY: string;
  readonly ANON_KEY: string;
  readonly SERVICE_ROLE_KEY: string;
  readonly JWT_SECRET: string;
  readonly pids: {
    readonly gateway: number;
    readonly postgres: number;
    readonly sink: number;
    readonly functions: Readonly<Record<string, readonly number[]>>;
  };
  readonly sink_url: string;
  readonly gateway_log: string;
  readonly webhooks: Readonly<Record<string, { readonly url: string; readonly secret: string }>>;
  readonly mode: "embedded";
}

export interface Stack extends AsyncDisposable {
  readonly dataDir: string;
  status(): Promise<StackStatus>;
  /** Role `fleet_worker` on the stack's database, as the functions have it. */
  readonly workerUrl: string;
  stop(): Promise<void>;
}

/** Variables of our own environment that functions get: ours, and the providers'. */
const PASSED_ON =
  /^(FLEET_|ANTHROPIC_|OPENAI_|SLACK_|RESEND_|GOOGLE_|GRAPH_|MICROSOFT_|OTEL_|DENO_DIR$|HOME$|PATH$|TMPDIR$|TZ$|NPM_CONFIG_|HTTPS?_PROXY$|NO_PROXY$|DENO_TLS_CA_STORE$|DENO_CERT$|SSL_CERT_)/i;

const DEFAULT_WALL_CLOCK_MS = 150_000;
const DEFAULT_LOCAL_SWEEP_MS = 1000;

export function passedOn(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => PASSED_ON.test(name)));
}

/**
 * Boots the embedded stack: PostgreSQL with the shim, both migration packs and the demo organisation,
 * the sink, the gateway, the cron clock. Resolves when everything answers.
 *
 * @throws Error with the reason when a setting is refused or a part does not start
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const env = passedOn(options.env);
  refuseBadSettings(env);
  const dataDir = resolve(options.dataDir);
  await Deno.mkdir(dataDir, { recursive: true });
  const keys = await loadKeys(dataDir);
  const apiPort = options.apiPort || freePort();
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const one of stops.splice(0).reverse()) await one();
  };
  try {
    const server = await startPostgres({
      dataDir,
      port: options.dbPort || freePort(),
      settings: options.isThrowAway ? { fsync: "off", synchronous_commit: "off" } : {},
    });
    stops.push(() => server.stop());
    await prepareDatabase(server, { packs: options.packs ?? "all", keys, apiPort });
    const sink = await startSink(dataDir);
    stops.push(sink.stop);
    const sweepMs = Number(env.FLEET_SWEEP_INTERVAL_MS ?? DEFAULT_LOCAL_SWEEP_MS);
    await scheduleSweep(server.port, sweepMs);

    const consoleUrl = env.FLEET_CONSOLE_URL ?? `http://127.0.0.1:${options.consolePort || 54323}`;
    const gateway = startGateway({
      port: apiPort,
      functionDirs: [
        ...(options.functionDirs ?? []),
        new URL("../supabase/functions", import.meta.url).pathname,
      ],
      keys,
      env: isolateEnv(env, {
        keys,
        apiPort,
        dbPort: server.port,
        sinkUrl: sink.url,
        consoleUrl,
        sweepMs,
      }),
      workers: Number(env.FLEET_WORKERS ?? 2),
      wallClockMs: Number(env.FLEET_WALL_CLOCK_MS ?? DEFAULT_WALL_CLOCK_MS),
      wake: (env.FLEET_WAKE ?? "on") as "on" | "off" | "duplicate",
      logPath: join(dataDir, "gateway.ndjson"),
      functionLogPath: join(dataDir, "functions.log"),
      denoPath: env.FLEET_FUNCTIONS_DENO ?? Deno.execPath(),
      denoArgs: env.FLEET_FUNCTIONS_DENO === undefined
        ? ["--lock", new URL("../deno.lock", import.meta.url).pathname, "--frozen"]
        : ["--no-lock"],
    });
    stops.push(() => gateway.stop());
    const cron = startCron({
      ownerUrl: ownerUrl(server.port),
      adminUrl: server.adminUrl(),
      enabled: env.FLEET_SWEEP !== "off",
    });
    stops.push(() => cron.stop());

    return {
      dataDir,
      workerUrl: workerUrl(server.port),
      stop,
      [Symbol.asyncDispose]: stop,
      status: () => describe(gateway, { keys, dataDir, server, sink, consoleUrl }),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The two settings that could never work (contract.md §1); nothing else is refused. */
function refuseBadSettings(env: Readonly<Record<string, string>>): void {
  const wall = Number(env.FLEET_WALL_CLOCK_MS ?? DEFAULT_WALL_CLOCK_MS);
  const margin = Number(env.FLEET_SAFETY_MARGIN_MS ?? 30_000);
  if (margin >= wall) {
    throw new Error(
      `Cannot start: FLEET_SAFETY_MARGIN_MS (${margin}) must be below FLEET_WALL_CLOCK_MS (${wall})`,
    );
  }
  const lease = Number(env.FLEET_LEASE_MS ?? 45_000);
  if (lease < 1000) {
    throw new Error(`Cannot start: FLEET_LEASE_MS (${lease}) must be at least 1000`);
  }
}

async function prepareDatabase(
  server: { readonly port: number; adminUrl(): string },
  options: { readonly packs: Packs; readonly keys: StackKeys; readonly apiPort: number },
): Promise<void> {
  const database = { port: server.port, name: "postgres", adminUrl: server.adminUrl() };
  await applyShim(database.adminUrl);
  const applied = await migrate(database, options.packs);
  // The demo organisation comes once; what a developer changed since stays.
  if (options.packs === "all" && applied.length > 0) await seed(database);
  await withOwner(server.port, (sql) =>
    sql`
    insert into vault.secrets (name, secret) values
      ('fleet_functions_url', ${`http://127.0.0.1:${options.apiPort}/functions/v1`}),
      ('fleet_secret_key', ${options.keys.SECRET_KEY})
    on conflict (name) do update set secret = excluded.secret`);
}

async function scheduleSweep(port: number, intervalMs: number): Promise<void> {
  const schedule = intervalMs % 1000 === 0 ? `${intervalMs / 1000} seconds` : `${intervalMs} ms`;
  await withOwner(
    port,
    (sql) => sql`select cron.schedule('fleet-sweep', ${schedule}, 'select fleet.sweep()')`,
  );
}

function isolateEnv(
  env: Readonly<Record<string, string>>,
  places: {
    readonly keys: StackKeys;
    readonly apiPort: number;
    readonly dbPort: number;
    readonly sinkUrl: string;
    readonly consoleUrl: string;
    readonly sweepMs: number;
  },
): Record<string, string> {
  const { keys } = places;
  return {
    ...env,
    SUPABASE_URL: `http://127.0.0.1:${places.apiPort}`,
    SUPABASE_DB_URL: ownerUrl(places.dbPort),
    SUPABASE_ANON_KEY: keys.ANON_KEY,
    SUPABASE_SERVICE_ROLE_KEY: keys.SERVICE_ROLE_KEY,
    SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: keys.PUBLISHABLE_KEY }),
    SUPABASE_SECRET_KEYS: JSON.stringify({ default: keys.SECRET_KEY }),
    SUPABASE_JWKS: JSON.stringify({ keys: [] }),
    JWT_SECRET: keys.JWT_SECRET,
    FLEET_DB_URL: env.FLEET_DB_URL ?? workerUrl(places.dbPort),
    FLEET_SINK_URL: places.sinkUrl,
    FLEET_CONSOLE_URL: places.consoleUrl,
    FLEET_TOKEN_KEYS: env.FLEET_TOKEN_KEYS ?? keys.TOKEN_KEYS,
    FLEET_SWEEP_INTERVAL_MS: String(places.sweepMs),
  };
}

/** The sink outlives everything that delivers to it: a process of its own. */
async function startSink(
  dataDir: string,
): Promise<{ url: string; pid: number; stop(): Promise<void> }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--quiet",
      new URL("./sink.ts", import.meta.url).href,
      join(dataDir, "sink.ndjson"),
      "0",
    ],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  let text = "";
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const port = text.match(/READY (\d+)/)?.[1];
    if (port === undefined) continue;
    return {
      url: `http://127.0.0.1:${port}`,
      pid: child.pid,
      stop: async () => {
        child.kill("SIGTERM");
        await child.status;
      },
    };
  }
  throw new Error("The sink did not start");
}

async function describe(
  gateway: Gateway,
  parts: {
    readonly keys: StackKeys;
    readonly dataDir: string;
    readonly server: { readonly port: number; readonly pid: number };
    readonly sink: { readonly url: string; readonly pid: number };
    readonly consoleUrl: string;
  },
): Promise<StackStatus> {
  const api = `http://127.0.0.1:${gateway.port}`;
  const { TOKEN_KEYS: _secret, ...keys } = parts.keys;
  return {
    API_URL: api,
    FUNCTIONS_URL: `${api}/functions/v1`,
    DB_URL: ownerUrl(parts.server.port),
    CONSOLE_URL: parts.consoleUrl,
    ...keys,
    pids: {
      gateway: Deno.pid,
      postgres: parts.server.pid,
      sink: parts.sink.pid,
      functions: gateway.pids(),
    },
    sink_url: parts.sink.url,
    gateway_log: join(parts.dataDir, "gateway.ndjson"),
    webhooks: await readWebhooks(parts.server.port, `${api}/functions/v1`),
    mode: "embedded",
  };
}

/** The demo organisation's generic endpoints, by what they take. */
async function readWebhooks(port: number, functionsUrl: string): Promise<StackStatus["webhooks"]> {
  const rows = await withOwner(port, (sql) =>
    sql`
    select w.id, w.provider, s.secret
    from public.fleet_webhook_endpoints w join fleet.webhook_secrets s on s.endpoint_id = w.id
    where w.is_active and w.provider in ('generic', 'generic-email') order by w.created_at, w.id`) as unknown as {
      id: string;
      provider: string;
      secret: string;
    }[];
  const webhooks: Record<string, { url: string; secret: string }> = {};
  for (const row of rows) {
    const door = row.provider === "generic-email" ? "email" : "meeting";
    webhooks[door] ??= { url: `${functionsUrl}/webhook-${door}/${row.id}`, secret: row.secret };
  }
  return webhooks;
}

async function withOwner<T>(port: number, work: (sql: postgres.Sql) => PromiseLike<T>): Promise<T> {
  const sql = postgres(ownerUrl(port), { max: 1, onnotice: () => {} });
  try {
    return await work(sql);
  } finally {
    await sql.end();
  }
}
