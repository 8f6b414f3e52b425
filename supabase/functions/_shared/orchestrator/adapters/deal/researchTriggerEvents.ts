import { z } from "zod";
import type { CrmCompany } from "../../../ports/crm.ts";
import { defineAdapter, type JsonObject, type SkillRun } from "../defineAdapter.ts";
import { TriggerSignal, WatchedDeal } from "./_revival.ts";
import { pickTriggers } from "./_triggers.ts";

const Input = z.object({
  payload: z.object({ deal_id: z.uuid().nullish().catch(null) }),
});

/** Output of `research-trigger-events`. */
export const ResearchTriggerEventsOutput = z.object({
  watchlist_items: z.array(WatchedDeal),
  signals_found: z.number().int(),
  /** In words: which news source, or why there was none. */
  via: z.string(),
});

/** Looked at in one run (source: the specification). */
const MAX_DEALS = 10;
/** A deal lost more recently is left in peace. */
const LEFT_ALONE_MS = 90 * 86_400_000;
/** Research is good for a day. */
const CACHE_MS = 86_400_000;
const NEWS_ITEMS = 10;

type Watched = Omit<WatchedDeal, "signals" | "cache_used">;

/** Lost deals that are due, or the one deal that was handed over, lost or open. */
async function listWatched(ctx: SkillRun, dealId: string | null): Promise<readonly Watched[]> {
  const { crm, clock } = ctx.ports;
  const before = dealId === null ? clock.now() - LEFT_ALONE_MS : clock.now();
  const lost = await crm.listLostDeals(ctx.orgId, {
    dealId: dealId ?? undefined,
    beforeIso: new Date(before).toISOString(),
    limit: MAX_DEALS,
  });
  const watched = lost.map((deal): Watched => ({
    deal_id: deal.id,
    deal_name: deal.name,
    status: "lost",
    deal_value: deal.value,
    currency: deal.currency,
    loss_reason: deal.lost_reason,
    close_date: deal.closed_at,
    owner_id: deal.owner_id,
    company_id: deal.company_id,
    company_name: deal.company_name,
    contact_name: deal.contact_name,
    contact_email: deal.contact_email,
    contact_count: deal.contact_count,
  }));
  if (dealId === null || watched.length > 0) return watched;
  const deal = await crm.getDeal(ctx.orgId, dealId);
  if (deal === null) return [];
  const [company, contact] = await Promise.all([
    deal.company_id === null ? null : crm.getCompany(ctx.orgId, deal.company_id),
    deal.contact_id === null ? null : crm.getContact(ctx.orgId, deal.contact_id),
  ]);
  return [{
    deal_id: deal.id,
    deal_name: deal.name,
    status: deal.status,
    deal_value: deal.value,
    currency: deal.currency,
    loss_reason: null,
    close_date: null,
    owner_id: deal.owner_id,
    company_id: deal.company_id,
    company_name: company?.name ?? null,
    contact_name: contact?.name ?? null,
    contact_email: contact?.email ?? null,
    contact_count: contact === null ? 0 : 1,
  }];
}

const Cached = z.object({
  triggers: z.object({ found: z.array(TriggerSignal), via: z.string(), at: z.string() }),
});

/** What is known of a company and younger than a day. */
export function cachedTriggers(company: CrmCompany, now: number) {
  const parsed = Cached.safeParse(company.enrichment);
  if (!parsed.success) return null;
  return now - Date.parse(parsed.data.triggers.at) < CACHE_MS ? parsed.data.triggers : null;
}

async function research(
  deal: Watched,
  ctx: SkillRun,
): Promise<{ found: readonly TriggerSignal[]; via: string; cached: boolean }> {
  const { crm, news, clock } = ctx.ports;
  const now = clock.now();
  const company = deal.company_id === null
    ? null
    : await crm.getCompany(ctx.orgId, deal.company_id);
  if (company === null) return { found: [], via: "the deal has no company", cached: false };
  const known = cachedTriggers(company, now);
  if (known !== null) return { ...known, cached: true };

  const options = { orgId: ctx.orgId, limit: NEWS_ITEMS, signal: ctx.signal };
  const query = { company: company.name, domain: company.domain };
  const [general, person] = await Promise.all([
    news.search(query, options),
    deal.contact_name === null
      ? null
      : news.search({ ...query, person: deal.contact_name }, options),
  ]);
  const found = [
    ...pickTriggers(general.items, "company_news", { subject: company.name, now }),
    ...pickTriggers(person?.items ?? [], "champion_job_change", {
      subject: deal.contact_name ?? "",
      now,
    }),
    ...pickTriggers(general.items, "competitor_churn", { subject: company.name, now }),
  ];
  const at = new Date(now).toISOString();
  await crm.applyChange({
    orgId: ctx.orgId,
    entity: "company",
    id: company.id,
    effectKey: ctx.effectKey(`triggers:${company.id}`),
    change: {
      enrichment: { triggers: { found, via: general.via, at } as JsonObject },
      enriched_at: at,
    },
  });
  return { found, via: general.via, cached: false };
}

/** `research-trigger-events`: what happened lately at companies whose deals were lost or are at risk. */
export const researchTriggerEvents = defineAdapter({
  skill: "research-trigger-events",
  effectMode: "db",
  cpuMs: 60,
  input: Input,
  output: ResearchTriggerEventsOutput,
  async run({ payload }, ctx) {
    ctx.signal.throwIfAborted();
    const watched = await listWatched(ctx, payload.deal_id ?? null);
    const items: WatchedDeal[] = [];
    const sources = new Set<string>();
    for (const deal of watched) {
      ctx.signal.throwIfAborted();
      const { found, via, cached } = await research(deal, ctx);
      sources.add(via);
      items.push({ ...deal, signals: [...found], cache_used: cached });
    }
    return {
      output: {
        watchlist_items: items,
        signals_found: items.reduce((sum, item) => sum + item.signals.length, 0),
        via: [...sources].join("; ") || "no deal is due for another look",
      },
      engine: "rules",
    };
  },
});
