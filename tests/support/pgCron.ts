import { join } from "node:path";
import postgres from "postgres";
import { OWNER_PASSWORD, ownerUrl, SUPERUSER } from "../../local/env.ts";
import { migrate } from "../../local/migrate.ts";
import { freePort } from "../../local/ports.ts";
import { eventually } from "./stack.ts";

/** A server of the machine's own packages with the real pg_cron, in a folder that goes with it. */
export interface CronServer extends AsyncDisposable {
  /** Superuser, and `postgres` as a hosted project has it. */
  readonly admin: postgres.Sql;
  readonly owner: postgres.Sql;
  /** As pg_cron says it: `1.4-1`. */
  readonly version: string;
  /** Jobs of `@reboot` run now. */
  restart(): Promise<void>;
}

const DATABASE = "fleet";
/** Whom Debian's server runs as where we are root, which it refuses to be. */
const NOBODY = 65534;
const SHIM = new URL("../../local/shim.sql", import.meta.url);

/** Folder of the server's programs, or null where no PostgreSQL with pg_cron is installed. */
export async function findPgCron(): Promise<string | null> {
  for (const version of [17, 16, 15]) {
    const control = `/usr/share/postgresql/${version}/extension/pg_cron.control`;
    const bin = `/usr/lib/postgresql/${version}/bin`;
    const isThere = (path: string) => Deno.stat(path).then(() => true, () => false);
    if (await isThere(control) && await isThere(join(bin, "postgres"))) return bin;
  }
  return null;
}

/** Boots the server, enables pg_cron and applies the core migrations; what Debian lacks is the shim's. */
export async function startPgCron(bin: string): Promise<CronServer> {
  const dir = await Deno.makeTempDir({ prefix: "fleet-test-" });
  const as = Deno.uid() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  if (Deno.uid() === 0) await Deno.chown(dir, NOBODY, NOBODY);
  const data = join(dir, "data"), port = freePort();
  const init = await new Deno.Command(join(bin, "initdb"), {
    args: ["-D", data, "-U", SUPERUSER, "--auth=trust", "-E", "UTF8", "--no-sync"],
    cwd: dir,
    ...as,
  }).output();
  if (!init.success) throw new Error(new TextDecoder().decode(init.stderr));
  const settings = {
    port,
    listen_addresses: "127.0.0.1",
    unix_socket_directories: dir,
    shared_preload_libraries: "pg_cron",
    "cron.database_name": DATABASE,
    "cron.use_background_workers": "on",
    fsync: "off",
  };
  const spawn = () =>
    new Deno.Command(join(bin, "postgres"), {
      args: [
        "-D",
        data,
        ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
      ],
      cwd: dir,
      stdout: "null",
      stderr: "null",
      ...as,
    }).spawn();
  let server = spawn();
  const halt = async () => {
    server.kill("SIGINT");
    await server.status;
  };
  const connections: postgres.Sql[] = [];
  const open = (url: string) => {
    const sql = postgres(url, { max: 2, onnotice: () => {} });
    connections.push(sql);
    return sql;
  };
  const stop = async () => {
    for (const sql of connections) await sql.end({ timeout: 1 });
    await halt();
    await Deno.remove(dir, { recursive: true });
  };
  try {
    const adminUrl = (name: string) => `postgres://${SUPERUSER}@127.0.0.1:${port}/${name}`;
    await whenReady(adminUrl("postgres"), (sql) => sql.unsafe(`create database ${DATABASE}`));
    const admin = open(adminUrl(DATABASE));
    await admin`create extension pg_cron`;
    await admin.unsafe(withoutCron(await Deno.readTextFile(SHIM)));
    // As Supabase grants it to the project's owner.
    await admin.unsafe(
      `grant usage on schema cron to postgres; grant all on all tables in schema cron to postgres;
      grant execute on all functions in schema cron to postgres; alter role postgres password '${OWNER_PASSWORD}'`,
    );
    await migrate({ port, name: DATABASE, adminUrl: adminUrl(DATABASE) }, "core");
    const [{ version }] =
      await admin`select extversion as version from pg_extension where extname = 'pg_cron'`;
    return {
      admin,
      owner: open(ownerUrl(port, DATABASE)),
      version,
      restart: async () => {
        await halt();
        server = spawn();
        await whenReady(adminUrl(DATABASE), (sql) => sql`select 1`);
      },
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The server takes a moment to accept connections. */
async function whenReady(
  url: string,
  work: (sql: postgres.Sql) => PromiseLike<unknown>,
): Promise<void> {
  await eventually("the server accepts connections", async () => {
    const sql = postgres(url, { max: 1, onnotice: () => {} });
    try {
      await work(sql);
      return true;
    } catch (error) {
      if (!STARTING.has((error as { code?: string }).code ?? "")) throw error;
      return false;
    } finally {
      await sql.end({ timeout: 1 });
    }
  }, 20_000);
}

/** Nobody listens yet, or the server says that it starts. */
const STARTING = new Set(["ECONNREFUSED", "57P03", "CONNECTION_CLOSED", "ECONNRESET"]);

/** The shim without its stand-in for pg_cron: here is the real one. */
function withoutCron(shim: string): string {
  const from = shim.indexOf("-- cron:"), to = shim.indexOf("-- realtime:");
  if (from < 0 || to < from) throw new Error("local/shim.sql has no section of its own for cron");
  return shim.slice(0, from) + shim.slice(to);
}
