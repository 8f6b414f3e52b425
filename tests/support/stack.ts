import { join } from "node:path";
import { type Gateway, type GatewayOptions, startGateway } from "../../local/gateway.ts";
import { type Stack, type StackOptions, startStack } from "../../local/stack.ts";

/** Functions that only tests serve; their settings lie beside them. */
export const TEST_FUNCTIONS = new URL("../fixtures/stack/functions", import.meta.url).pathname;

export const TEST_JWT_SECRET = "a secret of at least thirty-two bytes";

export interface TestGateway extends AsyncDisposable {
  readonly gateway: Gateway;
  /** A folder that goes with it. */
  readonly dir: string;
  /** `…/functions/v1`. */
  readonly url: string;
  call(path: string, init?: RequestInit): Promise<Response>;
  /** Lines of the gateway log. */
  log(): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** What the orchestrator's stand-in was sent. */
  bells(): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

/** A gateway over the test functions, without a database. */
export async function openGateway(
  options: Partial<Pick<GatewayOptions, "wallClockMs" | "wake" | "workers" | "env">> = {},
): Promise<TestGateway> {
  const dir = await Deno.makeTempDir({ prefix: "fleet-test-" });
  const logPath = join(dir, "gateway.ndjson");
  const bellsPath = join(dir, "bells.ndjson");
  const { HOME, PATH, DENO_DIR } = Deno.env.toObject();
  const gateway = startGateway({
    port: 0,
    functionDirs: [TEST_FUNCTIONS],
    jwtSecret: TEST_JWT_SECRET,
    workers: 2,
    wallClockMs: 60_000,
    wake: "on",
    logPath,
    functionLogPath: join(dir, "functions.log"),
    denoPath: Deno.execPath(),
    lock: null,
    ...options,
    env: {
      HOME: HOME ?? "",
      PATH: PATH ?? "",
      ...(DENO_DIR === undefined ? {} : { DENO_DIR }),
      FLEET_TEST_BELLS: bellsPath,
      ...options.env,
    },
  });
  const url = `http://127.0.0.1:${gateway.port}/functions/v1`;
  return {
    gateway,
    dir,
    url,
    call: (path, init) => fetch(`${url}/${path}`, init),
    log: () => readLines(logPath),
    bells: () => readLines(bellsPath),
    [Symbol.asyncDispose]: async () => {
      await gateway.stop();
      await Deno.remove(dir, { recursive: true });
    },
  };
}

/** A whole stack on free ports in a folder that goes with it. */
export async function openStack(
  options: Partial<Omit<StackOptions, "dataDir" | "env">> & {
    readonly env?: Readonly<Record<string, string>>;
  } = {},
): Promise<Stack> {
  const dataDir = await Deno.makeTempDir({ prefix: "fleet-test-" });
  // The server's own id must be able to reach it.
  await Deno.chmod(dataDir, 0o755);
  const template = Deno.env.get("FLEET_TEST_CLUSTER");
  const stack = await startStack({
    apiPort: 0,
    dbPort: 0,
    consolePort: 0,
    isThrowAway: true,
    ...(template === undefined || options.packs === "core" ? {} : { template }),
    ...options,
    env: { ...Deno.env.toObject(), ...options.env },
    dataDir,
  });
  const stop = async () => {
    await stack.stop();
    await Deno.remove(dataDir, { recursive: true });
  };
  return { ...stack, stop, [Symbol.asyncDispose]: stop };
}

/** Asks again until `probe` answers something other than null, undefined or false. */
export async function eventually<Result>(
  what: string,
  probe: () => Promise<Result | null | undefined | false>,
  limitMs = 10_000,
): Promise<Result> {
  for (const until = Date.now() + limitMs; Date.now() < until;) {
    const result = await probe();
    if (result !== null && result !== undefined && result !== false) return result;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`Not within ${limitMs} ms: ${what}`);
}

export async function readLines(
  path: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const text = await Deno.readTextFile(path).catch(() => "");
  return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}
