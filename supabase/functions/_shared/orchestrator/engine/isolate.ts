import type { ClockPort } from "../../ports/clock.ts";

export interface IsolateLimits {
  /** Wall clock the platform grants from module load. */
  readonly wallClockMs: number;
  readonly safetyMarginMs: number;
  /** CPU that one request may plan with. */
  readonly cpuMs: number;
  readonly maxRuns: number;
}

/** CPU of one request: the background work it started shares it. */
export interface CpuBudget {
  spentMs: number;
  readonly limitMs: number;
}

/**
 * What this isolate may still do. Its deadline is module load + wall clock − margin, never request
 * time: the platform counts from the boot.
 */
export interface Isolate {
  /** Identity written into leases. */
  readonly workerId: string;
  readonly maxRuns: number;
  activeRuns: number;
  /** A run that crashed its isolate twice is driven alone. */
  isSolo: boolean;
  remainingMs(): number;
  /** Nothing driven yet, and at least half of the usable time left. */
  isFresh(): boolean;
  markDriven(): void;
  newCpuBudget(): CpuBudget;
  /** Largest step timeout that may start here; null when any may. */
  fitMs(): number | null;
}

export function createIsolate(
  limits: IsolateLimits,
  deps: { readonly clock: ClockPort; readonly workerId: string },
): Isolate {
  const usableMs = limits.wallClockMs - limits.safetyMarginMs;
  const deadlineAt = deps.clock.now() + usableMs;
  let hasDriven = false;
  const isolate: Isolate = {
    workerId: deps.workerId,
    maxRuns: limits.maxRuns,
    activeRuns: 0,
    isSolo: false,
    remainingMs: () => deadlineAt - deps.clock.now(),
    isFresh: () => !hasDriven && isolate.remainingMs() >= usableMs / 2,
    markDriven: () => {
      hasDriven = true;
    },
    newCpuBudget: () => ({ spentMs: 0, limitMs: limits.cpuMs }),
    fitMs: () => (isolate.isFresh() ? null : Math.max(0, Math.floor(isolate.remainingMs()))),
  };
  return isolate;
}
