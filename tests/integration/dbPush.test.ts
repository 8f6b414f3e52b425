import assert from "node:assert/strict";
import { listMigrations } from "../../local/migrate.ts";
import { emptyProject } from "../support/database.ts";

const ROOT = new URL("../../", import.meta.url);
const CLI = "supabase@3.1.0";

const hasNpx = await new Deno.Command("npx", {
  args: ["--version"],
  stdout: "null",
  stderr: "null",
})
  .output().then(({ success }) => success, () => false);

async function push(url: string): Promise<{ readonly code: number; readonly text: string }> {
  const { code, stdout, stderr } = await new Deno.Command("npx", {
    args: ["-y", CLI, "db", "push", `--remote=${url}?sslmode=disable`, "--yes"],
    cwd: ROOT,
    stdin: "null",
    env: { SUPABASE_TELEMETRY_DISABLED: "1" },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, text: decode(stdout) + decode(stderr) };
}

Deno.test({
  name: "supabase db push applies every migration to an empty project, once" +
    (hasNpx ? "" : " (npx is absent)"),
  ignore: !hasNpx,
  fn: async () => {
    const project = await emptyProject();
    try {
      const first = await push(project.ownerUrl);
      assert.equal(first.code, 0, first.text);
      const rows = await project.sql`
        select version, name from supabase_migrations.schema_migrations order by version`;
      assert.deepEqual(
        rows.map((row) => `${row.version}_${row.name}.sql`),
        await listMigrations("all"),
      );
      const again = await push(project.ownerUrl);
      assert.equal(again.code, 0, again.text);
      assert.match(again.text, /up to date/i);
    } finally {
      await project.drop();
    }
  },
});
