import { join } from "node:path";
import { endProcess } from "./processes.ts";

/** The sink of a stack. */
export interface Sink {
  readonly url: string;
  pid(): number;
  stop(): Promise<void>;
}

const SCRIPT = "local/sink.ts";
const STOP_LIMIT_MS = 5000;

/**
 * Starts the sink as a process of its own that outlives everything that delivers to it. One that dies is
 * started again on the same port, over the same file.
 */
export async function startSink(dataDir: string): Promise<Sink> {
  await endLeftSink(dataDir);
  let isStopped = false;
  let current = await spawnSink(dataDir, 0);
  const { port } = current;
  // Kept in a holder so that the restart chain is one function.
  const watch = (child: Deno.ChildProcess) => {
    child.status.then(async () => {
      if (isStopped) return;
      current = await spawnSink(dataDir, port);
      watch(current.child);
    }).catch((error) => console.error(`The sink cannot be started again: ${error.message}`));
  };
  watch(current.child);
  return {
    url: `http://127.0.0.1:${port}`,
    pid: () => current.child.pid,
    stop: async () => {
      isStopped = true;
      try {
        current.child.kill("SIGTERM");
      } catch {
        // It ended a moment ago.
      }
      await current.child.status;
      await Deno.remove(pidPath(dataDir)).catch(() => {});
    },
  };
}

/** Ends a sink whose stack was killed. */
export async function endLeftSink(dataDir: string): Promise<void> {
  const text = await Deno.readTextFile(pidPath(dataDir)).catch(() => "");
  const pid = Number(text);
  if (!Number.isInteger(pid) || pid <= 0) return;
  await endProcess(pid, { words: SCRIPT, signal: "SIGTERM", limitMs: STOP_LIMIT_MS });
  await Deno.remove(pidPath(dataDir)).catch(() => {});
}

function pidPath(dataDir: string): string {
  return join(dataDir, "sink.pid");
}

async function spawnSink(
  dataDir: string,
  port: number,
): Promise<{ readonly child: Deno.ChildProcess; readonly port: number }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--quiet",
      new URL("./sink.ts", import.meta.url).href,
      join(dataDir, "sink.ndjson"),
      String(port),
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
    // A Ctrl-C in the terminal is the stack's to handle.
    detached: true,
  }).spawn();
  await Deno.writeTextFile(pidPath(dataDir), String(child.pid));
  let text = "";
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const ready = text.match(/READY (\d+)\n/)?.[1];
    if (ready !== undefined) return { child, port: Number(ready) };
  }
  throw new Error("The sink did not start");
}
