/**
 * `deno task ok:hosted [paths or filters]`: the end-to-end tests while the functions run under the Deno
 * that the edge runtime is built on, and their type check by it. Says which Deno that was and ends with
 * the line `N passed, N failed`.
 */
import { join } from "node:path";
import { runTests } from "./testRun.ts";

/** Last patch of the line that hosted functions run on (supabase/edge-runtime). */
const HOSTED_DENO = "2.1.14";
const ROOT = new URL("../", import.meta.url).pathname;
/** Before 2.9 Deno trusts a proxy's own certificate only if told to ask the system. */
const CERTIFICATES = { DENO_TLS_CA_STORE: Deno.env.get("DENO_TLS_CA_STORE") ?? "mozilla,system" };

Deno.exit(await main());

async function main(): Promise<number> {
  const denoPath = await findHostedDeno();
  if (denoPath === null) {
    console.log(`skipped: Deno ${HOSTED_DENO} comes by npx, which is not on this machine`);
    console.log("0 passed, 0 failed");
    return 0;
  }
  console.log(
    `Functions under Deno ${HOSTED_DENO} (${denoPath}), tests under ${Deno.version.deno}`,
  );
  if (!await hasSoundTypes(denoPath)) {
    console.log(`The functions do not pass the type check of Deno ${HOSTED_DENO}`);
    console.log("0 passed, 1 failed");
    return 1;
  }
  return await runTests({
    args: Deno.args.length > 0 ? Deno.args : ["tests/e2e"],
    env: { ...CERTIFICATES, FLEET_FUNCTIONS_DENO: denoPath },
  });
}

/**
 * The executable itself: behind npx's own process the gateway would watch and kill the wrong pid.
 * Null without npx.
 *
 * @throws Error when the package cannot be fetched or does not run here
 */
async function findHostedDeno(): Promise<string | null> {
  const script = "console.log(JSON.stringify([Deno.version.deno, Deno.execPath()]))";
  let output: Deno.CommandOutput;
  try {
    output = await new Deno.Command("npx", {
      args: ["-y", `deno@${HOSTED_DENO}`, "eval", script],
      // Away from our package files, which could name another Deno.
      cwd: "/",
      stdin: "null",
      stderr: "inherit",
    }).output();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
  const answer = new TextDecoder().decode(output.stdout).trim().split("\n").at(-1) ?? "";
  if (!output.success || answer === "") throw new Error(`npx cannot run deno@${HOSTED_DENO}`);
  const [version, path] = JSON.parse(answer) as [string, string];
  if (version !== HOSTED_DENO) throw new Error(`npx ran Deno ${version}, not ${HOSTED_DENO}`);
  return path;
}

/** Checks every function by that Deno, which also fetches what they import into its cache. */
async function hasSoundTypes(denoPath: string): Promise<boolean> {
  const folder = join(ROOT, "supabase/functions");
  const names = [...Deno.readDirSync(folder)].filter((entry) =>
    entry.isDirectory && !entry.name.startsWith("_")
  ).map((entry) => entry.name);
  for (const name of names) {
    const own = join(folder, name);
    const { success } = await new Deno.Command(denoPath, {
      // It cannot read our lock file; the versions are pinned in deno.json.
      args: ["check", "--no-lock", "--config", join(own, "deno.json"), join(own, "index.ts")],
      env: CERTIFICATES,
      stdin: "null",
    }).spawn().status;
    if (!success) return false;
  }
  return true;
}
