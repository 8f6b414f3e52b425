/** Facts about companies and people from a directory. A missing entry is null, never an error. */
export interface EnrichmentPort {
  /** @throws RetryableError `enrichment_unavailable`; FatalError `enrichment_refused` */
  findCompany(
    domain: string,
    options: { readonly orgId: string; readonly signal: AbortSignal },
  ): Promise<{ readonly company: EnrichedCompany | null; readonly via: string }>;
  /** @throws as above */
  findPerson(
    email: string,
    options: { readonly orgId: string; readonly signal: AbortSignal },
  ): Promise<{ readonly person: EnrichedPerson | null; readonly via: string }>;
}

export interface EnrichedCompany {
  readonly name: string;
  readonly domain: string;
  readonly industry: string | null;
  readonly employees: number | null;
  readonly description: string | null;
  readonly headquarters: string | null;
  readonly technologies: readonly string[];
}

export interface EnrichedPerson {
  readonly name: string;
  readonly title: string | null;
  readonly company: string | null;
  readonly linkedin_url: string | null;
  readonly location: string | null;
}
