import { z } from "zod";
import type { CrmPipelineDeal } from "../../../ports/crm.ts";
import { defineAdapter } from "../defineAdapter.ts";
import { ScannedDeal } from "./_risk.ts";

const Input = z.object({ payload: z.object({ deal_id: z.uuid().nullish().catch(null) }) });

/** Output of `scan-active-deals`: open deals, highest value first. */
export const ScanActiveDealsOutput = z.object({
  deals: z.array(ScannedDeal),
  count: z.number().int(),
});

/** Scanned at most; the rest are worth less. */
const MAX_DEALS = 50;
const DAY_MS = 86_400_000;

/** `now` in ms since the epoch. */
export function toScanned(deal: CrmPipelineDeal, now: number): ScannedDeal {
  const last = deal.last_activity_at;
  return {
    deal_id: deal.id,
    deal_name: deal.name,
    deal_value: deal.value,
    current_stage: deal.stage,
    expected_close_date: deal.close_date,
    owner_id: deal.owner_id,
    owner_name: deal.owner_name,
    company_name: deal.company_name,
    primary_contact_name: deal.contact_name,
    primary_contact_email: deal.contact_email,
    days_since_last_activity: last === null
      ? null
      : Math.max(0, Math.floor((now - Date.parse(last)) / DAY_MS)),
    contact_count: deal.contact_count,
    meetings_last_30d: deal.meetings_last_30d,
    emails_last_30d: deal.emails_last_30d,
    contact_emails_last_30d: deal.contact_emails_last_30d,
    last_activity_at: last,
  };
}

/** `scan-active-deals`: the organisation's open deals with what happened around each in 30 days. */
export const scanActiveDeals = defineAdapter({
  skill: "scan-active-deals",
  effectMode: "pure",
  cpuMs: 40,
  input: Input,
  output: ScanActiveDealsOutput,
  async run({ payload }, ctx) {
    ctx.signal.throwIfAborted();
    const pipeline = await ctx.ports.crm.listPipeline(ctx.orgId, {
      dealId: payload.deal_id ?? undefined,
      limit: MAX_DEALS,
    });
    const now = ctx.ports.clock.now();
    const deals = pipeline.map((deal) => toScanned(deal, now));
    return { output: { deals, count: deals.length }, engine: "code" };
  },
});
