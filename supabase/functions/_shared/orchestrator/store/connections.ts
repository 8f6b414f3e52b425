import type postgres from "postgres";
import type { ConnectionRow, ConnectionStore } from "../../ports/connections.ts";
import { callOne, type SqlDeps } from "./call.ts";

/** Rows of `fleet_connections` with their sealed credentials; each call is one statement. */
export function createConnectionStore(deps: SqlDeps): ConnectionStore {
  return {
    find: (provider, orgId, userId) =>
      callOne<ConnectionRow | null>(
        deps,
        "find the connection",
        (sql) =>
          sql`select fleet.find_connection(${orgId}::uuid, ${userId}::uuid, ${provider}) as value`,
      ),
    save: (c) =>
      callOne<{ id: string; saved: boolean }>(
        deps,
        "save the connection",
        (sql) =>
          sql`select fleet.save_connection(${c.id}::uuid, ${c.orgId}::uuid, ${c.userId}::uuid, ${c.provider},
            ${c.accountId}, ${c.scopes as string[]}::text[], ${
            sql.json(c.sealed as unknown as postgres.JSONValue)
          }::jsonb, ${c.expiresInMs}::bigint) as value`,
      ),
    leaseRefresh: (id, version, leaseMs) =>
      callOne<boolean>(
        deps,
        "lease the refresh",
        (sql) =>
          sql`select fleet.lease_connection_refresh(${id}::uuid, ${version}, ${leaseMs}::bigint) as value`,
      ),
    refresh: (id, version, sealed, expiresInMs) =>
      callOne<boolean>(
        deps,
        "store the refreshed credential",
        (sql) =>
          sql`select fleet.refresh_connection(${id}::uuid, ${version}, ${
            sql.json(sealed as unknown as postgres.JSONValue)
          }::jsonb, ${expiresInMs}::bigint) as value`,
      ),
    outdate: (id, version) =>
      callOne<boolean>(
        deps,
        "mark the token outdated",
        (sql) => sql`select fleet.outdate_connection(${id}::uuid, ${version}) as value`,
      ),
    expire: (id, version, reason) =>
      callOne<boolean>(
        deps,
        "mark the connection expired",
        (sql) => sql`select fleet.expire_connection(${id}::uuid, ${version}, ${reason}) as value`,
      ),
    openState: async (state, livesMs) => {
      const row = {
        state_sha256: state.sha256,
        org_id: state.orgId,
        user_id: state.userId,
        provider: state.provider,
        verifier: state.verifier,
      };
      await callOne<boolean>(
        deps,
        "keep the consent's state",
        (sql) => sql`select fleet.open_oauth_state(${sql.json(row)}::jsonb, ${livesMs}) as value`,
      );
    },
    takeState: async (sha256, provider) => {
      const row = await callOne<
        { org_id: string; user_id: string | null; verifier: string } | null
      >(
        deps,
        "take the consent's state",
        (sql) => sql`select fleet.take_oauth_state(${sha256}, ${provider}) as value`,
      );
      return row === null
        ? null
        : { orgId: row.org_id, userId: row.user_id, verifier: row.verifier };
    },
    revoke: (id, orgId) =>
      callOne<boolean>(
        deps,
        "revoke the connection",
        (sql) => sql`select fleet.revoke_connection(${id}::uuid, ${orgId}::uuid) as value`,
      ),
  };
}
