import type { LocalPlaces } from "./settings.ts";

const STOP_LIMIT_MS = 15_000;

/** Ends the stack of these places, by its gateway's pid; kills what its death left behind. */
export async function stopRunning(places: LocalPlaces): Promise<boolean> {
  const text = await Deno.readTextFile(places.statusPath).catch(() => null);
  if (text === null) return false;
  const { pids } = JSON.parse(text) as {
    pids: { gateway: number; sink: number; postgres: number };
  };
  signal(pids.gateway, "SIGTERM");
  for (const until = Date.now() + STOP_LIMIT_MS; isAlive(pids.gateway) && Date.now() < until;) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  // Only after a gateway that was killed: it can no longer stop its own children.
  signal(pids.gateway, "SIGKILL");
  signal(pids.sink, "SIGTERM");
  signal(pids.postgres, "SIGINT");
  await Deno.remove(places.statusPath).catch(() => {});
  return true;
}

function signal(pid: number, name: Deno.Signal): void {
  try {
    Deno.kill(pid, name);
  } catch {
    // Gone already, which is what was wanted.
  }
}

function isAlive(pid: number): boolean {
  try {
    // The kernel delivers nothing a running process would notice.
    Deno.kill(pid, "SIGCONT");
    return true;
  } catch {
    return false;
  }
}
