import { z } from "zod";
import type { ReadMail } from "./_mail.ts";
import type { MailVerdict } from "./_mailRules.ts";

/** Beside the category: how soon, in what mood, about what. */
export const MailSignals = z.object({
  response_required: z.boolean(),
  urgency: z.enum(["high", "medium", "low"]),
  sentiment: z.enum(["positive", "neutral", "negative"]),
  keywords: z.array(z.string()),
  is_sales_related: z.boolean(),
  follow_up_suggested: z.boolean(),
  /** The sender has been waiting and says so. */
  ghost_risk: z.boolean(),
});
export type MailSignals = z.output<typeof MailSignals>;

const URGENT =
  /\b(?:urgent(?:ly)?|asap|as soon as possible|immediately|right away|today|by (?:tomorrow|tonight|end of (?:day|business)|eod|cob)|dead in the water|(?:stop|cancel)\b[^.!?\n]{0,30}\b(?:evaluation|contract|order|subscription)|(?:third|fourth|last) time|deadline|isn'?t here tomorrow)\b/i;
const SOON =
  /\b(?:this week|by (?:mon|tues?|wednes|thurs?|fri)day|by the \d|before (?:the|we|i)|soon|next week)\b/i;
const WAITING =
  /\b(?:still waiting|(?:haven'?t|have not) (?:heard|received)|(?:second|third|fourth|2nd|3rd) time|follow(?:ing)? up (?:again|on my)|no (?:reply|response|answer) (?:yet|so far|from)|you (?:promised|said you)|any (?:news|update))\b/i;
const GLAD =
  /\b(?:thanks?|thank you|great|perfect|love|excellent|happy|glad|pleased|looking forward|impressed|go ahead|sounds good)\b/gi;
const UPSET =
  /\b(?:disappoint\w*|frustrat\w*|unacceptable|angry|annoy\w*|problem|broken|not working|too expensive|cancel|complain\w*|concern\w*|stop the|third time|unfortunately|don'?t think we can)\b/gi;
/** Words that fill sentences and tell nothing of the subject. */
const STOP = new Set(
  ("about after again also been before being both call could dear does done down each email from going have hello here " +
    "into just know like make many more most much need only other over please regards same send sent should some such " +
    "take than thank thanks that their them then there these they thing think this those time today tomorrow until very " +
    "want week were what when where which while will with would your yours").split(" "),
);
const MAX_KEYWORDS = 8;

function keywordsOf(mail: ReadMail): string[] {
  const counts = new Map<string, number>();
  const words = `${mail.subject} ${mail.subject} ${mail.own}`.toLowerCase().slice(0, 8000)
    .match(/\p{L}[\p{L}-]{3,24}/gu) ?? [];
  for (const word of words) if (!STOP.has(word)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]).slice(0, MAX_KEYWORDS).map(([word]) => word);
}

/** Signals of a mail that was judged; machines and mailings want nothing and are in no mood. */
export function signalsOf(mail: ReadMail, verdict: MailVerdict): MailSignals {
  const { own } = mail;
  const isPerson = verdict.category !== "automated" && verdict.category !== "marketing";
  const movesEvent = verdict.category === "calendar_related" && /\?/.test(own) && mail.isReply;
  const response_required = verdict.category === "to_respond" || movesEvent;
  const mood = (own.match(GLAD)?.length ?? 0) - 2 * (own.match(UPSET)?.length ?? 0);
  const waits = isPerson && WAITING.test(own);
  return {
    response_required,
    urgency: isPerson && (URGENT.test(own) || waits && response_required)
      ? "high"
      : response_required && (SOON.test(own) || !isCasual(verdict))
      ? "medium"
      : "low",
    sentiment: !isPerson || mood === 0 ? "neutral" : mood > 0 ? "positive" : "negative",
    keywords: keywordsOf(mail),
    is_sales_related: isPerson && verdict.topics.some((topic) => SALES.has(topic)),
    follow_up_suggested: response_required ||
      verdict.topics.some((topic) => topic === "interested" || topic === "referral"),
    ghost_risk: waits,
  };
}

/** A question from nobody in particular can wait a day. */
function isCasual(verdict: MailVerdict): boolean {
  return verdict.topics.every((topic) => topic === "question");
}

const SALES: ReadonlySet<string> = new Set([
  "booking_request",
  "pricing_request",
  "proposal_request",
  "interested",
  "objection",
  "not_interested",
  "referral",
]);
