import type { SkillPorts } from "../ports/mod.ts";
import { FatalError } from "./core/errors.ts";
import type { Json, RunContext } from "./types.ts";

type Tier3Ports = Pick<SkillPorts, "crm" | "news" | "enrichment" | "campaigns">;

interface Asked {
  readonly orgId: string;
  readonly context: RunContext;
  readonly signal: AbortSignal;
}

/** How many news items a step sees. */
const NEWS_ITEMS = 10;

/** Parts of tier 3, by what follows `tier3:`. What the run knows no entity for is null. */
const PARTS: Readonly<Record<string, (ports: Tier3Ports, asked: Asked) => Promise<unknown>>> = {
  /** `{items, via}` about the run's company. */
  news: async ({ news }, { orgId, context: { company }, signal }) =>
    company === null ? null : await news.search(
      { company: company.name, domain: company.domain },
      { orgId, limit: NEWS_ITEMS, signal },
    ),
  /** `{company, via}` of the run's company. */
  apollo: async ({ enrichment }, { orgId, context: { company }, signal }) =>
    company?.domain ? await enrichment.findCompany(company.domain, { orgId, signal }) : null,
  /** `{person, via}` of the run's contact, else of its counterpart. */
  linkedin: async ({ enrichment }, { orgId, context: { contact, counterpart }, signal }) => {
    const email = contact?.email ?? counterpart?.email;
    return email ? await enrichment.findPerson(email, { orgId, signal }) : null;
  },
  /** The organisation's proposal templates. */
  template: ({ crm }, { orgId }) => crm.listProposalTemplates(orgId),
  /** `{campaigns, via}`: the active ones. */
  campaign: ({ campaigns }, { orgId, signal }) => campaigns.list({ orgId, signal }),
};

/**
 * Fetches one part of tier 3 through the ports that built-in skills ask by themselves.
 *
 * @throws FatalError `unknown_tier` for a name that is none; whatever the port says
 */
export async function loadTier3(ports: Tier3Ports, part: string, asked: Asked): Promise<Json> {
  if (!Object.hasOwn(PARTS, part)) {
    throw new FatalError("unknown_tier", `There is no context "tier3:${part.slice(0, 40)}"`);
  }
  return await PARTS[part](ports, asked) as Json;
}
