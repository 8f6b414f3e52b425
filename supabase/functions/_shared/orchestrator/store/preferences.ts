import type { PreferencesPort } from "../../ports/preferences.ts";
import { callOne, type SqlDeps } from "./call.ts";

/** Opt-outs of `fleet_user_preferences`. */
export function createPreferenceStore(deps: SqlDeps): PreferencesPort {
  return {
    listOptOuts: async (orgId, eventType) =>
      new Set(
        await callOne<readonly string[]>(
          deps,
          "read who wants this message",
          (sql) => sql`select fleet.list_opt_outs(${orgId}::uuid, ${eventType}) as value`,
        ),
      ),
  };
}
