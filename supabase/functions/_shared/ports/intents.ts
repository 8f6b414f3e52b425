import type { IntentActions } from "../orchestrator/intentActionRegistry.ts";

/** What an organisation makes of commitments: rows of `fleet_intent_actions` over the code's fallback. */
export interface IntentsPort {
  /** @throws RetryableError `database_unavailable` */
  list(orgId: string): Promise<IntentActions>;
}
