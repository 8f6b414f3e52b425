/** What a question to the team is about, and where such questions go (source: the specification of intents). */
interface Category {
  readonly name: string;
  readonly channel: string | null;
  readonly words: RegExp;
}

/** In order of precedence; whole words only, so that "social" is no question to security. */
const CATEGORIES: readonly Category[] = [
  {
    name: "engineering",
    channel: "#engineering",
    words: /\b(?:technical|engineering|engineers?|integrations?|apis?|development|developers?)\b/i,
  },
  {
    name: "legal",
    channel: "#legal",
    words: /\b(?:legal|contracts?|compliance|terms|lawyers?|counsel)\b/i,
  },
  { name: "security", channel: "#security", words: /\b(?:security|soc ?2?|gdpr|infosec)\b/i },
  { name: "finance", channel: "#finance", words: /\b(?:finance|billing|invoices?)\b/i },
  { name: "pricing", channel: "#sales-ops", words: /\b(?:pricing|prices?|discounts?)\b/i },
  { name: "product", channel: "#product", words: /\b(?:product|features?|roadmap)\b/i },
  {
    name: "competitive",
    channel: null,
    words: /\b(?:competitors?|competitive|alternatives?|comparison)\b/i,
  },
  {
    name: "deal_risk",
    channel: null,
    words: /\b(?:risks?|objections?|blockers?|concerns?|pushback|delays?|stall\w*)\b/i,
  },
];

/** The category that the words name first in the list; null when none does. */
export function categoryOf(text: string): string | null {
  return CATEGORIES.find(({ words }) => words.test(text))?.name ?? null;
}

/**
 * The organisation's channel for the category, its `default`, then the usual name of such a channel.
 *
 * @returns null when a direct message to the rep is all there is
 */
export function resolveChannel(
  text: string,
  channels: Readonly<Record<string, string>>,
): string | null {
  const category = categoryOf(text);
  const own = category === null ? undefined : channels[category];
  return own ?? channels.default ??
    CATEGORIES.find(({ name }) => name === category)?.channel ?? null;
}
