/** `deno task start [--detach]`: the stack in the foreground until Ctrl-C, or in the background. */
import { parseArgs } from "@std/cli/parse-args";
import { readPlaces, readStatus } from "./settings.ts";
import { startStack } from "./stack.ts";

const DETACH_LIMIT_MS = 60_000;

const places = readPlaces(Deno.env.toObject());
const flags = parseArgs(Deno.args, { boolean: ["detach", "json"] });

if (await readStatus(places) !== null) {
  console.error(`A stack already runs in ${places.dataDir}; see \`deno task status\`.`);
  Deno.exit(1);
}
if (flags.detach) await startDetached();
else await startInForeground();

async function startInForeground(): Promise<void> {
  let stack;
  try {
    stack = await startStack({ ...places, env: Deno.env.toObject() });
  } catch (error) {
    console.error((error as Error).message);
    Deno.exit(1);
  }
  const status = await stack.status();
  // Written whole, then named: whoever waits for it never reads half a file.
  await Deno.writeTextFile(`${places.statusPath}.new`, JSON.stringify(status), { mode: 0o600 });
  await Deno.rename(`${places.statusPath}.new`, places.statusPath);
  if (flags.json) console.log(JSON.stringify(status));
  else {
    for (const [name, value] of Object.entries(status)) {
      if (typeof value === "string") console.log(`${name.padStart(18)}: ${value}`);
    }
    console.log("\nCtrl-C stops the stack; `deno task reset` wipes its data.");
  }
  let isStopping = false;
  const stop = async () => {
    if (isStopping) return;
    isStopping = true;
    await Deno.remove(places.statusPath).catch(() => {});
    await stack.stop();
    Deno.exit(0);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    Deno.addSignalListener(signal, stop);
  }
}

async function startDetached(): Promise<void> {
  await Deno.mkdir(places.dataDir, { recursive: true });
  const log = `${places.dataDir}/start.log`;
  // setsid: a closing terminal must not take the stack along.
  const child = new Deno.Command("setsid", {
    args: [
      "sh",
      "-c",
      'exec "$0" run -A --quiet "$1" >"$2" 2>&1',
      Deno.execPath(),
      new URL("./start.ts", import.meta.url).href,
      log,
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  let ended = false;
  child.status.then(() => {
    ended = true;
  });
  for (const until = Date.now() + DETACH_LIMIT_MS; Date.now() < until;) {
    const status = await readStatus(places);
    if (status !== null) {
      console.log(
        flags.json ? JSON.stringify(status) : `Running in the background: ${status.API_URL}`,
      );
      Deno.exit(0);
    }
    if (ended) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  console.error(await Deno.readTextFile(log).catch(() => "The stack did not start."));
  Deno.exit(1);
}
