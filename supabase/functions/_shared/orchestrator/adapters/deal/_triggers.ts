import type { NewsItem } from "../../../ports/mod.ts";
import { cut } from "../../core/cut.ts";
import type { TriggerSignal } from "./_revival.ts";

/** What makes a headline a reason to write, by kind of trigger; matched on lower-case words. */
const PATTERNS: Readonly<Record<TriggerSignal["type"], RegExp>> = {
  company_news:
    /\b(?:raises?|raised|funding|series [a-e]\b|acqui(?:res?|red|sition)|merg(?:es?|er|ed)|expan(?:ds?|sion|ding)|opens?|opened|launch(?:es|ed)?|new (?:plant|site|office|warehouse|market)|hir(?:es|ing)|record|growth|wins?|contract|partnership|ipo|restructur\w+)\b/,
  champion_job_change:
    /\b(?:appoint(?:s|ed)|joins?|joined|promot(?:ed|ion)|named|new (?:chief|head|vp|vice president|director|cio|coo|ceo|cto|cfo)|steps? down|leaves?|left|departs?|successor)\b/,
  competitor_churn:
    /\b(?:outage|price (?:increase|rise|hike)|raises? prices|discontinu\w+|shuts? down|end of life|breach|layoffs?|lawsuit|bankrupt\w*|insolven\w+|migrat\w+ (?:away|from)|replac\w+)\b/,
};

/** Below these a headline is no trigger (source: the specification of research-trigger-events). */
const THRESHOLDS: Readonly<Record<TriggerSignal["type"], number>> = {
  company_news: 0.6,
  champion_job_change: 0.7,
  competitor_churn: 0.6,
};
const MAX_NEWS = 3;
const DAY_MS = 86_400_000;

/**
 * How sure a headline is about this company: its name in the title or the text, words of the kind, and
 * its age. Headlines are strangers' words: only patterns are read in them.
 *
 * @param subject name that has to be spoken of: the company, the person or the rival
 */
export function judgeHeadline(
  item: NewsItem,
  kind: TriggerSignal["type"],
  options: { readonly subject: string; readonly now: number },
): TriggerSignal | null {
  const title = item.title.toLowerCase(), text = `${title} ${item.snippet.toLowerCase()}`;
  const subject = options.subject.toLowerCase();
  if (subject === "" || !text.includes(subject) || !PATTERNS[kind].test(text)) return null;
  const age = item.published_at === null
    ? null
    : (options.now - Date.parse(item.published_at)) / DAY_MS;
  let confidence = 0.5;
  if (title.includes(subject)) confidence += 0.15;
  if (PATTERNS[kind].test(title)) confidence += 0.15;
  if (age !== null && age <= 90) confidence += 0.15;
  else if (age !== null && age > 365) confidence -= 0.2;
  confidence = Math.round(Math.max(0, Math.min(0.95, confidence)) * 100) / 100;
  if (confidence < THRESHOLDS[kind]) return null;
  return {
    type: kind,
    title: cut(item.title, 300),
    url: item.url,
    published_at: item.published_at,
    confidence,
    strength: confidence >= 0.85 ? "strong" : confidence >= 0.7 ? "moderate" : "weak",
  };
}

/** The best headlines of one kind, surest first. */
export function pickTriggers(
  items: readonly NewsItem[],
  kind: TriggerSignal["type"],
  options: { readonly subject: string; readonly now: number },
): readonly TriggerSignal[] {
  return items.map((item) => judgeHeadline(item, kind, options))
    .filter((signal) => signal !== null)
    .sort((a, b) => b.confidence - a.confidence)
    .slice(0, kind === "company_news" ? MAX_NEWS : 1);
}
