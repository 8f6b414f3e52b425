import assert from "node:assert/strict";
import { join } from "node:path";
import postgres from "postgres";
import { isProcess } from "../../../local/processes.ts";
import { eventually, TEST_FUNCTIONS } from "../../support/stack.ts";

interface Shown {
  readonly FUNCTIONS_URL: string;
  readonly DB_URL: string;
  readonly SECRET_KEY: string;
  readonly sink_url: string;
  readonly pids: {
    readonly gateway: number;
    readonly postgres: number;
    readonly sink: number;
    readonly functions: Readonly<Record<string, readonly number[]>>;
  };
}

/** The commands over one data folder, as a person runs them. */
async function openCommands() {
  const root = await Deno.makeTempDir({ prefix: "fleet-test-" });
  const dataDir = join(root, "data");
  const run = async (command: string, ...args: readonly string[]) => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--frozen", `local/${command}.ts`, ...args],
      cwd: new URL("../../../", import.meta.url),
      env: {
        FLEET_DATA_DIR: dataDir,
        FLEET_API_PORT: "0",
        FLEET_DB_PORT: "0",
        FLEET_FUNCTIONS_DIR: TEST_FUNCTIONS,
      },
      stdin: "null",
    }).output();
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
    return { code, stdout: decode(stdout), stderr: decode(stderr) };
  };
  return {
    dataDir,
    run,
    status: async (): Promise<Shown> => JSON.parse((await run("status", "--json")).stdout),
    [Symbol.asyncDispose]: async () => {
      await run("reset");
      await Deno.remove(root, { recursive: true });
    },
  };
}

Deno.test("start --detach returns when everything answers, and stop ends every process", async () => {
  await using commands = await openCommands();
  assert.equal((await commands.run("start", "--detach")).code, 0);
  const status = await commands.status();
  const { pid } = await (await fetch(`${status.FUNCTIONS_URL}/echo`)).json();
  assert.deepEqual((await commands.status()).pids.functions, { echo: [pid] });
  assert.match((await commands.run("start")).stderr, /already runs/);

  assert.equal((await commands.run("stop")).stdout, "Stopped.");
  const { gateway, postgres: server, sink } = status.pids;
  for (const gone of [gateway, server, sink, pid]) assert.equal(await isProcess(gone, ""), false);
  assert.equal((await commands.run("status", "--json")).code, 1);
});

Deno.test("start goes on with what a killed stack left behind", async () => {
  await using commands = await openCommands();
  await commands.run("start", "--detach");
  const before = await commands.status();
  const { pid } = await (await fetch(`${before.FUNCTIONS_URL}/echo`)).json();
  await write(before.DB_URL, `create table public.kept as select 1 as one`);
  await deliver(before.sink_url);

  Deno.kill(before.pids.gateway, "SIGKILL");
  await eventually("the isolate ends with its gateway", async () => !await isProcess(pid, ""));
  assert.equal((await (await fetch(before.sink_url)).json()).length, 1);

  assert.equal((await commands.run("start", "--detach")).code, 0);
  const after = await commands.status();
  assert.equal(after.SECRET_KEY, before.SECRET_KEY);
  assert.deepEqual(await write(after.DB_URL, "select one from public.kept"), [{ one: 1 }]);
  assert.equal((await (await fetch(after.sink_url)).json()).length, 1);
  assert.equal(await isProcess(before.pids.postgres, ""), false);
  assert.equal(await isProcess(before.pids.sink, ""), false);
});

Deno.test("reset wipes what the stack wrote and nothing else", async () => {
  await using commands = await openCommands();
  await commands.run("start", "--detach");
  await Deno.writeTextFile(join(commands.dataDir, "mine.txt"), "keep");
  assert.equal((await commands.run("reset")).code, 0);
  const left = await Array.fromAsync(Deno.readDir(commands.dataDir), (entry) => entry.name);
  assert.deepEqual(left, ["mine.txt"]);
});

async function write(url: string, command: string): Promise<readonly unknown[]> {
  const sql = postgres(url, { max: 1 });
  const rows = await sql.unsafe(command);
  await sql.end();
  return rows.map((row) => ({ ...row }));
}

async function deliver(url: string): Promise<void> {
  const body = { effect_key: "a", port: "mail", org_id: "org", recipient: "x", content: {} };
  const response = await fetch(url, { method: "POST", body: JSON.stringify(body) });
  await response.body?.cancel();
}
