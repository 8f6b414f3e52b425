import { connect } from "../db/client.ts";
import { InvariantError } from "../orchestrator/core/errors.ts";
import { readSettings } from "../orchestrator/settings.ts";
import { createConnectionStore } from "../orchestrator/store/connections.ts";
import { createMailboxStore } from "../orchestrator/store/mailboxes.ts";
import { createStore } from "../orchestrator/store/store.ts";
import { createSystemClock } from "../providers/clock.ts";
import { createConnections } from "../providers/connections/connections.ts";
import { createKeyRing } from "../providers/connections/keyRing.ts";
import { createSystemIds } from "../providers/ids.ts";
import { composeMailboxes } from "../providers/mailboxes/compose.ts";
import { createVendors, readOAuthClients } from "../providers/vendors.ts";
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
  const store = createConnectionStore({ sql, clock });
  const keyRing = createKeyRing(settings.tokenKeys);
  const oauth = readOAuthClients(env, fetch);
  const connections = createConnections({ store, keyRing, clock, oauth, environment: {} });
  const mailboxes = composeMailboxes({
    env,
    clock,
    vendor: createVendors({ env, connections, clock, fetch }),
    store: createMailboxStore({ sql, clock }),
    functionsUrl: settings.functionsUrl,
    // Nothing is read here.
    ring: () => Promise.resolve(),
  });
  return {
    memberRole: createStore({ sql, clock }).memberRole,
    connector: createConnector({
      store,
      keyRing,
      consents: readConsents(env, oauth),
      stopWatching: async (orgId, connectionId, signal) => {
        const mailbox = await mailboxes.find(orgId, connectionId);
        if (mailbox !== null) await mailboxes.stop(mailbox, signal);
      },
      ids: createSystemIds(clock.now),
      fetch,
      baseUrl: `${settings.functionsUrl}/fleet-connect`,
    }),
  };
}
