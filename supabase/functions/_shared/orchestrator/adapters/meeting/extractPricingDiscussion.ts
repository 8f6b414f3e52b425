import { z } from "zod";
import { EXTRACT_PRICING_DISCUSSION } from "../../../prompts/extractPricingDiscussion.v1.ts";
import { defineAdapter, type SkillRun } from "../defineAdapter.ts";
import { askAboutMeeting, peopleFor } from "./_byModel.ts";
import { type CurrencyHints, resolveCurrency } from "./_currency.ts";
import { EvidenceSchema, quoteOf } from "./_evidence.ts";
import { loadMeetingTalk, type MeetingTalk } from "./_meetingTalk.ts";
import { findAmounts, type SpokenAmount } from "./_money.ts";
import type { Sentence } from "./_transcript.ts";

const Input = z.object({
  payload: z.object({ meeting_id: z.string().min(1) }),
  outputs: z.object({
    "detect-intents": z.object({
      intents: z.array(z.object({ intent: z.string(), turn: z.number() })),
    }).nullish().catch(null),
  }),
  context: z.object({ deal: z.object({ currency: z.string().nullable() }).nullish() }),
});

const Amount = z.object({
  /** In whole units of the currency (0.04 for four cents), or the figure of a percentage. */
  value: z.number(),
  /** ISO 4217; null when neither said nor known from deal or place, and for percentages. */
  currency: z.string().nullable(),
  unit: z.literal("%").nullable(),
  /** As said: "per truck per month", "each"; null for a sum. */
  per: z.string().nullable(),
  /** The sentence that holds it. */
  context: z.string(),
  turn: z.number().int(),
  quote: z.string(),
  confidence: z.number().min(0).max(1),
});

/** Output of `extract-pricing-discussion`. Amounts in order of first mention, each once. */
export const ExtractPricingDiscussionOutput = z.object({
  discussed: z.boolean(),
  amounts: z.array(Amount),
  /** Sentences that state terms: billing, commitment, tax, what waives or credits a fee. */
  terms: z.array(z.string()),
  /** Where price was asked for, named or argued about. */
  evidence: z.array(EvidenceSchema),
});
export type ExtractPricingDiscussionOutput = z.output<typeof ExtractPricingDiscussionOutput>;

const MAX_AMOUNTS = 60;
const MAX_TERMS = 12;
const MAX_EVIDENCE = 40;

/** Someone asks what it costs. */
const PRICE_QUESTION =
  /\bhow much (?:is|are|does|do|would|will|for|did)\b|\bwhat(?:'s| is| does| do| would| are)? (?:[\w']+ ){0,4}(?:cost|costs|price|prices|pricing|ballpark|investment|damage|rate|rates|fee|fees|charge)\b|\bwhat about (?:the )?pric(?:e|ing)|\b(?:price range|price tag|ballpark figure|rough (?:number|figure|price))\b|\bwhat are we talking\b|\bwhat do you charge\b/;
const TERMS =
  /\b(?:month[- ]to[- ]month|annual(?:ly)? (?:in advance|up ?front|billing|plan|contract|commitment)|paid? (?:annually|monthly|quarterly|up ?front)|pay(?:ing)? (?:annual(?:ly)?|monthly|quarterly|up ?front)|in advance|net (?:thirty|sixty|ninety|fifteen|30|60|90|15)|(?:\d+|one|two|three|four|five|twelve|twenty four|thirty six)[- ](?:month|year) (?:\w+ )?(?:agreement|contract|commitment|term|deal|thing|minimum)|minimum (?:term|commitment)|money[- ]back|plus (?:vat|gst|tax)|ex(?:cluding)? vat|waive[sd]?|gets credited|credited (?:toward|against)|payment terms|auto[- ]?renew\w*|notice period|break clause|price (?:lock|hold|freeze|cap)|locked in|volume discount|multi[- ]?year|early termination|deposit|per cent up ?front|for (?:two|three|four|five|2|3|4|5) years)\b/;

/** `extract-pricing-discussion`: prices, discounts and terms that were said. */
export const extractPricingDiscussion = defineAdapter({
  skill: "extract-pricing-discussion",
  effectMode: "pure",
  cpuMs: 100,
  input: Input,
  output: ExtractPricingDiscussionOutput,
  async run(input, ctx) {
    const talk = await loadMeetingTalk(ctx, input.payload.meeting_id);
    const priceRequests = (input.outputs["detect-intents"]?.intents ?? [])
      .filter((intent) => intent.intent === "pricing_request")
      .map((intent) => intent.turn);
    const currency = input.context.deal?.currency ?? null;
    const byModel = await askForPricing(talk, currency, ctx);
    const output = byModel?.output ?? readPricing(talk, priceRequests, currency);
    return { output, engine: byModel?.engine ?? "rules" };
  },
});

const ModelPricing = z.object({
  passages: z.array(z.object({
    turn: z.number().int(),
    quote: z.string(),
    kind: z.enum(["amount", "question", "term"]),
    value: z.number().nullable(),
    is_percentage: z.boolean(),
    currency: z.string().nullable(),
    per: z.string().nullable(),
    confidence: z.number().min(0).max(1),
  })),
});

