import type { MemberSettings, PreferencesPort } from "../../ports/preferences.ts";
import { callOne, type SqlDeps } from "./call.ts";

/** Opt-outs of `fleet_user_preferences`, channels of `fleet_org_settings`. */
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
    listChannels: (orgId) =>
      callOne<Readonly<Record<string, string>>>(
        deps,
        "read the organisation's channels",
        (sql) => sql`select fleet.list_slack_channels(${orgId}::uuid) as value`,
      ),
    readMember: (orgId, userId) =>
      callOne<MemberSettings>(
        deps,
        "read the member's settings",
        (sql) => sql`select fleet.read_member_settings(${orgId}::uuid, ${userId}::uuid) as value`,
      ),
  };
}
