import { createSystemClock } from "../providers/clock.ts";
import { createSystemIds } from "../providers/ids.ts";
import { createJsonLog, secretsIn } from "../providers/log.ts";
import { readAuthSettings } from "./auth.ts";

/** What every door needs besides its routes, from the environment. */
export function readDoor(env: Readonly<Record<string, string | undefined>>) {
  const clock = createSystemClock();
  const ids = createSystemIds(clock.now);
  return {
    clock,
    auth: readAuthSettings(env),
    log: createJsonLog(console.log, secretsIn(env)),
    corsOrigin: env.FLEET_CONSOLE_URL ? new URL(env.FLEET_CONSOLE_URL).origin : null,
    newRequestId: () => ids.uuid(),
  };
}
