import type { ReplyCategory } from "./_campaign.ts";

export interface ReplyVerdict {
  readonly category: ReplyCategory;
  readonly confidence: number;
}

/**
 * In order of weight: who wants to be left alone is heard first, a machine's note is nobody's interest,
 * and only then what the person asks for.
 */
const RULES: readonly (readonly [category: ReplyCategory, pattern: RegExp, confidence: number])[] =
  [
    [
      "out_of_office",
      /\b(?:out of (?:the )?office|on (?:annual |parental |maternity |paternity |sick )?leave|on vacation|on holiday|away (?:from (?:my desk|the office)|until)|automatic reply|auto-?reply|limited access to (?:my )?e-?mails?|will (?:be back|return) on|no longer (?:works?|with) (?:here|at|the company))\b/i,
      0.95,
    ],
    [
      "unsubscribe",
      /\b(?:unsubscribe|take me off|remove (?:me|us|my|this)|stop (?:e-?mailing|contacting|writing|sending)|do not (?:contact|e-?mail|write)|don'?t (?:contact|e-?mail|write to) (?:me|us)|opt(?:ed)? out|gdpr request|delete my (?:data|details|address))\b/i,
      0.95,
    ],
    [
      "not_now",
      /\b(?:not (?:right )?now|not (?:at (?:this|the) (?:moment|time)|this (?:year|quarter|month))|maybe (?:later|next (?:year|quarter))|(?:reach out|check back|get back to (?:me|us)|try again|come back|circle back) (?:in|next|after|later|around)|after (?:the )?(?:summer|new year|budget)|bad timing|next (?:year|quarter) (?:perhaps|maybe))\b/i,
      0.85,
    ],
    [
      "not_interested",
      /\b(?:not (?:interested|a fit|for us|relevant|looking|needed)|no (?:interest|need|thanks?|thank you)|we(?:'re| are) (?:happy|fine|all set|covered|good)\b|already (?:have|use|work with|signed)|please (?:don'?t|do not) follow up|pass on this|we'?ll pass|i'?ll pass)\b/i,
      0.9,
    ],
    [
      "referral",
      /\b(?:(?:talk|speak|reach out|write|get in touch|contact|forward(?:ed|ing)?)\b[^.?!]{0,60}\b(?:to|with)? ?(?:my colleague|our (?:head|cfo|cto|coo|ceo|director|manager|buyer|team)|instead)|(?:right|best|better) person (?:is|would be|to)|(?:cc'?d|copying|copied|looping in|adding)\b|not (?:the right person|my (?:area|department))|she (?:handles|owns|runs)|he (?:handles|owns|runs)|they handle)\b/i,
      0.8,
    ],
    [
      "meeting_request",
      /\b(?:(?:can|could|shall|let'?s|happy to|want to|would like to|i'?d like to|free to|glad to)\b[^.?!]{0,50}\b(?:call|chat|meet|talk|speak|demo|walk me through|catch up)|(?:book|schedule|set up|arrange)\b[^.?!]{0,30}\b(?:call|meeting|time|demo|slot)|(?:call|ring) me\b|(?:what|which) (?:times?|days?) (?:work|suit)|(?:send|share)\b[^.?!]{0,20}\b(?:calendar|invite|times|slots)|(?:i'?m|i am|we are|we'?re) (?:free|available) (?:on|at|next|this|tomorrow|mon|tue|wed|thu|fri))\b/i,
      0.88,
    ],
    [
      "question",
      /\?|\b(?:can you (?:send|share|tell|explain)|how (?:much|does|do|long|many)|what (?:is|are|does|would)|do you (?:have|offer|support|integrate)|send (?:me|us) (?:prices?|pricing|more|details|info\w*))\b/i,
      0.75,
    ],
    [
      "interested",
      /\b(?:interested|sounds (?:good|great|interesting|useful)|tell me more|curious|like to (?:know|learn|hear|see) more|(?:this is|very|quite|good) tim(?:ely|ing)|exactly what|keen|love to|count (?:me|us) in|yes,? please)\b/i,
      0.85,
    ],
  ];

/** "Not interested" also holds "interested": the first rule that fits decides, a mixed answer is less sure. */
export function classifyReply(subject: string | null, words: string): ReplyVerdict {
  const text = `${/^\s*(?:automatic|auto|out of)/i.test(subject ?? "") ? subject : ""} ${words}`
    .slice(0, 4000);
  const fitting = RULES.filter(([, pattern]) => pattern.test(text));
  if (fitting.length === 0) return { category: "other", confidence: 0.4 };
  const hits = fitting.filter(([category]) => category !== "interested" || !isNegated(text));
  if (hits.length === 0) return { category: "not_interested", confidence: 0.7 };
  // A question inside an interested answer is interest with a next step.
  const [first, ...others] = hits;
  if (first[0] === "question" && others.some(([category]) => category === "interested")) {
    return { category: "interested", confidence: 0.9 };
  }
  const isMixed = others.some(([category]) => category !== "question");
  return { category: first[0], confidence: isMixed ? Math.max(0.6, first[2] - 0.15) : first[2] };
}

function isNegated(text: string): boolean {
  return /\b(?:not|n'?t|hardly|never)\b[^.?!]{0,25}\b(?:interested|keen|curious)\b/i.test(text);
}
