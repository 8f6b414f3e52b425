import { readPlaces, readStatus } from "../local/settings.ts";
import type { Target } from "./api.ts";
import { UsageError } from "./usage.ts";

/**
 * Where the commands go: FLEET_FUNCTIONS_URL with FLEET_SECRET_KEY, a hosted project for example, or
 * the local stack that runs.
 *
 * @throws UsageError when there is neither
 */
export async function findTarget(
  env: Readonly<Record<string, string | undefined>>,
): Promise<Target> {
  const { FLEET_FUNCTIONS_URL: functionsUrl, FLEET_SECRET_KEY: secretKey } = env;
  if (functionsUrl && secretKey) {
    return { functionsUrl: functionsUrl.replace(/\/$/, ""), secretKey };
  }
  if (functionsUrl || secretKey) {
    throw new UsageError("FLEET_FUNCTIONS_URL and FLEET_SECRET_KEY go together: set both or none");
  }
  const places = readPlaces(env);
  const status = await readStatus(places);
  if (status === null) {
    throw new UsageError(
      `No stack runs in ${places.dataDir}: start one with \`deno task start\`, or set ` +
        "FLEET_FUNCTIONS_URL and FLEET_SECRET_KEY",
    );
  }
  return {
    functionsUrl: String(status.FUNCTIONS_URL),
    secretKey: String(status.SECRET_KEY),
  };
}
