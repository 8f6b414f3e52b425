/** Scores what the skills found against the labels; the set's own description states every rule. */
import type { Gold } from "./evalGold.ts";
import {
  type DueCounts,
  type MeetingScore,
  type Mistake,
  type Question,
  QUESTIONS,
  scoreMeeting,
} from "./evalMeeting.ts";
import type { MailPrediction } from "./evalMail.ts";
import type { Prediction } from "./evalRun.ts";
import { type Counts, NO_TALLY, ratio, type Row, rowOf, sumTallies } from "./evalTally.ts";
import { INTENT_ACTIONS } from "../supabase/functions/_shared/orchestrator/intentActionRegistry.ts";

/** The figures of a whole set, named as in its description; `accuracy` null: nothing to be right about. */
export interface Score {
  readonly transcripts: number;
  readonly call_type: Classification;
  readonly skills: Readonly<Record<Question, Row>>;
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
  readonly emails: Classification & {
    readonly predictions_missing: number;
    /** Of the mails that give orders to machines. */
    readonly prompt_injection_accuracy: number | null;
    readonly needs_reply_accuracy: number | null;
  };
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

/** is_sales follows from the call type, weak intents are counted with the others. */
const NOT_IN_MICRO_AVERAGE: readonly Question[] = ["is_sales", "intents_weak_optional"];

/** Scores a whole set by meeting and mail id; without a prediction it counts as if nothing had been found. */
export function scoreAll(
  gold: Pick<Gold, "meetings" | "mails">,
  predictions: ReadonlyMap<string, Prediction>,
  mailPredictions: ReadonlyMap<string, MailPrediction>,
): Score {
  const meetings = gold.meetings.map(({ id, labels }) =>
    scoreMeeting(id, labels, predictions.get(id))
  );
  const tallies = QUESTIONS.map((question) =>
    [question, sumTallies(meetings.map((meeting) => meeting.tallies[question]))] as const
  );
  const averaged = tallies.filter(([question]) => !NOT_IN_MICRO_AVERAGE.includes(question))
    .map(([, tally]) => tally);
  const lengths = shareOf(
    meetings.map(({ isLengthRight }) => isLengthRight).filter((right) => right !== null),
  );
  return {
    transcripts: meetings.length,
    call_type: classify(meetings.map(({ callType }) => callType)),
    skills: Object.fromEntries(
      tallies.map(([question, tally]) => [question, rowOf(tally)]),
    ) as Record<Question, Row>,
    micro_average: rowOf({ ...sumTallies(averaged), n: 0 }),
    per_intent: perIntent(meetings.flatMap(({ intents }) => intents)),
    due_dates: dueDates(meetings.map(({ due }) => due)),
    owner_accuracy: shareOf(meetings.flatMap(({ owners }) => owners)),
    tier_accuracy: shareOf(meetings.flatMap(({ tiers }) => tiers)),
    scheduling_duration: {
      gold: lengths.matched,
      correct: lengths.correct,
      accuracy: lengths.accuracy,
    },
    emails: scoreMails(gold.mails, mailPredictions),
    errors: [
      ...meetings.flatMap(({ mistakes }) => mistakes),
      ...mailMistakes(gold.mails, mailPredictions),
    ],
  };
}

function scoreMails(
  mails: Gold["mails"],
  predictions: ReadonlyMap<string, MailPrediction>,
): Score["emails"] {
  const pairOf = ({ id, label }: Gold["mails"][number]) =>
    [label, predictions.get(id)?.label ?? null] as const;
  const attacks = mails.filter(({ secondary_labels }) =>
    secondary_labels.includes("prompt_injection")
  );
  const answered = mails.filter(({ id }) => predictions.has(id));
  return {
    ...classify(mails.map(pairOf)),
    predictions_missing: mails.length - answered.length,
    prompt_injection_accuracy: classify(attacks.map(pairOf)).accuracy,
    needs_reply_accuracy: ratio(
      answered.filter(({ id, needs_reply }) => predictions.get(id)!.needs_reply === needs_reply)
        .length,
      answered.length,
    ),
  };
}

function mailMistakes(
  mails: Gold["mails"],
  predictions: ReadonlyMap<string, MailPrediction>,
): readonly Mistake[] {
  return mails.filter(({ id, label }) => predictions.get(id)?.label !== label)
    .map(({ id, label, subject }) => ({
      id,
      kind: "wrong",
      skill: "email",
      detail: `${predictions.get(id)?.label ?? "-"} should be ${label}: ${subject}`,
    }));
}

function dueDates(counts: readonly DueCounts[]): Score["due_dates"] {
  const total = (of: keyof DueCounts) => counts.reduce((sum, count) => sum + count[of], 0);
  return {
    gold_dated_and_matched: total("dated"),
    correct: total("correct"),
    undated_and_matched: total("undated"),
    spurious: total("spurious"),
    accuracy: ratio(total("correct"), total("dated")),
    spurious_rate: ratio(total("spurious"), total("undated")),
  };
}

function perIntent(seen: MeetingScore["intents"]): Record<string, Row> {
  const names = new Set([...Object.keys(INTENT_ACTIONS), ...seen.map(([intent]) => intent)]);
  return Object.fromEntries([...names].map((name) => {
    const of = seen.filter(([intent]) => intent === name);
    const count = (as: keyof Counts) => of.filter(([, how]) => how === as).length;
    return [name, rowOf({ ...NO_TALLY, tp: count("tp"), fp: count("fp"), fn: count("fn") })];
  }));
}

/** Over the labels that occur; a wrong answer outside them is nobody's false alarm. */
function classify(pairs: readonly MeetingScore["callType"][]): Classification {
  const labels = [...new Set(pairs.map(([gold]) => gold))].sort();
  const rows = labels.map((label) => {
    const of = pairs.map(([gold, found]) => ({ wanted: gold === label, said: found === label }));
    return rowOf({
      ...NO_TALLY,
      tp: of.filter(({ wanted, said }) => wanted && said).length,
      fp: of.filter(({ wanted, said }) => !wanted && said).length,
      fn: of.filter(({ wanted, said }) => wanted && !said).length,
    });
  });
  return {
    accuracy: ratio(pairs.filter(([gold, found]) => gold === found).length, pairs.length),
    macro_f1: ratio(rows.reduce((sum, { f1 }) => sum + f1, 0), rows.length),
    per_label: Object.fromEntries(labels.map((label, at) => [label, rows[at]])),
    n: pairs.length,
  };
}

function shareOf(answers: readonly boolean[]): Share {
  const correct = answers.filter((isRight) => isRight).length;
  return { matched: answers.length, correct, accuracy: ratio(correct, answers.length) };
}
