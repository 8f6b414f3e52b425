import { z } from "zod";
import type { NewsItem } from "../../../ports/mod.ts";
import { cut } from "../../core/cut.ts";
import { defineAdapter, type JsonObject, type SkillRun } from "../defineAdapter.ts";
import {
  type CompanyProfile,
  CompanyProfile as Profile,
  Enriched,
  LeadProfile,
} from "./_people.ts";

const Input = z.object({
  payload: z.object({}),
  outputs: z.object({ "enrich-attendees": Enriched.nullish().catch(null) }),
});

/** Output of `research-company-news`. Nothing known is an empty profile, not a failure. */
export const ResearchCompanyNewsOutput = z.object({
  company_profile: Profile,
  lead_profile: LeadProfile.nullable(),
  company_id: z.string().nullable(),
  /** In words: where it comes from, or why there is nothing. */
  via: z.array(z.string()),
});

const NEWS_ITEMS = 5;

/** A search also returns what merely shares a word: kept is what speaks of the name. */
export function newsOf(items: readonly NewsItem[], name: string) {
  const wanted = name.toLowerCase();
  return items.filter(({ title, snippet }) => `${title} ${snippet}`.toLowerCase().includes(wanted))
    .slice(0, NEWS_ITEMS)
    .map(({ title, url, published_at }) => ({
      title: cut(title, 300),
      url: cut(url, 1000),
      published_at,
    }));
}

async function researchCompany(company: Enriched["company"], ctx: SkillRun) {
  const options = { orgId: ctx.orgId, signal: ctx.signal };
  const via: string[] = [];
  const found = company?.domain
    ? await ctx.ports.enrichment.findCompany(company.domain, options)
    : null;
  if (found !== null) via.push(found.via);
  const name = company?.name ?? found?.company?.name ?? null;
  const news = name === null
    ? null
    : await ctx.ports.news.search({ company: name, domain: company?.domain }, {
      ...options,
      limit: NEWS_ITEMS * 2,
    });
  if (news !== null) via.push(news.via);
  const profile: CompanyProfile = {
    name,
    domain: company?.domain ?? null,
    industry: company?.industry ?? found?.company?.industry ?? null,
    employees: found?.company?.employees ?? null,
    description: company?.description ?? found?.company?.description ?? null,
    headquarters: found?.company?.headquarters ?? null,
    technologies: [...found?.company?.technologies ?? []].slice(0, 20),
    news: news === null ? [] : newsOf(news.items, name!),
  };
  return { profile, via };
}

async function researchLead(
  primary: Enriched["primary"],
  company: CompanyProfile,
  ctx: SkillRun,
): Promise<{ lead: z.output<typeof LeadProfile> | null; via: readonly string[] }> {
  if (primary === null) return { lead: null, via: [] };
  const options = { orgId: ctx.orgId, signal: ctx.signal };
  const [found, news] = await Promise.all([
    primary.email === null ? null : ctx.ports.enrichment.findPerson(primary.email, options),
    company.name === null ? null : ctx.ports.news.search(
      { company: company.name, domain: company.domain, person: primary.name },
      { ...options, limit: NEWS_ITEMS * 2 },
    ),
  ]);
  return {
    lead: {
      name: primary.name,
      title: primary.title ?? found?.person?.title ?? null,
      linkedin_url: found?.person?.linkedin_url ?? null,
      location: found?.person?.location ?? null,
      news: news === null ? [] : newsOf(news.items, primary.name),
    },
    via: found === null ? [] : [found.via],
  };
}

/** What the CRM's company gains: the profile, and words where it has none. */
export function companyChange(
  company: NonNullable<Enriched["company"]>,
  profile: CompanyProfile,
  atIso: string,
): JsonObject {
  return {
    enrichment: { profile: { ...profile, at: atIso } as JsonObject },
    enriched_at: atIso,
    ...company.description === null && profile.description !== null
      ? { description: cut(profile.description, 2000) }
      : {},
    ...company.industry === null && profile.industry !== null
      ? { industry: cut(profile.industry, 200) }
      : {},
  };
}

/** `research-company-news`: what a directory and the news say of the company and the person. */
export const researchCompanyNews = defineAdapter({
  skill: "research-company-news",
  effectMode: "db",
  cpuMs: 30,
  input: Input,
  output: ResearchCompanyNewsOutput,
  async run({ outputs }, ctx) {
    ctx.signal.throwIfAborted();
    const { company = null, primary = null } = outputs["enrich-attendees"] ?? {};
    const { profile, via } = await researchCompany(company, ctx);
    const { lead, via: viaLead } = await researchLead(primary, profile, ctx);
    const isNew = profile.news.length > 0 || profile.employees !== null ||
      profile.headquarters !== null;
    if (company !== null && company.id !== null && isNew) {
      ctx.signal.throwIfAborted();
      await ctx.ports.crm.applyChange({
        orgId: ctx.orgId,
        entity: "company",
        id: company.id,
        effectKey: ctx.effectKey("profile"),
        change: companyChange(company, profile, new Date(ctx.ports.clock.now()).toISOString()),
      });
    }
    return {
      output: {
        company_profile: profile,
        lead_profile: lead,
        company_id: company?.id ?? null,
        via: [...new Set([...via, ...viaLead])],
      },
      engine: "code",
    };
  },
});
