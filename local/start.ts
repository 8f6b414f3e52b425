/** `deno task start [--detach]`: the stack in the foreground until Ctrl-C, or in the background. */
import { parseArgs } from "@std/cli/parse-args";
import { readPlaces, readStatus } from "./settings.ts";
import { type Stack, startStack } from "./stack.ts";

/** A first start may have to fetch packages. */
const DETACH_LIMIT_MS = 180_000;

const places = readPlaces(Deno.env.toObject());
const flags = parseArgs(Deno.args, { boolean: ["detach", "json"] });

if (await readStatus(places) !== null) {
  console.error(`A stack already runs in ${places.dataDir}; see \`deno task status\`.`);
  Deno.exit(1);
}
if (flags.detach) await startDetached();
else await startInForeground();

async function startInForeground(): Promise<void> {
  let stack: Stack | null = null;
  let isStopping = false;
  const stop = async () => {
    const isFirst = !isStopping;
    isStopping = true;
    // During the boot nothing can be stopped yet: it is, as soon as it is up.
    if (!isFirst || stack === null) return;
    await Deno.remove(places.statusPath).catch(() => {});
    await stack.stop();
    Deno.exit(0);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    Deno.addSignalListener(signal, stop);
  }
  try {
    stack = await startStack({
      ...places,
      env: Deno.env.toObject(),
      onLog: flags.json ? undefined : (line) => console.log(line),
    });
  } catch (error) {
    console.error((error as Error).message);
    Deno.exit(1);
  }
  if (isStopping) {
    await stack.stop();
    Deno.exit(0);
  }
  const status = await stack.status();
  // Written whole, then named: whoever waits for it never reads half a file.
  await Deno.writeTextFile(`${places.statusPath}.new`, JSON.stringify(status), { mode: 0o600 });
  await Deno.rename(`${places.statusPath}.new`, places.statusPath);
  if (flags.json) {
    console.log(JSON.stringify(status));
    return;
  }
  for (const [name, value] of Object.entries(status)) {
    if (typeof value === "string") console.log(`${name.padStart(18)}: ${value}`);
  }
  for (const [door, { url }] of Object.entries(status.webhooks)) {
    console.log(`${`webhook ${door}`.padStart(18)}: ${url}`);
  }
  console.log("\nCtrl-C stops the stack; `deno task reset` wipes its data.");
}

async function startDetached(): Promise<void> {
  await Deno.mkdir(places.dataDir, { recursive: true });
  const log = `${places.dataDir}/start.log`;
  // It will hold the keys.
  await Deno.writeTextFile(log, "", { mode: 0o600 });
  // A session of its own: a closing terminal must not take the stack along.
  const child = new Deno.Command("sh", {
    args: [
      "-c",
      'exec "$0" run -A --quiet "$1" >"$2" 2>&1',
      Deno.execPath(),
      new URL("./start.ts", import.meta.url).pathname,
      log,
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
    detached: true,
  }).spawn();
  let hasEnded = false;
  child.status.then(() => {
    hasEnded = true;
  });
  for (const until = Date.now() + DETACH_LIMIT_MS; Date.now() < until && !hasEnded;) {
    const status = await readStatus(places);
    if (status !== null) {
      console.log(
        flags.json ? JSON.stringify(status) : `Running in the background: ${status.API_URL}`,
      );
      Deno.exit(0);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  console.error(await Deno.readTextFile(log).catch(() => "The stack did not start."));
  Deno.exit(1);
}
