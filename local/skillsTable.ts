/**
 * Prints docs/skills.md: what every built skill is, read from the catalogue, the registry and the
 * sources: `deno run -A local/skillsTable.ts > docs/skills.md`. tests/unit/docs.test.ts holds the file.
 */
import { join } from "@std/path";
import { ADAPTER_REGISTRY } from "../supabase/functions/_shared/orchestrator/adapters/index.ts";
import { EVENT_SEQUENCES } from "../supabase/functions/_shared/orchestrator/eventSequences.ts";
import {
  BUILT_SKILLS,
  type SkillFacts,
  type SkillSlug,
} from "../supabase/functions/_shared/orchestrator/skillCatalogue.ts";

const ROOT = new URL("../", import.meta.url).pathname;
const ADAPTERS = "supabase/functions/_shared/orchestrator/adapters";
const PORTS = [
  "crm",
  "slack",
  "mail",
  "mailboxes",
  "calendarFeeds",
  "calendar",
  "news",
  "enrichment",
  "campaigns",
  "recordings",
  "llm",
];
/** Helpers that deliver for a skill reach these ports in its name. */
const HELPERS: Readonly<Record<string, readonly string[]>> = { deliverToMember: ["slack", "crm"] };

async function filesUnder(folder: string): Promise<readonly string[]> {
  const files: string[] = [];
  for await (const entry of Deno.readDir(join(ROOT, folder))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) files.push(...await filesUnder(path));
    else if (path.endsWith(".ts")) files.push(path);
  }
  return files.sort();
}

const read = (path: string) => Deno.readTextFile(join(ROOT, path));

const HEAD = `| skill | sequences | engine | effect mode | approval | ports | CPU ms | tests |
|---|---|---|---|---|---|---|---|`;

const camel = (skill: string) => skill.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());

/** A skill's own file with the helpers beside it that it imports, directly or not. */
async function sourceOf(path: string, seen = new Set<string>()): Promise<string> {
  if (seen.has(path)) return "";
  seen.add(path);
  const text = await read(path);
  const folder = path.slice(0, path.lastIndexOf("/"));
  const helpers = [...text.matchAll(/from "(\.{1,2}\/[\w/]*_\w+\.ts)"/g)].map(([, file]) => {
    const [up, ...rest] = file.split("/");
    return up === "."
      ? `${folder}/${rest.join("/")}`
      : `${folder.slice(0, folder.lastIndexOf("/"))}/${rest.join("/")}`;
  });
  const more = await Promise.all(
    // Those that deliver are named in HELPERS: not every importer calls them.
    helpers.filter((file) => !file.endsWith("/_deliver.ts")).map((file) => sourceOf(file, seen)),
  );
  return [text, ...more].join("\n");
}

function portsOf(source: string): string {
  const named = new Set<string>();
  for (const [, name] of source.matchAll(/ports\.(\w+)/g)) named.add(name);
  for (const [, names] of source.matchAll(/\{([^{}]+)\}\s*=\s*ctx\.ports/g)) {
    for (const name of names.split(",")) named.add(name.split(":")[0].trim());
  }
  for (const [helper, ports] of Object.entries(HELPERS)) {
    if (source.includes(`${helper}(`)) ports.forEach((port) => named.add(port));
  }
  return PORTS.filter((port) => named.has(port)).join(", ") || "–";
}

/** The table as Markdown. */
export async function skillsTable(): Promise<string> {
  const sources = await filesUnder(ADAPTERS);
  const tests = await filesUnder("tests/adapters");
  const testTexts = await Promise.all(tests.map(read));
  const rows: string[] = [], upkeep: string[] = [];
  for (const [skill, facts] of Object.entries<SkillFacts>(BUILT_SKILLS)) {
    const file = sources.find((path) => path.endsWith(`/${camel(skill)}.ts`));
    if (file === undefined) throw new Error(`No file for ${skill}`);
    const own = await read(file);
    const at = testTexts.findIndex((text) => text.includes(`/${camel(skill)}.ts"`));
    const bySlug = testTexts.findIndex((text) => text.includes(`"${skill}"`));
    const test = tests[at >= 0 ? at : bySlug] ?? "tests/conformance/skills.test.ts";
    const asksModel = /\b(?:llm\.ask|askAboutMeeting)\(/.test(own) ? ["model"] : [];
    const engines = new Set([
      ...[...own.matchAll(/engine: (?:\S+ \?\? )?"(\w+)"/g)].map(([, engine]) => engine),
      ...asksModel,
    ]);
    const sequences = Object.entries(EVENT_SEQUENCES)
      .filter(([, { steps }]) => steps.some((step) => step.skill === skill)).map(([type]) => type);
    (facts.isUpkeep ? upkeep : rows).push(
      `| [${skill}](../${file}) | ${sequences.join(", ") || "–"} | ${
        [...engines].join(", ")
      } | ${facts.effectMode} | ${facts.approvalFloor === "required" ? "always" : "–"} | ${
        portsOf(await sourceOf(file))
      } | ${ADAPTER_REGISTRY[skill as SkillSlug].cpuMs} | [${
        test.slice("tests/".length)
      }](../${test}) |`,
    );
  }
  return `# Skills

Printed by \`local/skillsTable.ts\` from the catalogue, the registry and the sources. Engine: \`rules\` reads text,
\`code\` is plain logic, \`model\` a language model where one is set. Effect modes: [architecture.md](architecture.md). CPU: milliseconds of the largest input in a
fresh isolate, held by \`tests/conformance/cpu.test.ts\`. Every skill also passes the conformance tests.

${HEAD}
${rows.join("\n")}
${
    upkeep.length === 0 ? "" : `
## Upkeep

Not part of what a sequence is for: they fetch what a notification only names, and keep accounts in step.

${HEAD}
${upkeep.join("\n")}
`
  }`;
}

if (import.meta.main) await Deno.stdout.write(new TextEncoder().encode(await skillsTable()));
