import { join, resolve } from "node:path";
import { startGateway } from "./gateway.ts";
import { loadKeys, type StackKeys } from "./keys.ts";
import type { Packs } from "./migrate.ts";
import { freePort } from "./ports.ts";
import { startSink } from "./sinkProcess.ts";
import { openDatabase, readWebhooks, type WebhookDoor } from "./stackDatabase.ts";
import { isolateEnv, readStackSettings } from "./stackEnv.ts";

export interface StackOptions {
  readonly dataDir: string;
  /** 0 chooses a free port. */
  readonly apiPort: number;
  readonly dbPort: number;
  readonly consolePort: number;
  /** FLEET_* and provider variables; the stack's own places win. */
  readonly env: Readonly<Record<string, string>>;
  readonly packs?: Packs;
  /** More folders of functions, before ours; FLEET_FUNCTIONS_DIR adds some too. */
  readonly functionDirs?: readonly string[];
  /** The database may lose its last commits when the machine dies; never when a process does. */
  readonly isThrowAway?: boolean;
  /** Cluster to copy instead of making one; its migrations must be those of `packs`. */
  readonly template?: string;
  /** Shows what functions print and what fails in the background. */
  onLog?(line: string): void;
}

/** Names as `supabase status` prints them, and ours (contract.md §1). */
export interface StackStatus extends Omit<StackKeys, "TOKEN_KEYS"> {
  readonly API_URL: string;
  readonly FUNCTIONS_URL: string;
  readonly DB_URL: string;
  readonly CONSOLE_URL: string;
  readonly pids: {
    readonly gateway: number;
    /** Null where FLEET_DB_URL names another database. */
    readonly postgres: number | null;
    readonly sink: number;
    readonly functions: Readonly<Record<string, readonly number[]>>;
  };
  readonly sink_url: string;
  readonly gateway_log: string;
  readonly webhooks: Readonly<Record<string, WebhookDoor>>;
  readonly mode: "embedded" | "external";
}

export interface Stack extends AsyncDisposable {
  readonly dataDir: string;
  /** As it is now: pids live, endpoints read from the database. */
  status(): Promise<StackStatus>;
  /** Role `fleet_worker` on the stack's database, as the functions have it. */
  readonly workerUrl: string;
  stop(): Promise<void>;
}

const DEFAULT_CONSOLE_PORT = 54323;

/**
 * Boots the embedded stack: PostgreSQL with the shim, both migration packs and the demo organisation,
 * the sink, the gateway, the cron clock. Resolves when everything answers.
 *
 * @throws Error with the reason when a setting is refused, a port is taken or a part does not start
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const settings = readStackSettings(options.env);
  const dataDir = resolve(options.dataDir);
  await Deno.mkdir(dataDir, { recursive: true });
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const one of stops.splice(0).reverse()) await one();
  };
  const onLog = options.onLog ?? (() => {});
  try {
    stops.push(await lockFolder(dataDir));
    const keys = await loadKeys(dataDir);
    const database = await openDatabase({
      dataDir,
      port: options.dbPort,
      packs: options.packs ?? "all",
      isThrowAway: options.isThrowAway ?? false,
      template: options.template,
      keys,
      settings,
      onLog,
    });
    stops.push(() => database.stop());
    const sink = await startSink(dataDir);
    stops.push(() => sink.stop());

    const apiPort = options.apiPort || freePort();
    const consoleUrl = options.env.FLEET_CONSOLE_URL ??
      `http://127.0.0.1:${options.consolePort || DEFAULT_CONSOLE_PORT}`;
    const gatewayLog = join(dataDir, "gateway.ndjson");
    const gateway = onPort(apiPort, "FLEET_API_PORT", startGateway, {
      port: apiPort,
      functionDirs: [
        ...(options.functionDirs ?? []),
        ...settings.functionDirs.map((dir) => resolve(dir)),
        new URL("../supabase/functions", import.meta.url).pathname,
      ],
      jwtSecret: keys.JWT_SECRET,
      env: isolateEnv(options.env, {
        keys,
        apiPort,
        dbPort: database.port,
        sinkUrl: sink.url,
        consoleUrl,
        sweepIntervalMs: settings.sweepIntervalMs,
        isThrowAway: options.isThrowAway ?? false,
      }),
      workers: settings.workers,
      wallClockMs: settings.wallClockMs,
      wake: settings.wake,
      logPath: gatewayLog,
      functionLogPath: join(dataDir, "functions.log"),
      denoPath: settings.functionsDeno ?? Deno.execPath(),
      // An older Deno cannot read the lock file.
      lock: settings.functionsDeno === null
        ? {
          source: new URL("../deno.lock", import.meta.url).pathname,
          copies: join(dataDir, "locks"),
        }
        : null,
      onLog: options.onLog,
    });
    stops.push(() => gateway.stop());
    const functionsUrl = `http://127.0.0.1:${apiPort}/functions/v1`;
    const clock = await database.startClock({ functionsUrl });
    stops.push(() => clock.stop());

    return {
      dataDir,
      workerUrl: database.workerUrl,
      stop,
      [Symbol.asyncDispose]: stop,
      status: async () => {
        const { TOKEN_KEYS: _kept, ...shown } = keys;
        return {
          API_URL: `http://127.0.0.1:${apiPort}`,
          FUNCTIONS_URL: functionsUrl,
          DB_URL: database.ownerUrl,
          CONSOLE_URL: consoleUrl,
          ...shown,
          pids: {
            gateway: Deno.pid,
            postgres: database.pid,
            sink: sink.pid(),
            functions: gateway.pids(),
          },
          sink_url: sink.url,
          gateway_log: gatewayLog,
          webhooks: await readWebhooks(database.ownerUrl, functionsUrl),
          mode: database.mode,
        };
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * Holds the data folder for this process; the kernel lets go of it when the process dies, however it
 * dies.
 *
 * @throws Error when another stack holds it
 */
async function lockFolder(dataDir: string): Promise<() => Promise<void>> {
  const file = await Deno.open(join(dataDir, "lock"), { create: true, write: true });
  if (!await file.tryLock(true)) {
    file.close();
    throw new Error(`A stack already runs in ${dataDir}; see \`deno task status\``);
  }
  return () => {
    file.close();
    return Promise.resolve();
  };
}

/** Starts a listener; a taken port is named with the variable that moves it. */
function onPort<Options, Started>(
  port: number,
  variable: string,
  start: (options: Options) => Started,
  options: Options,
): Started {
  try {
    return start(options);
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    throw new Error(`Port ${port} is taken by another process; set ${variable} to a free one`);
  }
}
