import { z } from "zod";
import { FatalError } from "../../orchestrator/core/errors.ts";
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
      const o = readAnswer(Organization, answer, "organization");
      if (o === null) return { company: null, via: apollo.name };
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
      const p = readAnswer(Person, answer, "person");
      if (p === null) return { person: null, via: apollo.name };
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

/** Null for somebody unknown. @throws FatalError `enrichment_bad_answer`: what we cannot read is not "unknown" */
function readAnswer<T extends z.ZodType>(
  schema: T,
  answer: { readonly status: number; readonly body: unknown },
  key: string,
): z.output<T> | null {
  if (UNKNOWN.includes(answer.status)) return null;
  const parsed = z.object({ [key]: schema.nullish() }).safeParse(answer.body);
  if (parsed.success) return (parsed.data[key] as z.output<T> | null | undefined) ?? null;
  throw new FatalError("enrichment_bad_answer", "Apollo answered in an unknown shape", {
    details: parsed.error.issues.map(({ path }) => path.join(".")),
  });
}

function placeOf(of: {
  readonly city: string | null;
  readonly state: string | null;
  readonly country: string | null;
}): string | null {
  return [of.city, of.state, of.country].filter((part) => part !== null).join(", ") || null;
}
