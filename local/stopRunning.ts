import type { LocalPlaces } from "./settings.ts";
import { stopLeftServer } from "./postgres.ts";
import { endProcess, isProcess } from "./processes.ts";
import { endLeftSink } from "./sinkProcess.ts";

/** A stack that stops by itself needs a moment per isolate and a checkpoint. */
const STOP_LIMIT_MS = 20_000;

/**
 * Ends the stack of these places, and whatever one that was killed left behind.
 *
 * @returns whether one was running
 */
export async function stopRunning(places: LocalPlaces): Promise<boolean> {
  if (!await Deno.stat(places.dataDir).then(() => true, () => false)) return false;
  const text = await Deno.readTextFile(places.statusPath).catch(() => null);
  let wasRunning = false;
  if (text !== null) {
    const { pids } = JSON.parse(text) as { pids: { gateway: number } };
    const words = "local/start.ts";
    wasRunning = await isProcess(pids.gateway, words);
    await endProcess(pids.gateway, { words, signal: "SIGTERM", limitMs: STOP_LIMIT_MS });
    await Deno.remove(places.statusPath).catch(() => {});
  }
  await endLeftSink(places.dataDir);
  await stopLeftServer(places.dataDir);
  return wasRunning;
}
