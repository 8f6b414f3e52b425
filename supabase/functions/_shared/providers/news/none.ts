import type { NewsPort } from "../../ports/news.ts";

/** No source is connected: nothing is found, and the answer says why. */
export function createNoNews(): NewsPort {
  return { search: () => Promise.resolve({ items: [], via: "no news source is connected" }) };
}
