import { join, resolve } from "node:path";

/** Places of the local stack, from the environment (contract.md §1). */
export interface LocalPlaces {
  readonly dataDir: string;
  readonly apiPort: number;
  readonly dbPort: number;
  readonly consolePort: number;
  /** Where a running stack writes how to reach it. */
  readonly statusPath: string;
}

export function readPlaces(env: Readonly<Record<string, string | undefined>>): LocalPlaces {
  const dataDir = resolve(env.FLEET_DATA_DIR ?? ".fleet");
  return {
    dataDir,
    apiPort: Number(env.FLEET_API_PORT ?? 54321),
    dbPort: Number(env.FLEET_DB_PORT ?? 54322),
    consolePort: Number(env.FLEET_CONSOLE_PORT ?? 54323),
    statusPath: join(dataDir, "status.json"),
  };
}

/** The status of a running stack, with live function pids; null when none runs. */
export async function readStatus(places: LocalPlaces): Promise<Record<string, unknown> | null> {
  const text = await Deno.readTextFile(places.statusPath).catch(() => null);
  if (text === null) return null;
  const status = JSON.parse(text) as { API_URL: string; pids: Record<string, unknown> };
  try {
    const response = await fetch(`${status.API_URL}/_local/pids`, {
      signal: AbortSignal.timeout(5000),
    });
    return { ...status, pids: { ...status.pids, functions: await response.json() } };
  } catch {
    return null;
  }
}
