import postgres from "postgres";
import { startCron } from "./cron.ts";
import { ownerUrl, workerUrl } from "./env.ts";
import type { StackKeys } from "./keys.ts";
import { applyShim, migrate, type Packs, seed } from "./migrate.ts";
import { freePort } from "./ports.ts";
import { startPostgres } from "./postgres.ts";
import type { StackSettings } from "./stackEnv.ts";

/** The database of a stack: the embedded one, or the one FLEET_DB_URL names. */
export interface StackDatabase {
  readonly mode: "embedded" | "external";
  readonly ownerUrl: string;
  readonly workerUrl: string;
  /** Of the embedded server; null for another's. */
  readonly port: number | null;
  readonly pid: number | null;
  /** Starts the sweep: needs the gateway. */
  startClock(gateway: { readonly functionsUrl: string }): Promise<{ stop(): Promise<void> }>;
  stop(): Promise<void>;
}

export interface StackDatabaseOptions {
  readonly dataDir: string;
  readonly port: number;
  readonly packs: Packs;
  readonly isThrowAway: boolean;
  readonly template: string | undefined;
  readonly keys: StackKeys;
  readonly settings: StackSettings;
  onLog(line: string): void;
}

export async function openDatabase(options: StackDatabaseOptions): Promise<StackDatabase> {
  const { databaseUrl } = options.settings;
  return databaseUrl === null ? await openEmbedded(options) : openExternal(options, databaseUrl);
}

async function openEmbedded(options: StackDatabaseOptions): Promise<StackDatabase> {
  const server = await startPostgres({
    dataDir: options.dataDir,
    port: options.port || freePort(),
    settings: options.isThrowAway ? { fsync: "off", synchronous_commit: "off" } : {},
    template: options.template,
  });
  try {
    const adminUrl = server.adminUrl();
    await applyShim(adminUrl);
    await migrate({ port: server.port, name: "postgres", adminUrl }, options.packs);
    if (options.packs === "all") await seed({ port: server.port, name: "postgres" });
    return {
      mode: "embedded",
      ownerUrl: ownerUrl(server.port),
      workerUrl: workerUrl(server.port),
      port: server.port,
      pid: server.pid,
      stop: async () => {
        await server.stop();
        // Its data folder goes with its owner; these lie elsewhere.
        for (const folder of options.isThrowAway ? server.ownFolders : []) {
          await Deno.remove(folder, { recursive: true }).catch(() => {});
        }
      },
      startClock: async ({ functionsUrl }) => {
        await scheduleSweep(options, { ownerUrl: ownerUrl(server.port), functionsUrl });
        return await startCron({
          ownerUrl: ownerUrl(server.port),
          adminUrl,
          enabled: options.settings.isSweepOn,
          onError: (message) => options.onLog(`[cron] ${message}`),
        });
      },
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** What an operator does on Supabase: two Vault entries and one call. Tests sweep in milliseconds. */
async function scheduleSweep(
  options: StackDatabaseOptions,
  places: { readonly ownerUrl: string; readonly functionsUrl: string },
): Promise<void> {
  const { sweepIntervalMs: ms } = options.settings;
  const schedule = ms % 1000 === 0 ? `${ms / 1000} seconds` : `${ms} ms`;
  await withDatabase(places.ownerUrl, async (sql) => {
    await sql`
      insert into vault.secrets (name, secret) values
        ('fleet_functions_url', ${places.functionsUrl}),
        ('fleet_secret_key', ${options.keys.SECRET_KEY})
      on conflict (name) do update set secret = excluded.secret`;
    await sql`select fleet.install_cron(${schedule})`;
  });
}

/** Its owner migrates it and may have a clock of its own; here the sweep comes as an external scheduler's would. */
function openExternal(options: StackDatabaseOptions, url: string): StackDatabase {
  return {
    mode: "external",
    ownerUrl: url,
    workerUrl: url,
    port: null,
    pid: null,
    stop: () => Promise.resolve(),
    startClock: ({ functionsUrl }) => {
      if (!options.settings.isSweepOn) return Promise.resolve({ stop: () => Promise.resolve() });
      const sweep = async () => {
        const response = await fetch(`${functionsUrl}/agent-orchestrator`, {
          method: "POST",
          headers: { "content-type": "application/json", apikey: options.keys.SECRET_KEY },
          body: '{"action":"sweep"}',
        });
        await response.body?.cancel();
      };
      const timer = setInterval(() => {
        sweep().catch((error) => options.onLog(`[cron] sweep: ${error.message}`));
      }, options.settings.sweepIntervalMs);
      const stop = () => {
        clearInterval(timer);
        return Promise.resolve();
      };
      return Promise.resolve({ stop });
    },
  };
}

/** Door of a generic endpoint, as `status` prints it. */
export interface WebhookDoor {
  readonly url: string;
  readonly secret: string;
}

/** The demo organisation's generic endpoints; empty where there is no seed. */
export async function readWebhooks(
  databaseUrl: string,
  functionsUrl: string,
): Promise<Readonly<Record<string, WebhookDoor>>> {
  const rows = await withDatabase(
    databaseUrl,
    (sql) =>
      sql<{ id: string; provider: string; secret: string }[]>`
      select w.id, w.provider, s.secret
      from public.fleet_webhook_endpoints w join fleet.webhook_secrets s on s.endpoint_id = w.id
      where w.is_active and w.provider in ('generic', 'generic-email')
      order by w.created_at, w.id, s.created_at desc`,
  );
  const doors: Record<string, WebhookDoor> = {};
  for (const row of rows) {
    const door = row.provider === "generic-email" ? "email" : "meeting";
    doors[door] ??= { url: `${functionsUrl}/webhook-${door}/${row.id}`, secret: row.secret };
  }
  return doors;
}

async function withDatabase<Result>(
  url: string,
  work: (sql: postgres.Sql) => PromiseLike<Result>,
): Promise<Result> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    return await work(sql);
  } finally {
    await sql.end();
  }
}
