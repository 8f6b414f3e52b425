/** docs/security.md says nothing that no test holds, and leaves no threat and no secret out. */
import assert from "node:assert/strict";
import { join } from "@std/path";
import { VENDORS } from "../../supabase/functions/_shared/providers/vendors.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const read = (path: string) => Deno.readTextFile(join(ROOT, path));
const SECURITY = await read("docs/security.md");

/** Cells of the table under a heading, the head left out. */
function rowsUnder(heading: string): readonly (readonly string[])[] {
  const section = SECURITY.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  return section.split("\n").filter((line) => line.startsWith("| ")).slice(1)
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
}

const filesIn = (cell: string) => [...cell.matchAll(/`(tests\/[^`]+)`/g)].map(([, file]) => file);

const THREATS = rowsUnder("Threats");

Deno.test("docs/security.md answers every threat from T1 to T34, once and in order", () => {
  assert.deepEqual(
    THREATS.map(([id]) => id),
    Array.from({ length: 34 }, (_, i) => `T${i + 1}`),
  );
});

for (const [id, behaviour, heldBy] of THREATS) {
  Deno.test(`docs/security.md names for ${id} a test that says so, or when it comes`, async () => {
    const files = filesIn(heldBy);
    if (files.length === 0) {
      assert.match(behaviour, /^(?:Comes with|Not applicable:) /);
      return;
    }
    for (const file of files) {
      assert.match(await read(file), new RegExp(`\\b${id}\\b`), `${file} does not say ${id}`);
    }
  });
}

Deno.test("docs/security.md names tests of doors that exist", async () => {
  for (const row of rowsUnder("Doors")) {
    const [file] = filesIn(row.at(-1)!);
    assert.ok((await Deno.stat(join(ROOT, file))).isFile);
  }
});

Deno.test("docs/security.md says of each secret in the environment how it is changed", async () => {
  const readme = await read("README.md");
  const section = rowsUnder("Secrets, and how each is changed").flat().join("\n");
  const named = [...readme.matchAll(/`([A-Z_]+_(?:KEY|KEYS|TOKEN|SECRET))`/g)].map(([, name]) =>
    name
  );
  const keys = Object.values(VENDORS).flatMap(({ keyVariable }) => keyVariable ?? []);
  const own = new Set([...named, ...keys]);
  // The command line's copy of the secret key, and the end of three names.
  for (const name of ["FLEET_SECRET_KEY", "CLIENT_SECRET"]) own.delete(name);
  assert.deepEqual([...own].filter((name) => !section.includes(`\`${name}\``)), []);
  assert.ok(own.size >= 8);
});
