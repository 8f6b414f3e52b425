/** Scores one meeting: what was found in it against its labels. */
import type { GoldLabels } from "./evalGold.ts";
import {
  actionAffinity,
  amountAffinity,
  distinctAmounts,
  intentAffinity,
  isSameOwner,
  labelOf,
  matchAll,
  type Matches,
  nameAffinity,
  readAmount,
} from "./evalMatch.ts";
import type { Prediction } from "./evalRun.ts";
import { type Counts, NO_TALLY, type Tally, tallyAnswer } from "./evalTally.ts";

export const QUESTIONS = [
  "action_items",
  "intents",
  "intents_weak_optional",
  "scheduling",
  "verbal_commitment",
  "pricing_discussed",
  "pricing_amounts",
  "new_stakeholders",
  "is_sales",
] as const;
export type Question = (typeof QUESTIONS)[number];

/** One thing that went wrong. */
export interface Mistake {
  readonly id: string;
  readonly kind: "missed" | "extra" | "wrong";
  readonly skill: string;
  readonly detail: string;
}

/** Due days of matched to-dos; `undated` are those whose label knows no day, not even a loose one. */
export interface DueCounts {
  readonly dated: number;
  readonly correct: number;
  readonly undated: number;
  readonly spurious: number;
}

export interface MeetingScore {
  readonly callType: readonly [gold: string, found: string | null];
  readonly tallies: Readonly<Record<Question, Tally>>;
  readonly intents: readonly (readonly [intent: string, as: keyof Counts])[];
  /** Per matched to-do: is its owner right? */
  readonly owners: readonly boolean[];
  /** Per matched intent: is its tier right? */
  readonly tiers: readonly boolean[];
  readonly due: DueCounts;
  /** Is the length of the further meeting right? Null where none was said. */
  readonly isLengthRight: boolean | null;
  readonly mistakes: readonly Mistake[];
}

/** `found` undefined counts as if nothing had been found. */
export function scoreMeeting(
  id: string,
  gold: GoldLabels,
  found: Prediction | undefined,
): MeetingScore {
  const mistakes: Mistake[] = [];
  const say: Say = (kind, skill, detail) => mistakes.push({ id, kind, skill, detail });
  const callType = labelOf(found?.call_type ?? null);
  if (callType !== gold.call_type) say("wrong", "call_type", differs(callType, gold.call_type));
  const answer = (question: Question, wanted: boolean | null, said: boolean | undefined): Tally => {
    if (wanted === null) return NO_TALLY;
    if (said !== wanted) say("wrong", question, differs(said, wanted));
    return tallyAnswer(wanted, said);
  };
  const actions = scoreActions(gold.action_items, found?.action_items ?? [], say);
  const intents = scoreIntents(gold.intents, found?.intents ?? [], say);
  const { scheduling, verbal_commitment: yes, pricing } = gold;
  const minutes = scheduling.duration_minutes ?? null;
  return {
    callType: [gold.call_type, callType],
    tallies: {
      action_items: actions.tally,
      intents: intents.tally,
      intents_weak_optional: intents.weakOptional,
      scheduling: answer("scheduling", scheduling.present, found?.scheduling.present),
      verbal_commitment: answer("verbal_commitment", yes.present, found?.verbal_commitment.present),
      pricing_discussed: answer("pricing_discussed", pricing.discussed, found?.pricing.discussed),
      pricing_amounts: scoreAmounts(pricing, found?.pricing.amounts ?? [], say),
      new_stakeholders: scorePeople(gold.new_stakeholders, found?.new_stakeholders ?? [], say),
      is_sales: answer("is_sales", gold.is_sales, found?.is_sales),
    },
    intents: intents.seen,
    owners: actions.owners,
    tiers: intents.tiers,
    due: actions.due,
    isLengthRight: minutes === null ? null : found?.scheduling.duration_minutes === minutes,
    mistakes,
  };
}

type Say = (kind: Mistake["kind"], skill: string, detail: string) => void;

function differs(said: unknown, wanted: unknown): string {
  return `${said ?? "-"} should be ${wanted}`;
}

function scoreActions(
  gold: GoldLabels["action_items"],
  found: Prediction["action_items"],
  say: Say,
) {
  const matches = matchAll(gold, found, actionAffinity);
  const due = { dated: 0, correct: 0, undated: 0, spurious: 0 };
  for (const [g, f] of matches.pairs) {
    const { due_iso: wanted, due_fuzzy: isFuzzy, gist } = gold[g];
    const { due_iso: said } = found[f];
    if (wanted !== null) {
      due.dated++;
      if (said === wanted) due.correct++;
      else say("wrong", "due", `"${gist}" ${differs(said, wanted)}`);
    } else if (!isFuzzy) {
      due.undated++;
      if (said !== null) due.spurious++;
    }
  }
  for (const at of matches.missed) {
    say("missed", "action_items", `turn ${gold[at].turn}: ${gold[at].gist}`);
  }
  for (const at of matches.extra) {
    say("extra", "action_items", `turn ${found[at].turn}: ${found[at].text}`);
  }
  const owners = matches.pairs.map(([g, f]) => isSameOwner(gold[g].owner, found[f].owner));
  return { tally: tallyOf(matches), due, owners };
}

function scoreIntents(gold: GoldLabels["intents"], found: Prediction["intents"], say: Say) {
  const matches = matchAll(gold, found, intentAffinity);
  for (const at of matches.missed) {
    say("missed", "intents", `turn ${gold[at].turn}: ${gold[at].intent} (${gold[at].tier})`);
  }
  for (const at of matches.extra) {
    say("extra", "intents", `turn ${found[at].turn}: ${found[at].intent}`);
  }
  const lenient = gold.map((label) => ({
    ...label,
    optional: label.optional || label.tier === "weak",
  }));
  return {
    tally: tallyOf(matches),
    weakOptional: tallyOf(matchAll(lenient, found, intentAffinity)),
    seen: [
      ...matches.pairs.map(([g]) => [gold[g].intent, "tp"] as const),
      ...matches.missed.map((g) => [gold[g].intent, "fn"] as const),
      ...matches.extra.map((f) => [found[f].intent, "fp"] as const),
    ],
    tiers: matches.pairs.map(([g, f]) => found[f].tier.startsWith(gold[g].tier)),
  };
}

function scoreAmounts(
  gold: GoldLabels["pricing"],
  found: Prediction["pricing"]["amounts"],
  say: Say,
): Tally {
  const wanted = [
    ...gold.amounts.map(readAmount),
    ...(gold.optional_amounts ?? []).map((amount) => ({ ...readAmount(amount), optional: true })),
  ];
  const said = distinctAmounts(found);
  const matches = matchAll(wanted, said, amountAffinity);
  for (const at of matches.missed) say("missed", "pricing_amounts", String(wanted[at].value));
  for (const at of matches.extra) say("extra", "pricing_amounts", String(said[at].value));
  return tallyOf(matches);
}

function scorePeople(
  gold: GoldLabels["new_stakeholders"],
  found: Prediction["new_stakeholders"],
  say: Say,
): Tally {
  const matches = matchAll(gold, found, nameAffinity);
  for (const at of matches.missed) say("missed", "new_stakeholders", gold[at].name);
  for (const at of matches.extra) say("extra", "new_stakeholders", found[at].name);
  return tallyOf(matches);
}

function tallyOf({ pairs, missed, extra }: Matches): Tally {
  return { ...NO_TALLY, tp: pairs.length, fp: extra.length, fn: missed.length };
}
