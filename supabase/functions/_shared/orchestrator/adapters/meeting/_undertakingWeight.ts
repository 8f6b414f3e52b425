import type { ClauseAct } from "./_clauseActs.ts";
import { objectStems } from "./_deedWords.ts";
import type { VerbClass } from "./_verbs.ts";

const CLASS_CONFIDENCE: Readonly<Record<VerbClass, number>> = {
  deliver: 0.88,
  schedule: 0.84,
  introduce: 0.8,
  ask: 0.8,
  report: 0.72,
  prepare: 0.8,
  review: 0.76,
  contact: 0.76,
  change: 0.72,
  other: 0.45,
  talk: 0,
};

/** What was observed around the deed. */
export interface Circumstances {
  readonly isAccepted: boolean;
  readonly hasDate: boolean;
  readonly hasContext: boolean;
  readonly isRecap: boolean;
}

/** Plain arithmetic over what was observed; every term is a reason a reader would give. */
export function confidenceOf(act: ClauseAct, seen: Circumstances): number {
  let sum = CLASS_CONFIDENCE[act.verb.class] + kindTerm(act, seen);
  if (act.isGroup && act.kind !== "assignment") {
    // "We'll …" also describes a product; a term or a receiver makes it a promise.
    const isPersonal = act.verb.lemma !== "provide" &&
      (/\b(?:you|your)\b/.test(act.predicate) || seen.hasDate);
    sum -= act.kind === "commitment" ? (isPersonal ? 0.15 : 0.35) : 0.5;
  }
  if (seen.hasDate) sum += 0.1;
  if (seen.isRecap) sum += 0.1;
  if (objectStems(act.predicate, act.verb.lemma).length === 0) sum -= seen.hasContext ? 0.05 : 0.25;
  if (act.isHedged) sum -= 0.1;
  if (act.isConditional) sum -= 0.15;
  return Math.max(0, Math.min(0.97, Math.round(sum * 100) / 100));
}

function kindTerm(act: ClauseAct, seen: Circumstances): number {
  switch (act.kind) {
    case "commitment":
      return 0;
    case "intention":
      return /\b(?:want|wanna|like|love|hoping|should)\b(?! be able)/.test(act.lead)
        // With a day beside it a wish is a plan.
        ? (act.verb.class === "ask" || seen.hasDate ? -0.2 : -0.3)
        : -0.15;
    case "offer": {
      if (act.isAsked) return seen.isAccepted ? -0.1 : -0.45;
      const isLetMe = /\b(?:let me|lemme)\b/.test(act.lead);
      const isAsking = act.verb.class === "ask" || act.verb.class === "report";
      const isSending = act.verb.class === "deliver" && /\byou\b/.test(act.predicate);
      const base = isLetMe ? (isAsking ? -0.1 : isSending ? -0.2 : -0.35) : -0.2;
      return base + (seen.isAccepted && !isLetMe ? 0.1 : 0);
    }
    case "request":
      return (/\bplease\b/.test(act.lead) ? -0.25 : act.isBargain ? 0 : -0.35) +
        (seen.isAccepted ? 0.25 : 0);
    case "assignment":
      return (act.isGroup ? -0.25 : -0.15) + (seen.isAccepted ? 0.1 : 0);
  }
}
