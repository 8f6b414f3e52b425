import { connect } from "../db/client.ts";
import { composeVendors, getOrchestrator } from "../orchestrator/compose.ts";
import type { Orchestrator } from "../orchestrator/api.ts";
import { readSettings } from "../orchestrator/settings.ts";
import { createApprovalStore } from "../orchestrator/store/approvals.ts";
import { createStore } from "../orchestrator/store/store.ts";
import type { Store } from "../orchestrator/store/types.ts";
import type { ApprovalStore } from "../ports/approvals.ts";
import { createSystemClock } from "../providers/clock.ts";
import { createPostgresCrm } from "../providers/crm/postgres.ts";
import {
  createSlackInteractions,
  type SlackInteractions,
} from "../providers/slack/interactions.ts";

declare const EdgeRuntime: { waitUntil(work: Promise<unknown>): unknown } | undefined;

/** What the two doors through which people answer have in common. */
export interface ApprovalDoor {
  readonly orchestrator: Pick<Orchestrator, "decide" | "memberRole">;
  readonly approvals: ApprovalStore;
  readonly slack: SlackInteractions;
  readonly noteRefusedAnswer: Store["noteRefusedAnswer"];
  /** A member's name and zone; null when they are no member. */
  readonly memberOf: (
    orgId: string,
    userId: string,
  ) => Promise<{ readonly name: string; readonly timezone: string } | null>;
  readonly now: () => number;
  /** Keeps the isolate alive for what follows the answer. */
  readonly background: (work: Promise<unknown>) => void;
}

/** Doors hold few connections: one call each, besides the orchestrator's own. */
const POOL_SIZE = 2;

/** The doors of an isolate, wired from its environment. @throws InvariantError `invalid_settings` */
export function composeApprovalDoor(
  env: Readonly<Record<string, string | undefined>>,
): ApprovalDoor {
  const settings = readSettings(env);
  const clock = createSystemClock();
  const sql = connect(settings.databaseUrl, { max: POOL_SIZE });
  const crm = createPostgresCrm(sql);
  const vendor = composeVendors(settings, { sql, clock });
  return {
    orchestrator: getOrchestrator(),
    approvals: createApprovalStore({ sql, clock }),
    slack: createSlackInteractions({
      slack: vendor("slack"),
      fetch,
      standInOrigin: env.SLACK_API_URL ? new URL(env.SLACK_API_URL).origin : null,
    }),
    noteRefusedAnswer: createStore({ sql, clock }).noteRefusedAnswer,
    memberOf: crm.getUser,
    now: clock.now,
    background: (work) => {
      if (typeof EdgeRuntime !== "undefined") EdgeRuntime.waitUntil(work);
    },
  };
}
