import { z } from "zod";
import type { NewsPort, NewsQuery } from "../../ports/news.ts";
import type { Vendor } from "../http/vendor.ts";

/** What one request of Brave's news search gives at most. */
const MAX_COUNT = 50;

const Answer = z.object({
  results: z.array(z.object({
    title: z.string(),
    url: z.string(),
    description: z.string().catch(""),
    page_age: z.string().nullish(),
    meta_url: z.object({ hostname: z.string().nullish() }).nullish(),
  })).default([]),
});

/** Brave's news search; where it is not connected, what is known otherwise. */
export function createBraveNews(brave: Vendor, otherwise: NewsPort): NewsPort {
  return {
    async search(query, options) {
      const session = await brave.open({ ...options, userId: null });
      if (session === null) return await otherwise.search(query, options);
      const { results } = await session.read(Answer, {
        method: "GET",
        path: "/news/search",
        query: {
          q: wordsOf(query),
          count: String(Math.min(options.limit, MAX_COUNT)),
          spellcheck: "0",
        },
      });
      const items = results.filter(({ url }) => /^https?:\/\//.test(url)).map((result) => ({
        title: plain(result.title),
        url: result.url,
        snippet: plain(result.description),
        source: result.meta_url?.hostname ?? null,
        published_at: toIso(result.page_age ?? null),
      }));
      items.sort((a, b) => (b.published_at ?? "").localeCompare(a.published_at ?? ""));
      return { items: items.slice(0, options.limit), via: brave.name };
    },
  };
}

/** Quotes of the searched names would end the phrase. */
function wordsOf({ company, person }: NewsQuery): string {
  return [person, company].filter((name) => name)
    .map((name) => `"${name!.replaceAll('"', " ").trim()}"`).join(" ");
}

/** Brave marks what it matched with `<strong>`. */
function plain(text: string): string {
  return text.replace(/<\/?[a-z][^>]*>/gi, "").trim();
}

function toIso(age: string | null): string | null {
  const at = age === null ? NaN : Date.parse(/Z$|[+-]\d\d:?\d\d$/.test(age) ? age : `${age}Z`);
  return Number.isFinite(at) ? new Date(at).toISOString() : null;
}
