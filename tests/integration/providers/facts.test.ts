import assert from "node:assert/strict";
import type { CampaignsPort } from "../../../supabase/functions/_shared/ports/campaigns.ts";
import type { EnrichmentPort } from "../../../supabase/functions/_shared/ports/enrichment.ts";
import { createInstantlyCampaigns } from "../../../supabase/functions/_shared/providers/campaigns/instantly.ts";
import { createApolloEnrichment } from "../../../supabase/functions/_shared/providers/enrichment/apollo.ts";
import { createBraveNews } from "../../../supabase/functions/_shared/providers/news/brave.ts";
import { createNoNews } from "../../../supabase/functions/_shared/providers/news/none.ts";
import { createDesk } from "../../support/vendors/deliveries.ts";
import { serveApollo, serveBrave, serveInstantly } from "../../support/vendors/facts.ts";

const CONNECTED = { "org-1": "key-1" };
const of = (orgId: string) => ({ orgId, signal: new AbortController().signal });
const CRM_FACTS: EnrichmentPort = {
  findCompany: () => Promise.resolve({ company: null, via: "the CRM" }),
  findPerson: () => Promise.resolve({ person: null, via: "the CRM" }),
};
const CRM_CAMPAIGNS: CampaignsPort = {
  list: () => Promise.resolve({ campaigns: [], via: "the CRM" }),
  listReplies: () => Promise.resolve({ replies: [], via: "the CRM" }),
};

Deno.test("Apollo: a company and a person as the directory has them", async () => {
  await using server = serveApollo(["key-1"]);
  const apollo = createApolloEnrichment(
    createDesk(CONNECTED).vendor("apollo", server.url),
    CRM_FACTS,
  );
  const { company, via } = await apollo.findCompany("acme.example", of("org-1"));
  assert.equal(via, "Apollo");
  assert.deepEqual([company?.employees, company?.headquarters], [420, "Leeds, United Kingdom"]);
  const { person } = await apollo.findPerson("pat@acme.example", of("org-1"));
  assert.deepEqual([person?.title, person?.company], ["CFO", "Acme"]);
});

Deno.test("Apollo: somebody unknown is null, never an error", async () => {
  await using server = serveApollo(["key-1"]);
  const apollo = createApolloEnrichment(
    createDesk(CONNECTED).vendor("apollo", server.url),
    CRM_FACTS,
  );
  assert.equal((await apollo.findCompany("other.example", of("org-1"))).company, null);
  assert.equal((await apollo.findPerson("x@other.example", of("org-1"))).person, null);
});

Deno.test("Apollo: an answer that cannot be read is not somebody unknown", async () => {
  await using server = serveApollo(["key-1"]);
  const apollo = createApolloEnrichment(
    createDesk(CONNECTED).vendor("apollo", server.url),
    CRM_FACTS,
  );
  const code = "enrichment_bad_answer";
  server.fail("/organizations/enrich", "html");
  await assert.rejects(apollo.findCompany("acme.example", of("org-1")), { code });
  server.fail("/people/match", "html");
  await assert.rejects(apollo.findPerson("pat@acme.example", of("org-1")), { code });
});

Deno.test("Apollo: an organisation without it is answered by the CRM, and nothing is asked", async () => {
  await using server = serveApollo(["key-1"]);
  const apollo = createApolloEnrichment(
    createDesk(CONNECTED).vendor("apollo", server.url),
    CRM_FACTS,
  );
  assert.equal((await apollo.findCompany("acme.example", of("org-2"))).via, "the CRM");
  assert.equal(server.seen.length, 0);
});

Deno.test("Brave: news newest first, without markup or links that are none", async () => {
  await using server = serveBrave(["key-1"]);
  const news = createBraveNews(createDesk(CONNECTED).vendor("brave", server.url), createNoNews());
  const { items, via } = await news.search({ company: 'Acme "Inc"', person: "Pat" }, {
    ...of("org-1"),
    limit: 5,
  });
  assert.equal(via, "Brave Search");
  assert.deepEqual(items.map(({ title }) => title), ["Acme opens a plant", "Old"]);
  assert.equal(items[0].published_at, "2026-03-01T10:00:00.000Z");
  assert.equal(server.seen[0].query.q, '"Pat" "Acme  Inc"');
});

Deno.test("Brave: 50 MB are not read to their end", async () => {
  await using server = serveBrave(["key-1"]);
  const news = createBraveNews(createDesk(CONNECTED).vendor("brave", server.url), createNoNews());
  server.fail("/news", "huge");
  await assert.rejects(news.search({ company: "Acme" }, { ...of("org-1"), limit: 5 }), {
    code: "answer_too_large",
  });
});

Deno.test("Brave: a redirect is not followed with the key in hand", async () => {
  await using server = serveBrave(["key-1"]);
  const news = createBraveNews(createDesk(CONNECTED).vendor("brave", server.url), createNoNews());
  server.fail("/news", "redirect");
  await assert.rejects(news.search({ company: "Acme" }, { ...of("org-1"), limit: 5 }), {
    code: "news_unavailable",
  });
});

Deno.test("Instantly: active campaigns of all pages, with their counts", async () => {
  await using server = serveInstantly(["key-1"]);
  const vendor = createDesk(CONNECTED).vendor("instantly", server.url);
  const { campaigns } = await createInstantlyCampaigns(vendor, CRM_CAMPAIGNS).list(of("org-1"));
  assert.deepEqual(campaigns.map(({ id }) => id), ["c1", "c2", "c3", "c5"]);
  assert.deepEqual([campaigns[0].metrics.sent, campaigns[0].metrics.replied], [100, 5]);
});

Deno.test("Instantly: replies since a moment, and no page behind it", async () => {
  await using server = serveInstantly(["key-1"]);
  const vendor = createDesk(CONNECTED).vendor("instantly", server.url);
  const { replies } = await createInstantlyCampaigns(vendor, CRM_CAMPAIGNS)
    .listReplies("2026-03-03T00:00:00Z", { ...of("org-1"), limit: 10 });
  assert.deepEqual(replies.map(({ body_text }) => body_text), ["reply 5", "reply 4", "reply 3"]);
  assert.equal(server.seen.length, 2);
});
