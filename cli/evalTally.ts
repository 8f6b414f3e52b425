/** Hits, false alarms and misses of one question. */
export interface Counts {
  readonly tp: number;
  readonly fp: number;
  readonly fn: number;
}

/** Counts of a yes/no question also know how often it was asked and answered rightly. */
export interface Tally extends Counts {
  readonly n: number;
  readonly correct: number;
}

/** Ratios lie between 0 and 1; one over nothing is 0. */
export interface Row extends Counts {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** For yes/no questions. */
  readonly accuracy?: number;
}

export const NO_TALLY: Tally = { tp: 0, fp: 0, fn: 0, n: 0, correct: 0 };

/** A missing answer is wrong, and no false alarm. */
export function tallyAnswer(wanted: boolean, said: boolean | undefined): Tally {
  return {
    tp: Number(wanted && said === true),
    fp: Number(!wanted && said === true),
    fn: Number(wanted && said !== true),
    n: 1,
    correct: Number(wanted === said),
  };
}

export function sumTallies(tallies: readonly Tally[]): Tally {
  return tallies.reduce((a, b) => ({
    tp: a.tp + b.tp,
    fp: a.fp + b.fp,
    fn: a.fn + b.fn,
    n: a.n + b.n,
    correct: a.correct + b.correct,
  }), NO_TALLY);
}

export function rowOf({ tp, fp, fn, n, correct }: Tally): Row {
  const precision = ratio(tp, tp + fp) ?? 0;
  const recall = ratio(tp, tp + fn) ?? 0;
  const f1 = ratio(2 * precision * recall, precision + recall) ?? 0;
  return { precision, recall, f1, tp, fp, fn, ...(n > 0 ? { accuracy: correct / n } : {}) };
}

/** Null over nothing. */
export function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
