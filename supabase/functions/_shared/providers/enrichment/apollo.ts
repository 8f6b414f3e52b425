import { z } from "zod";
import type { EnrichmentPort } from "../../ports/enrichment.ts";
import type { Vendor } from "../http/vendor.ts";

const text = z.string().trim().min(1).nullable().catch(null);
/** Apollo answers 404 or 422 for somebody it does not know. */
const UNKNOWN = [404, 422];

const Organization = z.object({
  name: z.string().min(1),
  primary_domain: text,
  industry: text,
  estimated_num_employees: z.number().int().nonnegative().nullable().catch(null),
  short_description: text,
  city: text,
  state: text,
  country: text,
  technology_names: z.array(z.string()).catch([]),
});
const Person = z.object({
  name: z.string().min(1),
  title: text,
  linkedin_url: text,
  city: text,
  state: text,
  country: text,
  organization: z.object({ name: text }).nullish(),
});

/** Apollo's directory (`people/match`, `organizations/enrich`); where it is not connected, what is known otherwise. */
export function createApolloEnrichment(
  apollo: Vendor,
  otherwise: EnrichmentPort,
): EnrichmentPort {
  return {
    async findCompany(domain, options) {
      const session = await apollo.open({ ...options, userId: null });
      if (session === null) return await otherwise.findCompany(domain, options);
      const answer = await session.call({
        method: "GET",
        path: "/organizations/enrich",
        query: { domain },
        accept: UNKNOWN,
      });
      const found = z.object({ organization: Organization }).safeParse(answer.body);
      if (!found.success) return { company: null, via: apollo.name };
      const { organization: o } = found.data;
      return {
        via: apollo.name,
        company: {
          name: o.name,
          domain: o.primary_domain ?? domain,
          industry: o.industry,
          employees: o.estimated_num_employees,
          description: o.short_description,
          headquarters: placeOf(o),
          technologies: o.technology_names,
        },
      };
    },
    async findPerson(email, options) {
      const session = await apollo.open({ ...options, userId: null });
      if (session === null) return await otherwise.findPerson(email, options);
      const answer = await session.call({
        method: "POST",
        path: "/people/match",
        // Personal mails and phones cost credits and are not asked for.
        body: { email, reveal_personal_emails: false, reveal_phone_number: false },
        accept: UNKNOWN,
      });
      const found = z.object({ person: Person }).safeParse(answer.body);
      if (!found.success) return { person: null, via: apollo.name };
      const { person: p } = found.data;
      return {
        via: apollo.name,
        person: {
          name: p.name,
          title: p.title,
          company: p.organization?.name ?? null,
          linkedin_url: p.linkedin_url,
          location: placeOf(p),
        },
      };
    },
  };
}

function placeOf(of: {
  readonly city: string | null;
  readonly state: string | null;
  readonly country: string | null;
}): string | null {
  return [of.city, of.state, of.country].filter((part) => part !== null).join(", ") || null;
}
