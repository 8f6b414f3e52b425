/** Scores what the skills found against the labels; every rule stands in the labelled set's description. */
import type { Gold, GoldLabels, GoldMail } from "./evalGold.ts";
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

export interface Counts {
  readonly tp: number;
  readonly fp: number;
  readonly fn: number;
}

/** Ratios lie between 0 and 1; one over nothing is 0. */
export interface Row extends Counts {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** For yes/no questions. */
  readonly accuracy?: number;
}

/** One thing that went wrong, for `--errors`. */
export interface Mistake {
  readonly id: string;
  readonly kind: "missed" | "extra" | "wrong";
  readonly skill: string;
  readonly detail: string;
}

const SKILLS = [
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
type Skill = (typeof SKILLS)[number];
const IN_MICRO_AVERAGE: readonly Skill[] = SKILLS.filter((skill) =>
  skill !== "is_sales" && skill !== "intents_weak_optional"
);

export interface Score {
  readonly transcripts: number;
  readonly call_type: Classification;
  readonly skills: Readonly<Record<Skill, Row>>;
  readonly micro_average: Row;
  readonly per_intent: Readonly<Record<string, Row>>;
  readonly due_dates: {
    readonly gold_dated_and_matched: number;
    readonly correct: number;
    readonly undated_and_matched: number;
    /** Dates given where none was said. */
    readonly spurious: number;
    readonly accuracy: number | null;
    readonly spurious_rate: number | null;
  };
  readonly owner_accuracy: Share;
  readonly tier_accuracy: Share;
  readonly scheduling_duration: {
    readonly gold: number;
    readonly correct: number;
    readonly accuracy: number | null;
  };
  /** No skill classifies mails yet: every one counts as missing. */
  readonly emails: { readonly n: number; readonly predictions_missing: number };
  readonly errors: readonly Mistake[];
}

interface Share {
  readonly matched: number;
  readonly correct: number;
  readonly accuracy: number | null;
}

interface Classification {
  readonly accuracy: number | null;
  readonly macro_f1: number | null;
  readonly per_label: Readonly<Record<string, Row>>;
  readonly n: number;
}

/** Scores a whole set; a meeting without a prediction counts as if nothing had been found. */
export function scoreAll(
  gold: Pick<Gold, "meetings"> & { readonly mails: readonly GoldMail[] },
  predictions: ReadonlyMap<string, Prediction>,
): Score {
  const meetings = gold.meetings.map(({ id, labels }) =>
    scoreMeeting(id, labels, predictions.get(id))
  );
  const counts = Object.fromEntries(
    SKILLS.map((skill) => [skill, sum(meetings.map((meeting) => meeting.counts[skill]))]),
  ) as Record<Skill, Counts & { n: number; correct: number }>;
  const total = (of: (meeting: MeetingScore) => number) =>
    meetings.reduce((before, meeting) => before + of(meeting), 0);
  const dated = total(({ due }) => due.dated);
  const right = total(({ due }) => due.correct);
  const undated = total(({ due }) => due.undated);
  const spurious = total(({ due }) => due.spurious);
  const lengths = total(({ length }) => length.gold);
  const rightLengths = total(({ length }) => length.correct);
  return {
    transcripts: meetings.length,
    call_type: classify(meetings.map((meeting) => meeting.callType)),
    skills: Object.fromEntries(
      SKILLS.map((skill) => [skill, rowOf(counts[skill])]),
    ) as Record<Skill, Row>,
    micro_average: rowOf(sum(IN_MICRO_AVERAGE.map((skill) => ({ ...counts[skill], n: 0 })))),
    per_intent: perIntent(meetings.flatMap((meeting) => meeting.intents)),
    due_dates: {
      gold_dated_and_matched: dated,
      correct: right,
      undated_and_matched: undated,
      spurious,
      accuracy: ratio(right, dated),
      spurious_rate: ratio(spurious, undated),
    },
    owner_accuracy: shareOf(meetings.flatMap((meeting) => meeting.owners)),
    tier_accuracy: shareOf(meetings.flatMap((meeting) => meeting.tiers)),
    scheduling_duration: {
      gold: lengths,
      correct: rightLengths,
      accuracy: ratio(rightLengths, lengths),
    },
    emails: { n: gold.mails.length, predictions_missing: gold.mails.length },
    errors: meetings.flatMap((meeting) => meeting.errors),
  };
}

type BinaryCounts = Counts & { readonly n: number; readonly correct: number };

interface MeetingScore {
  readonly callType: readonly [gold: string, found: string | null];
  readonly counts: Readonly<Record<Skill, BinaryCounts>>;
  readonly intents: readonly (readonly [intent: string, as: keyof Counts])[];
  readonly owners: readonly boolean[];
  readonly tiers: readonly boolean[];
  readonly due: { dated: number; correct: number; undated: number; spurious: number };
  readonly length: { readonly gold: number; readonly correct: number };
  readonly errors: readonly Mistake[];
}

function scoreMeeting(
  id: string,
  gold: GoldLabels,
  found: Prediction | undefined,
): MeetingScore {
  const errors: Mistake[] = [];
  const note = (skill: string, matches: Matches, say: Sayings) => {
    for (const at of matches.missed) {
      errors.push({ id, kind: "missed", skill, detail: say.gold(at) });
    }
    for (const at of matches.extra) {
      errors.push({ id, kind: "extra", skill, detail: say.found(at) });
    }
  };
  const foundType = labelOf(found?.call_type ?? null);
  if (foundType !== gold.call_type) {
    const detail = `${foundType ?? "-"} should be ${gold.call_type}`;
    errors.push({ id, kind: "wrong", skill: "call_type", detail });
  }
  const yesNo = (skill: string, wanted: boolean, said: boolean | undefined): BinaryCounts => {
    if (said !== wanted) {
      errors.push({ id, kind: "wrong", skill, detail: `${said ?? "-"} should be ${wanted}` });
    }
    return binary(wanted, said);
  };

  const foundActions = found?.action_items ?? [];
  const actions = matchAll(gold.action_items, foundActions, actionAffinity);
  note("action_items", actions, {
    gold: (at) => `turn ${gold.action_items[at].turn}: ${gold.action_items[at].gist}`,
    found: (at) => `turn ${foundActions[at].turn}: ${foundActions[at].text}`,
  });
  const due = { dated: 0, correct: 0, undated: 0, spurious: 0 };
  for (const [g, f] of actions.pairs) {
    const { due_iso: wanted, due_fuzzy: isFuzzy, gist } = gold.action_items[g];
    const { due_iso: said } = foundActions[f];
    if (wanted !== null) {
      due.dated++;
      if (said === wanted) due.correct++;
      else {
        const detail = `"${gist}" ${said ?? "-"} should be ${wanted}`;
        errors.push({ id, kind: "wrong", skill: "due", detail });
      }
    } else if (!isFuzzy) {
      due.undated++;
      if (said !== null) due.spurious++;
    }
  }

  const foundIntents = found?.intents ?? [];
  const intents = matchAll(gold.intents, foundIntents, intentAffinity);
  note("intents", intents, {
    gold: (at) =>
      `turn ${gold.intents[at].turn}: ${gold.intents[at].intent} (${gold.intents[at].tier})`,
    found: (at) => `turn ${foundIntents[at].turn}: ${foundIntents[at].intent}`,
  });
  const withWeakOptional = gold.intents.map((label) => ({
    ...label,
    optional: label.optional || label.tier === "weak",
  }));

  const amounts = distinctAmounts(found?.pricing.amounts ?? []);
  const goldAmounts = [
    ...gold.pricing.amounts.map(readAmount),
    ...(gold.pricing.optional_amounts ?? []).map((a) => ({ ...readAmount(a), optional: true })),
  ];
  const amountMatches = matchAll(goldAmounts, amounts, amountAffinity);
  note("pricing_amounts", amountMatches, {
    gold: (at) => String(goldAmounts[at].value),
    found: (at) => String(amounts[at].value),
  });
  const foundPeople = found?.new_stakeholders ?? [];
  const people = matchAll(gold.new_stakeholders, foundPeople, nameAffinity);
  note("new_stakeholders", people, {
    gold: (at) => gold.new_stakeholders[at].name,
    found: (at) => foundPeople[at].name,
  });
  const minutes = gold.scheduling.duration_minutes ?? null;
  return {
    callType: [gold.call_type, foundType],
    counts: {
      action_items: counted(actions),
      intents: counted(intents),
      intents_weak_optional: counted(matchAll(withWeakOptional, foundIntents, intentAffinity)),
      scheduling: yesNo("scheduling", gold.scheduling.present, found?.scheduling.present),
      verbal_commitment: yesNo(
        "verbal_commitment",
        gold.verbal_commitment.present,
        found?.verbal_commitment.present,
      ),
      pricing_discussed: gold.pricing.discussed === null
        ? NOTHING
        : yesNo("pricing_discussed", gold.pricing.discussed, found?.pricing.discussed),
      pricing_amounts: counted(amountMatches),
      new_stakeholders: counted(people),
      is_sales: yesNo("is_sales", gold.is_sales, found?.is_sales),
    },
    intents: [
      ...intents.pairs.map(([g]) => [gold.intents[g].intent, "tp"] as const),
      ...intents.missed.map((g) => [gold.intents[g].intent, "fn"] as const),
      ...intents.extra.map((f) => [foundIntents[f].intent, "fp"] as const),
    ],
    owners: actions.pairs.map(([g, f]) =>
      isSameOwner(gold.action_items[g].owner, foundActions[f].owner)
    ),
    tiers: intents.pairs.map(([g, f]) => foundIntents[f].tier.startsWith(gold.intents[g].tier)),
    due,
    length: {
      gold: minutes === null ? 0 : 1,
      correct: minutes !== null && found?.scheduling.duration_minutes === minutes ? 1 : 0,
    },
    errors,
  };
}

interface Sayings {
  gold(at: number): string;
  found(at: number): string;
}

const NOTHING: BinaryCounts = { tp: 0, fp: 0, fn: 0, n: 0, correct: 0 };

/** A missing answer is wrong, and no false alarm. */
function binary(wanted: boolean, said: boolean | undefined): BinaryCounts {
  return {
    tp: Number(wanted && said === true),
    fp: Number(!wanted && said === true),
    fn: Number(wanted && said !== true),
    n: 1,
    correct: Number(wanted === said),
  };
}

function counted({ pairs, missed, extra }: Matches): BinaryCounts {
  return { ...NOTHING, tp: pairs.length, fp: extra.length, fn: missed.length };
}

function sum(parts: readonly BinaryCounts[]): BinaryCounts {
  return parts.reduce((a, b) => ({
    tp: a.tp + b.tp,
    fp: a.fp + b.fp,
    fn: a.fn + b.fn,
    n: a.n + b.n,
    correct: a.correct + b.correct,
  }), NOTHING);
}

function rowOf({ tp, fp, fn, n, correct }: BinaryCounts): Row {
  const precision = ratio(tp, tp + fp) ?? 0;
  const recall = ratio(tp, tp + fn) ?? 0;
  const f1 = ratio(2 * precision * recall, precision + recall) ?? 0;
  return { precision, recall, f1, tp, fp, fn, ...(n > 0 ? { accuracy: correct / n } : {}) };
}

function perIntent(seen: MeetingScore["intents"]): Record<string, Row> {
  const names = [...new Set(seen.map(([intent]) => intent))].sort();
  return Object.fromEntries(names.map((name) => {
    const of = seen.filter(([intent]) => intent === name);
    const count = (as: keyof Counts) => of.filter(([, how]) => how === as).length;
    return [name, rowOf({ ...NOTHING, tp: count("tp"), fp: count("fp"), fn: count("fn") })];
  }));
}

function classify(pairs: readonly MeetingScore["callType"][]): Classification {
  const labels = [...new Set(pairs.map(([gold]) => gold))].sort();
  const rows = labels.map((label) => {
    const count = (of: (gold: boolean, found: boolean) => boolean) =>
      pairs.filter(([gold, found]) => of(gold === label, found === label)).length;
    return rowOf({
      ...NOTHING,
      tp: count((gold, found) => gold && found),
      fp: count((gold, found) => !gold && found),
      fn: count((gold, found) => gold && !found),
    });
  });
  return {
    accuracy: ratio(pairs.filter(([gold, found]) => gold === found).length, pairs.length),
    macro_f1: ratio(rows.reduce((total, { f1 }) => total + f1, 0), rows.length),
    per_label: Object.fromEntries(labels.map((label, at) => [label, rows[at]])),
    n: pairs.length,
  };
}

function shareOf(answers: readonly boolean[]): Share {
  const correct = answers.filter((isRight) => isRight).length;
  return { matched: answers.length, correct, accuracy: ratio(correct, answers.length) };
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
