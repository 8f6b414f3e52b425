/** Documents age silently; what a machine can compare with the code is compared here. */
import assert from "node:assert/strict";
import { join } from "@std/path";
import { skillsTable } from "../../local/skillsTable.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

async function listFiles(folder: string, ends: RegExp): Promise<string[]> {
  const files: string[] = [];
  for await (const entry of Deno.readDir(join(ROOT, folder))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) files.push(...await listFiles(path, ends));
    else if (ends.test(entry.name)) files.push(path);
  }
  return files.sort();
}

const read = (path: string) => Deno.readTextFile(join(ROOT, path));
const matches = (text: string, pattern: RegExp) =>
  [...new Set([...text.matchAll(pattern)].map((match) => match[1]))].sort();

const DOCUMENTS = ["README.md", "CHANGELOG.md", ...await listFiles("docs", /\.md$/)];
const CODE =
  (await Promise.all(["supabase", "local", "cli", "bench"].map((f) => listFiles(f, /\.ts$/))))
    .flat();

Deno.test("links between documents lead to files", async () => {
  const dead: string[] = [];
  for (const path of DOCUMENTS) {
    for (const link of matches(await read(path), /\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
      if (/^https?:/.test(link)) continue;
      const target = new URL(link, `file://${join(ROOT, path)}`);
      if (await Deno.stat(target).catch(() => null) === null) dead.push(`${path}: ${link}`);
    }
  }
  assert.deepEqual(dead, []);
});

Deno.test("docs/skills.md is what local/skillsTable.ts prints", async () => {
  assert.equal(await read("docs/skills.md"), await skillsTable());
});

Deno.test("documents name only tasks of deno.json", async () => {
  const { tasks } = JSON.parse(await read("deno.json"));
  for (const path of DOCUMENTS) {
    const unknown = matches(await read(path), /deno(?:@[\d.]+)? task ([a-z:]+)/g)
      .filter((task) => tasks[task] === undefined);
    assert.deepEqual(unknown, [], path);
  }
});

Deno.test("README lists each FLEET_ variable that a user may set, and no other", async () => {
  const inCode = matches((await Promise.all(CODE.map(read))).join("\n"), /\b(FLEET_[A-Z_]+)\b/g);
  const internal = [
    "FLEET_FUNCTIONS_DENO",
    "FLEET_FUNCTIONS_DIR",
    "FLEET_KILLPOINTS",
    "FLEET_SINK_URL",
    "FLEET_TEST_CLUSTER",
    "FLEET_TEST_DB_PORT",
  ];
  assert.deepEqual(
    matches(await read("README.md"), /\b(FLEET_[A-Z_]+)\b/g),
    inCode.filter((name) => !internal.includes(name)),
  );
});

Deno.test("README lists each function among the doors and in the step that deploys them", async () => {
  const folders: string[] = [];
  for await (const entry of Deno.readDir(join(ROOT, "supabase/functions"))) {
    if (entry.isDirectory && !entry.name.startsWith("_")) folders.push(entry.name);
  }
  const readme = await read("README.md");
  const [, deployed] = /`supabase functions deploy ([^`]+)`/.exec(readme)!;
  assert.deepEqual(deployed.split(/\s+/).sort(), folders.sort());
  assert.deepEqual(
    matches(readme, /^\| `([a-z-]+)` \| [^|]+ \| [^|]+ \| \[/gm),
    folders,
  );
});

Deno.test("docs/README.md leads to every page", async () => {
  const pages = (await listFiles("docs", /\.md$/)).map((path) => path.slice("docs/".length))
    .filter((path) => path !== "README.md" && !path.startsWith("decisions/"));
  const linked = matches(await read("docs/README.md"), /\]\(([a-z-]+\.md)\)/g);
  assert.deepEqual(linked, pages.sort());
});

Deno.test("documents name only tables and functions of the migrations", async () => {
  const migrations = await listFiles("supabase/migrations", /\.sql$/);
  const sql = (await Promise.all(migrations.map(read))).join("\n");
  const functions = new Set(matches(sql, /create (?:or replace )?function (fleet(?:_crm)?\.\w+)/g));
  const tables = new Set(
    matches(sql, /create (?:table|view) (?:public\.)?((?:fleet\.)?fleet_\w+|fleet\.\w+)/g),
  );
  for (const path of DOCUMENTS) {
    const text = await read(path);
    const called = matches(text, /\b(fleet(?:_crm)?\.[a-z_]+)\(/g);
    assert.deepEqual(called.filter((name) => !functions.has(name)), [], path);
    const inserted = matches(text, /(?:insert into|from|update) ((?:fleet\.)?\w*fleet_\w+)/g);
    assert.deepEqual(inserted.filter((name) => !tables.has(name)), [], path);
  }
});

Deno.test("decision 0007 gives a reason for each package, and for no other", async () => {
  const { imports } = JSON.parse(await read("deno.json"));
  const packages = Object.values(imports as Record<string, string>)
    .map((target) => /^npm:(@?[^@]+)@/.exec(target)![1]);
  assert.deepEqual(
    matches(await read("docs/decisions/0007-dependencies.md"), /^\| `([^`]+)`/gm),
    [...new Set(packages)].sort(),
  );
});
