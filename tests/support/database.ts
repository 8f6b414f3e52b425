import { join } from "node:path";
import postgres from "postgres";
import { ownerUrl, SUPERUSER, workerUrl } from "../../local/env.ts";
import { applyShim, listMigrations, migrate, type Packs, seed } from "../../local/migrate.ts";
import { startPostgres } from "../../local/postgres.ts";
import { freePort } from "../../local/ports.ts";

export interface TestDatabase extends AsyncDisposable {
  readonly name: string;
  readonly port: number;
  /** Superuser, owner of the tables, and the role of the functions. */
  readonly adminUrl: string;
  readonly ownerUrl: string;
  readonly workerUrl: string;
  /** As `postgres`. */
  readonly sql: postgres.Sql;
  drop(): Promise<void>;
}

export interface TestDatabaseOptions {
  readonly packs?: Packs;
  readonly seed?: boolean;
}

/** Throw-away data: durability only costs time. The benchmarks use durable servers. */
const TEST_SETTINGS = { fsync: "off", synchronous_commit: "off", full_page_writes: "off" };

/** The runner's server (FLEET_TEST_DB_PORT), or one of this process's own that ends with it. */
let ownServer: Promise<number> | null = null;
const templates = new Map<string, Promise<string>>();

/**
 * A database of its own, copied from a template that holds the migrations (and the demo organisation).
 * The template is made once per server and content of the files.
 */
export async function freshDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const packs = options.packs ?? "all";
  const withSeed = options.seed ?? packs === "all";
  const port = await serverPort();
  const key = `${packs}:${withSeed}`;
  if (!templates.has(key)) templates.set(key, createTemplate(port, packs, withSeed));
  const template = await templates.get(key)!;
  const name = `t_${crypto.randomUUID().replaceAll("-", "").slice(0, 16)}`;
  await asAdmin(
    port,
    (sql) => sql.unsafe(`create database ${name} template ${template} owner postgres`),
  );
  const sql = postgres(ownerUrl(port, name), { max: 4, onnotice: () => {} });
  const drop = async () => {
    await sql.end({ timeout: 1 });
    await asAdmin(port, (admin) => admin.unsafe(`drop database if exists ${name} with (force)`));
  };
  return {
    name,
    port,
    adminUrl: adminUrl(port, name),
    ownerUrl: ownerUrl(port, name),
    workerUrl: workerUrl(port, name),
    sql,
    drop,
    [Symbol.asyncDispose]: drop,
  };
}

/** A database as an empty Supabase project has it: the platform's roles and schemas, none of our migrations. */
export async function emptyProject(): Promise<
  Pick<TestDatabase, "name" | "port" | "sql" | "adminUrl" | "ownerUrl" | "drop">
> {
  const port = await serverPort();
  const name = `t_${crypto.randomUUID().replaceAll("-", "").slice(0, 16)}`;
  await asAdmin(port, (sql) => sql.unsafe(`create database ${name}`));
  await applyShim(adminUrl(port, name));
  const sql = postgres(ownerUrl(port, name), { max: 2, onnotice: () => {} });
  return {
    name,
    port,
    sql,
    adminUrl: adminUrl(port, name),
    ownerUrl: ownerUrl(port, name),
    drop: async () => {
      await sql.end({ timeout: 1 });
      await asAdmin(port, (admin) => admin.unsafe(`drop database if exists ${name} with (force)`));
    },
  };
}

async function createTemplate(port: number, packs: Packs, withSeed: boolean): Promise<string> {
  const name = `template_${packs}_${withSeed ? "seed" : "bare"}_${await hashOfFiles(
    packs,
    withSeed,
  )}`;
  await asAdmin(port, async (sql) => {
    // Test files run in processes of their own: one makes the template, the others wait for it.
    await sql`select pg_advisory_lock(${TEMPLATE_LOCK})`;
    const [known] = await sql`select datistemplate from pg_database where datname = ${name}`;
    if (known?.datistemplate) return;
    await sql.unsafe(`drop database if exists ${name} with (force)`);
    await sql.unsafe(`create database ${name}`);
    await applyShim(adminUrl(port, name));
    await migrate({ port, name, adminUrl: adminUrl(port, name) }, packs);
    if (withSeed) await seed({ port, name });
    await sql.unsafe(`alter database ${name} with is_template true`);
  });
  return name;
}

const TEMPLATE_LOCK = 715_001;

async function hashOfFiles(packs: Packs, withSeed: boolean): Promise<string> {
  const root = new URL("../../", import.meta.url);
  const files = (await listMigrations(packs)).map((file) => `supabase/migrations/${file}`);
  files.push("local/shim.sql");
  if (withSeed) files.push("supabase/seed.sql");
  const texts = await Promise.all(files.map((file) => Deno.readTextFile(new URL(file, root))));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(texts.join("\0")));
  return Array.from(new Uint8Array(digest).slice(0, 6), (b) => b.toString(16).padStart(2, "0"))
    .join("");
}

function serverPort(): Promise<number> {
  const given = Deno.env.get("FLEET_TEST_DB_PORT");
  if (given !== undefined) return Promise.resolve(Number(given));
  ownServer ??= startOwnServer();
  return ownServer;
}

async function startOwnServer(): Promise<number> {
  const dataDir = await Deno.makeTempDir({ prefix: "fleet-test-" });
  const port = freePort();
  const server = await startPostgres({
    dataDir: join(dataDir, "data"),
    port,
    settings: TEST_SETTINGS,
  });
  globalThis.addEventListener("unload", () => {
    Deno.kill(server.pid, "SIGQUIT");
    for (const dir of [dataDir, ...server.ownFolders]) removeNow(dir);
  });
  return port;
}

/** `unload` cannot wait for promises; a server that is ending still writes for a moment. */
function removeNow(dir: string): void {
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      Deno.removeSync(dir, { recursive: true });
      return;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}

function adminUrl(port: number, name = "postgres"): string {
  return `postgres://${SUPERUSER}@127.0.0.1:${port}/${name}`;
}

async function asAdmin(
  port: number,
  work: (sql: postgres.Sql) => PromiseLike<unknown>,
): Promise<void> {
  const sql = postgres(adminUrl(port), { max: 1, onnotice: () => {} });
  try {
    await work(sql);
  } finally {
    await sql.end();
  }
}
