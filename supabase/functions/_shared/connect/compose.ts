import { connect } from "../db/client.ts";
import { InvariantError } from "../orchestrator/core/errors.ts";
import { readSettings } from "../orchestrator/settings.ts";
import { createConnectionStore } from "../orchestrator/store/connections.ts";
import { createStore } from "../orchestrator/store/store.ts";
import { createSystemClock } from "../providers/clock.ts";
import { createKeyRing } from "../providers/connections/keyRing.ts";
import { createSystemIds } from "../providers/ids.ts";
import { readOAuthClients } from "../providers/vendors.ts";
import { type Connector, createConnector } from "./connector.ts";
import { readConsents } from "./consent.ts";

export interface ConnectDoor {
  readonly connector: Connector;
  memberRole(userId: string, orgId: string): Promise<string | null>;
}

/** The connector of an isolate, wired from its environment. @throws InvariantError `invalid_settings` */
export function composeConnector(env: Readonly<Record<string, string | undefined>>): ConnectDoor {
  const settings = readSettings(env);
  if (settings.tokenKeys === null) {
    throw new InvariantError(
      "invalid_settings",
      "Cannot boot: FLEET_TOKEN_KEYS is required to store credentials",
    );
  }
  const clock = createSystemClock();
  const sql = connect(settings.databaseUrl);
  return {
    memberRole: createStore({ sql, clock }).memberRole,
    connector: createConnector({
      store: createConnectionStore({ sql, clock }),
      keyRing: createKeyRing(settings.tokenKeys),
      consents: readConsents(env, readOAuthClients(env, fetch)),
      ids: createSystemIds(clock.now),
      fetch,
      baseUrl: `${settings.functionsUrl}/fleet-connect`,
    }),
  };
}
