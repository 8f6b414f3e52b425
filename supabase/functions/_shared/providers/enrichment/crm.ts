import type { CrmPort } from "../../ports/crm.ts";
import type { EnrichmentPort } from "../../ports/enrichment.ts";

/** Without a directory the CRM's own rows are all that is known. */
export function createCrmEnrichment(crm: CrmPort): EnrichmentPort {
  const via = "the CRM; no directory is connected";
  return {
    async findCompany(domain, { orgId }) {
      const known = await crm.findCompanyByDomain(orgId, domain);
      return {
        via,
        company: known === null ? null : {
          name: known.name,
          domain,
          industry: known.industry,
          employees: null,
          description: known.description,
          headquarters: null,
          technologies: [],
        },
      };
    },
    async findPerson(email, { orgId }) {
      const [known] = await crm.findContactsByEmail(orgId, [email]);
      const company = known?.company_id ? await crm.getCompany(orgId, known.company_id) : null;
      return {
        via,
        person: known === undefined ? null : {
          name: known.name,
          title: known.title,
          company: company?.name ?? null,
          linkedin_url: null,
          location: null,
        },
      };
    },
  };
}
