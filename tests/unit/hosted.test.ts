import assert from "node:assert/strict";
import { relative } from "node:path";

const ROOT = new URL("../../", import.meta.url).pathname;
const FUNCTIONS = `${ROOT}supabase/functions/`;

interface Graph {
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly {
      readonly specifier: string;
      readonly code?: { readonly specifier?: string };
    }[];
  }[];
}

async function* walkSources(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}${entry.name}`;
    if (entry.isDirectory) yield* walkSources(`${path}/`);
    else if (/\.(ts|tsx|js|mjs)$/.test(entry.name)) yield path;
  }
}

/** Names of functions: the folders that can be deployed. */
function listFunctions(): readonly string[] {
  return [...Deno.readDirSync(FUNCTIONS)]
    .filter((entry) => entry.isDirectory && !entry.name.startsWith("_"))
    .map((entry) => entry.name).sort();
}

async function readGraph(entry: string, config: string): Promise<Graph> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--no-lock", "--config", FUNCTIONS + config, FUNCTIONS + entry],
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** Comments and texts may name what code may not use. */
function codeOf(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
}

const FORBIDDEN: readonly (readonly [string, RegExp])[] = [
  ["jsr: packages, which need another registry", /["']jsr:/],
  ["node:child_process, which edge isolates refuse", /["'](node:)?child_process["']/],
  ["Deno.Command, which edge isolates refuse", /\bDeno\.(Command|run)\b/],
  [
    "byte and base64 methods newer than the edge runtime",
    /\.(toBase64|fromBase64|toHex|fromHex)\(/,
  ],
  ["generic byte arrays, newer than the edge runtime's types", /\bUint8Array</],
  ["RegExp.escape, newer than the edge runtime", /\bRegExp\.escape\b/],
  ["Error.isError, newer than the edge runtime", /\bError\.isError\b/],
  ["Math.sumPrecise, newer than the edge runtime", /\bMath\.sumPrecise\b/],
  ["Intl.DurationFormat, newer than the edge runtime", /\bIntl\.DurationFormat\b/],
];

const sources = new Map<string, string>();
for await (const path of walkSources(FUNCTIONS)) {
  sources.set(relative(ROOT, path), codeOf(await Deno.readTextFile(path)));
}

for (const [what, pattern] of FORBIDDEN) {
  Deno.test(`no function uses ${what}`, () => {
    const users = [...sources].filter(([, code]) => pattern.test(code)).map(([path]) => path);
    assert.deepEqual(users, []);
  });
}

Deno.test("no function uses Temporal without importing its polyfill", () => {
  const users = [...sources].filter(([, code]) =>
    /\bTemporal\b/.test(code) &&
    !/import (type )?\{[^}]*\bTemporal\b[^}]*\} from "temporal-polyfill"/.test(code)
  );
  assert.deepEqual(users.map(([path]) => path), []);
});

for (const name of listFunctions()) {
  Deno.test(`${name} imports nothing but supabase/functions, pinned packages and Node's own modules`, async () => {
    const { modules } = await readGraph(`${name}/index.ts`, `${name}/deno.json`);
    assert.ok(modules.some(({ specifier }) => specifier.endsWith(`/${name}/index.ts`)));
    const foreign = modules.flatMap((module) => [
      module.specifier,
      ...(module.dependencies ?? []).flatMap(({ code }) => code?.specifier ?? []),
    ]).filter((specifier) =>
      !specifier.startsWith(`file://${FUNCTIONS}`) && !/^(npm|node):/.test(specifier)
    );
    assert.deepEqual([...new Set(foreign)], []);
  });
}

Deno.test("_shared/client.ts brings no package along for the functions that import it", async () => {
  const { modules } = await readGraph("_shared/client.ts", "agent-orchestrator/deno.json");
  const client = modules.find(({ specifier }) => specifier.endsWith("/_shared/client.ts"));
  assert.deepEqual((client?.dependencies ?? []).flatMap(({ code }) => code ?? []), []);
});
