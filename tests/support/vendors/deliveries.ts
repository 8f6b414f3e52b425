import type {
  ConnectionProvider,
  ConnectionsPort,
} from "../../../supabase/functions/_shared/ports/connections.ts";
import { FatalError } from "../../../supabase/functions/_shared/orchestrator/core/errors.ts";
import type { DeliveryMeta } from "../../../supabase/functions/_shared/ports/delivery.ts";
import type { DeliveryStore } from "../../../supabase/functions/_shared/ports/deliveries.ts";
import {
  createDeliverer,
  type Deliverer,
  type DelivererOptions,
} from "../../../supabase/functions/_shared/providers/delivery.ts";
import { createVendors } from "../../../supabase/functions/_shared/providers/vendors.ts";
import type { Vendor } from "../../../supabase/functions/_shared/providers/http/vendor.ts";

export const SCOPES = [
  "https://www.googleapis.com/auth/gmail.modify",
  "https://www.googleapis.com/auth/calendar",
  "Mail.Send",
  "Mail.ReadWrite",
  "Calendars.ReadWrite",
];

export interface VendorDesk {
  /** The vendor at this address, with tokens by organisation. */
  vendor(provider: ConnectionProvider, url: string, area?: string): Vendor;
  readonly deliverer: Deliverer;
  /** Status by effect key. */
  readonly rows: Map<string, { status: string; ref: string | null }>;
  /** Credentials that a vendor refused. */
  readonly refused: string[];
  meta(effectKey: string, orgId?: string): DeliveryMeta;
  /** How long ago the first attempt of every repeated delivery was. */
  ageMs: number;
  /** How long quiet hours hold every message back. */
  waitMs: number;
}

/** Deliveries to vendors without a database: rows in memory, one token per organisation. */
export function createDesk(
  tokens: Readonly<Record<string, string>>,
  options: Partial<DelivererOptions> = {},
): VendorDesk {
  const rows: VendorDesk["rows"] = new Map();
  const refused: string[] = [];
  const store: DeliveryStore = {
    open({ effectKey }) {
      const known = rows.get(effectKey);
      if (known === undefined) rows.set(effectKey, { status: "pending", ref: null });
      return Promise.resolve({
        id: effectKey,
        status: (known?.status ?? "pending") as "pending",
        provider_ref: known?.ref ?? null,
        wait_ms: desk.waitMs,
        is_first: known === undefined,
        age_ms: known === undefined ? 0 : desk.ageMs,
        send_mode: null,
      });
    },
    settle(id, status, ref) {
      rows.set(id, { status, ref });
      return Promise.resolve();
    },
  };
  const connections: ConnectionsPort = {
    find: (_provider, { orgId }) =>
      Promise.resolve(
        tokens[orgId] === undefined ? null : {
          token: tokens[orgId],
          accountId: orgId,
          scopes: SCOPES,
          source: "organisation",
          connectionId: orgId,
        },
      ),
    refuse(credential) {
      refused.push(credential.token);
      return Promise.resolve(new FatalError("reconnect_required", "refused"));
    },
  };
  const desk: VendorDesk = {
    ageMs: 1000,
    waitMs: 0,
    rows,
    refused,
    deliverer: createDeliverer({
      store,
      sinkUrl: null,
      sendMode: "live",
      allow: [],
      fetch,
      ids: { uuid: () => crypto.randomUUID(), random: () => 0.5 },
      ...options,
    }),
    vendor(provider, url, area) {
      const env = Object.fromEntries(
        [
          "GOOGLE",
          "GRAPH",
          "SLACK",
          "RESEND",
          "APOLLO",
          "INSTANTLY",
          "BRAVE",
          "FIREFLIES",
          "MEETINGBAAS",
          "FATHOM",
        ]
          .map((name) => [`${name}_API_URL`, url]),
      );
      return createVendors({ env, connections, clock: { now: Date.now }, fetch })(provider, area);
    },
    meta: (effectKey, orgId = "org-1") => ({
      orgId,
      jobId: "job-1",
      stepId: "step-1",
      effectKey,
      signal: new AbortController().signal,
    }),
  };
  return desk;
}