/** The pricing talk as a model read it. A currency nobody said is the deal's, or unknown. */
async function askForPricing(
  talk: MeetingTalk,
  dealCurrency: string | null,
  ctx: SkillRun,
): Promise<{ readonly output: ExtractPricingDiscussionOutput; readonly engine: string } | null> {
  const found = await askAboutMeeting(talk, ctx, {
    prompt: EXTRACT_PRICING_DISCUSSION,
    answer: ModelPricing,
    preface: peopleFor(talk),
    listed: (value) => value.passages,
    mayDegrade: true,
  });
  if (found === null) return null;
  const amounts = found.items.flatMap((item): z.output<typeof Amount>[] => {
    if (item.kind !== "amount" || item.value === null || item.value <= 0) return [];
    const said = /^[A-Z]{3}$/.test(item.currency ?? "") ? item.currency : null;
    const quote = quoteOf(item.quote);
    return [{
      value: item.value,
      currency: item.is_percentage ? null : said ?? dealCurrency,
      unit: item.is_percentage ? "%" : null,
      per: item.per === null ? null : quoteOf(item.per),
      context: quote,
      turn: item.turn,
      quote,
      confidence: item.confidence,
    }];
  });
  const terms = found.items.filter(({ kind }) => kind === "term").map(({ quote }) =>
    quoteOf(quote)
  );
  return {
    engine: found.engine,
    output: {
      discussed: found.items.some(({ kind }) => kind !== "term"),
      amounts: amounts.slice(0, MAX_AMOUNTS),
      terms: [...new Set(terms)].slice(0, MAX_TERMS),
      evidence: found.items.slice(0, MAX_EVIDENCE)
        .map(({ turn, quote }) => ({ turn, quote: quoteOf(quote) })),
    },
  };
}

/** The pricing talk of a meeting; `priceRequests` are turns in which the buyer asked for a price. */
export function readPricing(
  talk: MeetingTalk,
  priceRequests: readonly number[],
  dealCurrency: string | null,
): ExtractPricingDiscussionOutput {
  const { sentences, sides, meeting } = talk;
  const spoken = findAmounts(sentences, { explicitOnly: sides.isInternal });
  const hints: CurrencyHints = {
    dealCurrency,
    timezone: meeting.timezone,
    spoken: null,
  };
  const firstSaid = spoken.find((amount) => amount.currency !== null)?.currency ?? null;
  const named = firstSaid === null ? null : resolveCurrency(firstSaid, hints);
  const amounts = distinctAmounts(spoken, { ...hints, spoken: named });
  const asked = sides.isInternal
    ? []
    : sentences.filter((sentence) =>
      PRICE_QUESTION.test(sentence.words) && sides.sideOf(sentence.speaker) !== "ours"
    );
  const requested = sides.isInternal ? [] : priceRequests;
  const discussed = amounts.length > 0 || asked.length > 0 || requested.length > 0;
  return {
    discussed,
    amounts,
    terms: discussed ? readTerms(sentences, spoken) : [],
    evidence: discussed ? gatherEvidence(asked, spoken, requested, talk) : [],
  };
}

function distinctAmounts(
  spoken: readonly SpokenAmount[],
  hints: CurrencyHints,
): ExtractPricingDiscussionOutput["amounts"] {
  const amounts = new Map<string, z.output<typeof Amount>>();
  for (const { value, isPercentage, currency, per, sentence, confidence } of spoken) {
    const code = isPercentage ? null : resolveCurrency(currency, hints);
    const key = `${value}${isPercentage ? "%" : code ?? ""}`;
    const known = amounts.get(key);
    if (known) {
      // Said again is said more surely; the first mention stays the evidence.
      known.confidence = Math.max(known.confidence, confidence);
      known.per ??= per;
      continue;
    }
    const quote = quoteOf(sentence.raw);
    amounts.set(key, {
      value,
      currency: code,
      unit: isPercentage ? "%" : null,
      per,
      context: quote,
      turn: sentence.turn,
      quote,
      confidence,
    });
  }
  return [...amounts.values()].slice(0, MAX_AMOUNTS);
}

function readTerms(
  sentences: readonly Sentence[],
  spoken: readonly SpokenAmount[],
): string[] {
  const priceTurns = new Set(spoken.map((amount) => amount.sentence.turn));
  const isNearPrice = (turn: number) => [-2, -1, 0, 1, 2].some((by) => priceTurns.has(turn + by));
  const terms = sentences
    .filter((sentence) => TERMS.test(sentence.words))
    .filter((sentence) =>
      isNearPrice(sentence.turn) || /\bcontract|agreement|terms?\b/.test(sentence.words)
    )
    .map((sentence) => quoteOf(sentence.raw));
  return [...new Set(terms)].slice(0, MAX_TERMS);
}

function gatherEvidence(
  asked: readonly Sentence[],
  spoken: readonly SpokenAmount[],
  requested: readonly number[],
  talk: MeetingTalk,
): ExtractPricingDiscussionOutput["evidence"] {
  const quotes = new Map<string, { turn: number; quote: string }>();
  const add = (turn: number, text: string) => {
    const quote = quoteOf(text);
    if (quote) quotes.set(`${turn}:${quote}`, { turn, quote });
  };
  for (const sentence of asked) add(sentence.turn, sentence.raw);
  for (const amount of spoken) add(amount.sentence.turn, amount.sentence.raw);
  for (const turn of requested) {
    const text = talk.turns[turn]?.text;
    if (text) add(turn, text);
  }
  return [...quotes.values()].sort((a, b) => a.turn - b.turn).slice(0, MAX_EVIDENCE);
}
