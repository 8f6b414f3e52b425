import { join } from "node:path";
import { applyShim, migrate, seed } from "./migrate.ts";
import { startPostgres } from "./postgres.ts";
import { choosePlace } from "./postgresPlace.ts";
import { freePort } from "./ports.ts";

export interface TestRun {
  /** Paths and flags for `deno test`. */
  readonly args: readonly string[];
  /** Added to our own environment. */
  readonly env?: Readonly<Record<string, string>>;
}

const ROOT = new URL("../", import.meta.url);
/** Data of a test run: durability only costs time. */
const THROW_AWAY = { fsync: "off", synchronous_commit: "off", full_page_writes: "off" };
const JUNIT_TIMEOUT_NOTE = "no report was written";

/**
 * Starts one PostgreSQL, runs the tests against it, shows what was skipped, and ends with the line
 * `N passed, N failed`. Resolves to the exit code.
 */
export async function runTests({ args, env = {} }: TestRun): Promise<number> {
  const dir = await Deno.makeTempDir({ prefix: "fleet-test-" });
  const report = join(dir, "junit.xml");
  await Deno.chmod(dir, 0o755);
  const [server, cluster] = await Promise.all([
    startPostgres({ dataDir: join(dir, "data"), port: freePort(), settings: THROW_AWAY }),
    makeCluster(join(dir, "cluster")),
  ]);
  try {
    const child = new Deno.Command(Deno.execPath(), {
      // Much of a run is waiting for stacks: two files at once, whatever the machine.
      args: ["test", "-A", "--no-check", "--parallel", `--junit-path=${report}`, ...args],
      cwd: ROOT,
      env: {
        DENO_JOBS: "2",
        ...env,
        FLEET_TEST_DB_PORT: String(server.port),
        FLEET_TEST_CLUSTER: cluster.path,
      },
      stdin: "null",
    }).spawn();
    const stop = () => child.kill("SIGTERM");
    for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, stop);
    const { code } = await child.status;
    return printSummary(await Deno.readTextFile(report).catch(() => ""), code);
  } finally {
    await server.stop();
    for (const path of [dir, ...server.ownFolders, ...cluster.ownFolders]) {
      await Deno.remove(path, { recursive: true }).catch(() => {});
    }
  }
}

/** A migrated and seeded cluster that whole stacks copy: making one takes seconds of a processor each. */
async function makeCluster(
  dataDir: string,
): Promise<{ readonly path: string; readonly ownFolders: readonly string[] }> {
  const server = await startPostgres({ dataDir, port: freePort(), settings: THROW_AWAY });
  const database = { port: server.port, name: "postgres", adminUrl: server.adminUrl() };
  try {
    await applyShim(database.adminUrl);
    await migrate(database, "all");
    await seed(database);
  } finally {
    await server.stop();
  }
  return { path: (await choosePlace(dataDir)).cluster, ownFolders: server.ownFolders };
}

function printSummary(junit: string, testCode: number): number {
  if (junit === "") {
    console.log(`deno test ended with ${testCode} and ${JUNIT_TIMEOUT_NOTE}`);
    console.log("0 passed, 1 failed");
    return 1;
  }
  const [, total, failures, errors] =
    junit.match(/<testsuites[^>]*tests="(\d+)"[^>]*failures="(\d+)"[^>]*errors="(\d+)"/) ?? [];
  const skipped = [...junit.matchAll(/<testcase name="([^"]*)"[^>]*>\s*<skipped/g)].map((m) =>
    m[1]
  );
  for (const name of skipped) {
    console.log(`skipped: ${name.replaceAll("&quot;", '"').replaceAll("&gt;", ">")}`);
  }
  const failed = Number(failures) + Number(errors);
  if (skipped.length > 0) console.log(`${skipped.length} skipped`);
  const passed = Number(total) - failed - skipped.length;
  // A run that fails outside any test case still failed.
  const shown = testCode !== 0 && failed === 0 ? 1 : failed;
  console.log(
    `${passed} passed, ${shown} failed`,
  );
  return shown === 0 && testCode === 0 ? 0 : 1;
}
