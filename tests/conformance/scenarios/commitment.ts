import type { JsonObject } from "../../../supabase/functions/_shared/orchestrator/types.ts";
import { SEED } from "../../support/skillWorld.ts";
import type { Scenario } from "./index.ts";

const SAID = "We also have a quote from Fieldnote, and we must decide by March.";
const COMMITMENT = {
  meeting_id: SEED.meeting,
  quote: SAID,
  trigger_phrase: SAID,
  deadline_parsed: "2026-12-05",
};

const extracted = (entity: string, field: string): JsonObject => ({
  entity,
  field,
  value_source: "extracted",
});
const UPDATES: readonly JsonObject[] = [
  { entity: "deal", field: "tags", value_source: "fixed", fixed_value: "Pricing Requested" },
  extracted("deal", "close_date"),
  extracted("deal", "meddicc_competition"),
  extracted("contact", "create_stakeholder"),
];

export const COMMITMENT_SCENARIOS: Readonly<Record<string, Scenario>> = {
  "ping-slack-channel": {
    ask: () => ({
      payload: { ...COMMITMENT, quote: "I'll check with security whether we cover SOC 2." },
      type: "team_ping",
    }),
  },
  "update-deal-timeline": {
    ask: () => ({
      payload: {
        ...COMMITMENT,
        crm_updates: UPDATES,
      },
      type: "deal_update",
    }),
  },
};
