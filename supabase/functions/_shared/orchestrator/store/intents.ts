import { isAbsence, toFleetError } from "../../db/sqlstate.ts";
import type { IntentsPort } from "../../ports/intents.ts";
import { INTENT_ACTIONS, type IntentAction, type IntentActions } from "../intentActionRegistry.ts";
import { type SqlDeps, withTimeout } from "./call.ts";

type Row = IntentAction & { readonly intent: string; readonly is_active: boolean };

/** Rows decide where there are any; an intent without a row, or a missing table, is as code has it. */
export function overlayIntents(rows: readonly Row[]): IntentActions {
  const actions: Record<string, IntentAction> = { ...INTENT_ACTIONS };
  for (const { intent, is_active, ...action } of rows) {
    if (is_active) actions[intent] = action;
    else delete actions[intent];
  }
  return actions;
}

/** Intent actions of `fleet.list_intent_actions`. */
export function createIntentStore({ sql, clock }: SqlDeps): IntentsPort {
  return {
    async list(orgId) {
      try {
        const query = sql<{ value: readonly Row[] }[]>`
          select fleet.list_intent_actions(${orgId}::uuid) as value`;
        const [{ value }] = await withTimeout(query, clock);
        return overlayIntents(value);
      } catch (error) {
        if (isAbsence(error)) return INTENT_ACTIONS;
        throw toFleetError(error, "read the intent actions");
      }
    },
  };
}
