/** One thing that is fuzzed. */
export interface Target {
  readonly name: string;
  /**
   * Tries one case made from the seed.
   *
   * @returns what is wrong and the case that shows it, or null
   */
  tryOne(seed: number): Promise<Finding | null> | Finding | null;
  close?(): Promise<void>;
}

export interface Finding {
  readonly why: string;
  readonly input: string;
}

export interface Tally {
  readonly tried: number;
  readonly findings: readonly (Finding & { readonly seed: number })[];
}

/** More of them say nothing new. */
const MAX_FINDINGS = 10;

/** Tries `count` cases; case i has the seed `seed + i`, so that `--seed <that> --count 1` repeats it. */
export async function runTarget(target: Target, seed: number, count: number): Promise<Tally> {
  const findings: (Finding & { seed: number })[] = [];
  let tried = 0;
  for (; tried < count && findings.length < MAX_FINDINGS; tried++) {
    const finding = await target.tryOne(seed + tried);
    if (finding !== null) findings.push({ seed: seed + tried, ...finding });
  }
  return { tried, findings };
}
