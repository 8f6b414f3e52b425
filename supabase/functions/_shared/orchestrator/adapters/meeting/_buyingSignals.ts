import { quoteOf } from "./_evidence.ts";
import type { Sides } from "./_sides.ts";
import { isNegated } from "./_speechActs.ts";
import type { Sentence } from "./_transcript.ts";

/** A sentence in which the other side warms to buying, without committing to it. */
export interface BuyingSignal {
  readonly type: BuyingSignal["signal"];
  readonly signal: "go_ahead" | "fit" | "urgency" | "budget";
  readonly strength: "strong" | "moderate";
  readonly turn: number;
  readonly quote: string;
  readonly confidence: number;
}

const RULES: readonly (readonly [BuyingSignal["signal"], BuyingSignal["strength"], RegExp])[] = [
  [
    "go_ahead",
    "strong",
    /\b(?:i'm in|we're in|let's do (?:it|this)|let's (?:move|go) (?:forward|ahead)|ready to (?:sign|move|buy|start|go)|i'll sign|we'll (?:take it|go with|sign|move forward)|send (?:me |us |over )?the (?:contract|agreement|order form|paperwork)|where do (?:i|we) sign|you've got (?:a deal|our business)|count us in)\b/,
  ],
  [
    "go_ahead",
    "moderate",
    /\b(?:what(?:'s| is| are| would be) the next steps?|how (?:do|would) we (?:get started|start|sign up|proceed)|what (?:do|would) (?:i|we) need to do to (?:get started|start|sign)|if we (?:want|wanted) to move (?:forward|ahead))\b/,
  ],
  [
    "fit",
    "strong",
    /\b(?:(?:exactly|just|precisely) what we(?:'ve been| need|'re looking| were| are|'d)|that (?:alone )?would (?:save|solve|fix)|would be (?:huge|a game changer|massive)|game changer|this is perfect for us|love (?:this|that|it))\b/,
  ],
  [
    "fit",
    "moderate",
    /\b(?:(?:really|super|very|actually|genuinely|extremely) (?:useful|helpful|interesting|impressive|nice)|makes (?:a lot of )?sense for us|that's (?:very )?reasonable|i can see (?:us|that|this|my team))\b/,
  ],
  [
    "urgency",
    "moderate",
    /\b(?:as soon as (?:possible|we can)|asap|urgent(?:ly)?|can't (?:wait|keep)|the sooner the better|how (?:soon|quickly|fast) can (?:we|you)|need (?:this|it|something) (?:now|yesterday|in place|live))\b/,
  ],
  [
    "budget",
    "moderate",
    /\b(?:(?:we(?:'ve| have)|there's|i(?:'ve| have)) (?:got )?(?:the |a |some )?budget|budget (?:is|has been|was) (?:approved|signed off|allocated|set aside|there)|within (?:our )?budget|i can sign (?:off )?(?:up to|for))\b/,
  ],
];

/** Buying signals of the outside party in spoken order; none where sides are unknown. */
export function findBuyingSignals(sentences: readonly Sentence[], sides: Sides): BuyingSignal[] {
  return sentences.flatMap((sentence): BuyingSignal[] => {
    if (sides.sideOf(sentence.speaker) !== "theirs" || isNegated(sentence.words)) return [];
    const rule = RULES.find(([, , pattern]) => pattern.test(sentence.words));
    if (rule === undefined) return [];
    const [signal, strength] = rule;
    return [{
      type: signal,
      signal,
      strength,
      turn: sentence.turn,
      quote: quoteOf(sentence.raw),
      confidence: strength === "strong" ? 0.8 : 0.6,
    }];
  });
}
