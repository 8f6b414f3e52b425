import assert from "node:assert/strict";
import { dirname, join, relative } from "node:path";

const SHARED = new URL("../../supabase/functions/_shared/", import.meta.url).pathname;
const FUNCTIONS = new URL("../../supabase/functions/", import.meta.url).pathname;

async function listFiles(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) found.push(...await listFiles(path));
    else if (path.endsWith(".ts")) found.push(path);
  }
  return found.sort();
}

/** What a file imports of ours, as paths below the functions folder. */
async function importsOf(file: string): Promise<readonly string[]> {
  const text = await Deno.readTextFile(file);
  return [...text.matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)]
    .map(([, path]) => relative(FUNCTIONS, join(dirname(file), path)));
}

async function assertImports(
  folder: string,
  isAllowed: (path: string, file: string) => boolean,
): Promise<void> {
  for (const file of await listFiles(folder)) {
    for (const path of await importsOf(file)) {
      assert.ok(isAllowed(path, file), `${relative(FUNCTIONS, file)} imports ${path}`);
    }
  }
}

Deno.test("core imports only core and the vocabulary", async () => {
  await assertImports(
    join(SHARED, "orchestrator/core"),
    (path) =>
      path.startsWith("_shared/orchestrator/core/") || path === "_shared/orchestrator/types.ts",
  );
});

const FOR_ADAPTERS = [
  /^_shared\/orchestrator\/core\//,
  /^_shared\/ports\//,
  /^_shared\/prompts\//,
  /^_shared\/orchestrator\/types\.ts$/,
  // The ten intents and their thresholds: data that detect-intents judges by.
  /^_shared\/orchestrator\/intentActionRegistry\.ts$/,
  /^_shared\/orchestrator\/adapters\/defineAdapter\.ts$/,
  /^_shared\/orchestrator\/adapters\/[a-z]+\/_\w+\.ts$/,
];

Deno.test("adapters import only core, the vocabulary, ports and helpers of skills", async () => {
  await assertImports(
    join(SHARED, "orchestrator/adapters"),
    (path, file) =>
      file.endsWith("adapters/index.ts") || FOR_ADAPTERS.some((rule) => rule.test(path)),
  );
});

Deno.test("engine names no provider", async () => {
  await assertImports(
    join(SHARED, "orchestrator/engine"),
    (path) => !path.startsWith("_shared/providers/"),
  );
});

Deno.test("providers and stores are named by compose.ts alone", async () => {
  for (const file of await listFiles(join(SHARED, "orchestrator"))) {
    if (file.endsWith("orchestrator/compose.ts")) continue;
    for (const path of await importsOf(file)) {
      assert.ok(!path.startsWith("_shared/providers/"), `${file} imports ${path}`);
    }
  }
});

Deno.test("functions never import each other", async () => {
  for await (const entry of Deno.readDir(FUNCTIONS)) {
    if (!entry.isDirectory || entry.name.startsWith("_")) continue;
    await assertImports(
      join(FUNCTIONS, entry.name),
      (path) => path.startsWith("_shared/") || path.startsWith(`${entry.name}/`),
    );
  }
});
