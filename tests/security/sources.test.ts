/** What no source may hold: SQL from data (T13), comparisons that tell time (T6), loose or foreign dependencies (T28). */
import assert from "node:assert/strict";
import { join } from "@std/path";

const ROOT = new URL("../../", import.meta.url).pathname;

interface Source {
  readonly path: string;
  /** Without comments. */
  readonly code: string;
}

async function readSources(folder: string, ends: RegExp): Promise<Source[]> {
  const sources: Source[] = [];
  for await (const entry of Deno.readDir(join(ROOT, folder))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) sources.push(...await readSources(path, ends));
    else if (ends.test(entry.name)) {
      const text = await Deno.readTextFile(join(ROOT, path));
      sources.push({ path, code: text.replace(/\/\*[\s\S]*?\*\/|^\s*(?:\/\/|--).*$/gm, "") });
    }
  }
  return sources.sort((a, b) => a.path.localeCompare(b.path));
}

const FUNCTIONS = await readSources("supabase/functions", /\.ts$/);
const MIGRATIONS = await readSources("supabase/migrations", /\.sql$/);

function offences(sources: readonly Source[], pattern: RegExp): readonly string[] {
  return sources.flatMap(({ path, code }) =>
    [...code.matchAll(pattern)].map((match) => `${path}: ${match[0].trim().slice(0, 120)}`)
  );
}

/** Names of what is compared in constant time or not at all. */
const SECRET_NAME = String
  .raw`\b\w*(?:signature|secret|apiKey|apikey|hmac|digest|password|clientState|csrf)\b`;
/** Its length, its kind and its absence tell nothing. */
const COMPARED = new RegExp(
  String
    .raw`(?<!typeof )(?:${SECRET_NAME}|\btoken)\s*[!=]==?\s*(?!undefined|null|"")(?:[\w"'\`])|[\w"'\`\])]\s*[!=]==?\s*${SECRET_NAME}(?![.\w])`,
  "gi",
);
/** Of `kind === "secret"` the word is a kind of caller. */
const KIND = /\b(?:kind|wanted|auth|lock|\w+\.kind)\s*[!=]==?\s*"/;

Deno.test("no function builds SQL out of texts (T13)", () => {
  assert.deepEqual(offences(FUNCTIONS, /\.unsafe\(|sql\(\s*`|\bsql\.raw\b|\.file\(/g), []);
});

/** Statements that name columns: fleet_crm.apply_change() takes them from its own list, quoted, and no others. */
const LISTED_COLUMNS = /unnest\(v_columns\)/;

function executedStatements(): readonly { readonly path: string; readonly text: string }[] {
  return MIGRATIONS.flatMap(({ path, code }) =>
    [...code.matchAll(/\bexecute\s+(?!function|procedure|on\b)[\s\S]*?;/gi)]
      // Behind `using` stand values, bound as such.
      .map(([statement]) => ({ path, text: statement.replace(/\s+/g, " ").split(" using v_")[0] }))
      .filter(({ text }) => !LISTED_COLUMNS.test(text))
  );
}

Deno.test("SQL functions execute constant texts and formatted ones, never joined ones (T13)", () => {
  const joined = executedStatements().filter(({ text }) =>
    !/^execute (?:format\(|')/i.test(text) || text.includes("||")
  );
  assert.deepEqual(joined, []);
  assert.ok(executedStatements().length > 10);
});

Deno.test("no executed text takes an argument of a caller unquoted (T13)", () => {
  assert.deepEqual(
    executedStatements().filter(({ text }) => /%s/.test(text) && /\bp_\w+/.test(text)),
    [],
  );
});

Deno.test("the columns of a change come from a list and are quoted (T13)", () => {
  const seams = MIGRATIONS.find(({ path }) => path.endsWith("_crm_map_seams.sql"))!.code;
  assert.match(seams, /where not k = any \(v_allowed\)/);
  assert.match(seams, /array_agg\(quote_ident\(k\)\) into v_columns/);
});

Deno.test("secrets, signatures and tokens are compared in constant time only (T6)", () => {
  const found = offences(FUNCTIONS, COMPARED).filter((line) => !KIND.test(line));
  assert.deepEqual(found, []);
});

Deno.test("the rule of comparisons finds a careless one, and lets a kind of caller be", () => {
  const careless = [
    "if (signature === expected) return;",
    "return expected === signature;",
    "if (header !== secret) fail();",
    "if (apiKey == key) ok();",
    "if (token === stored) ok();",
  ];
  for (const code of careless) {
    assert.equal(offences([{ path: "x", code }], COMPARED).length > 0, true, code);
  }
  for (
    const code of [
      "if (secret === null) x();",
      "if (signature !== undefined && a) x();",
      "if (secrets.length === 0) x();",
    ]
  ) {
    assert.deepEqual(offences([{ path: "x", code }], COMPARED), []);
  }
});

Deno.test("no source evaluates text as code (T25)", () => {
  assert.deepEqual(offences(FUNCTIONS, /\beval\(|new Function\(|\bFunction\(["'`]/g), []);
});

Deno.test("only the clock and the ids are asked for time and chance, and secrets never come from Math.random", () => {
  assert.deepEqual(
    offences(FUNCTIONS, /Math\.random\(\)/g).filter((line) => !line.includes("providers/ids.ts")),
    [],
  );
});

interface Lock {
  readonly version: string;
  readonly npm: Readonly<
    Record<string, { readonly integrity?: string; readonly tarball?: string }>
  >;
  readonly remote?: unknown;
  readonly jsr?: unknown;
}

Deno.test("each locked package has a checksum and names no host (T28)", async () => {
  const text = await Deno.readTextFile(join(ROOT, "deno.lock"));
  const lock: Lock = JSON.parse(text);
  for (const [name, { integrity, tarball }] of Object.entries(lock.npm)) {
    assert.match(integrity ?? "", /^sha512-/, name);
    assert.equal(tarball, undefined, name);
  }
  assert.equal(lock.remote, undefined);
  assert.equal(lock.jsr, undefined);
  assert.doesNotMatch(text, /https?:\/\//);
});

Deno.test("every task that runs our code runs it with the lock frozen (T28)", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json")));
  const loose = Object.entries<string>(tasks)
    .filter(([, command]) => /deno (run|check)/.test(command) && !command.includes("--frozen"));
  assert.deepEqual(loose, []);
});

/** Shapes of real credentials; the fixed local ones of the demo organisation say so in their text. */
const CREDENTIAL =
  /\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{24,}|\bxox[abp]-\d{8,}-[\w-]{10,}|\bAKIA[0-9A-Z]{16}\b|\bghp_\w{36}\b|\bAIza[\w-]{35}\b|-----BEGIN (?:RSA |EC )?PRIVATE KEY-----\n[A-Za-z0-9+/]{40}/g;

Deno.test("no committed file holds a credential (T28)", async () => {
  const all = (await Promise.all(
    ["supabase", "local", "cli", "bench", "docs", "tests"].map((folder) =>
      readSources(folder, /\.(ts|sql|md|json|jsonl|toml)$/)
    ),
  )).flat();
  assert.deepEqual(offences(all, CREDENTIAL), []);
});
