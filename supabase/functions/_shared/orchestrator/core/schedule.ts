import { Cron } from "croner";

/** What decides when a schedule is due. */
export interface ScheduleTimes {
  /** Five fields; names of months and days allowed. */
  readonly cron_expression: string;
  /** IANA. */
  readonly timezone: string;
  /** Null: never computed, the first one is still to come. */
  readonly next_run_at: string | null;
  readonly missed_run_policy: string;
}

export interface SchedulePlan {
  /** Due times that run now, in order. */
  readonly due: readonly string[];
  /** Null: the expression names no day that ever comes. */
  readonly next: string | null;
}

/** A due time that nobody looked at for so long was missed; the sweep looks every ten seconds. */
export const MISSED_AFTER_MS = 5 * 60_000;

const HOUR_MS = 3_600_000;
/** How far back due times are looked for, in turn: a dense schedule never walks a year of minutes. */
const WINDOWS_MS = [1, 24, 7 * 24, 35 * 24, 370 * 24].map((hours) => hours * HOUR_MS);

/**
 * Which due times of a schedule run now, and when it is due next. `skip` runs the latest unless it was missed,
 * `run_once` the latest however late, `catch_up(n)` the last n.
 *
 * A time of day (one hour, one minute) happens once on its day: where the clocks go back the first time, where
 * they skip it as soon as they have. Any other expression is due whenever the wall clock shows a time of it.
 *
 * @throws Error when croner cannot read the expression or the zone
 */
export function planSchedule(schedule: ScheduleTimes, nowMs: number): SchedulePlan {
  const cron = new Cron(schedule.cron_expression, {
    timezone: schedule.timezone,
    mode: "5-part",
    paused: true,
  });
  const next = cron.nextRun(new Date(nowMs))?.toISOString() ?? null;
  if (schedule.next_run_at === null) return { due: [], next };
  const due = lastDueTimes(cron, {
    fromMs: Date.parse(schedule.next_run_at),
    toMs: nowMs,
    count: countOf(schedule.missed_run_policy),
  });
  const isMissed = schedule.missed_run_policy === "skip" &&
    nowMs - (due.at(-1) ?? nowMs) > MISSED_AFTER_MS;
  return { due: isMissed ? [] : due.map((at) => new Date(at).toISOString()), next };
}

/** How many of the missed times run: `catch_up(3)` is three. */
function countOf(policy: string): number {
  return Number(/^catch_up\((\d+)\)$/.exec(policy)?.[1] ?? 1);
}

/** The last `count` due times from `fromMs` through `toMs`, in order. The stored time is one, whoever set it. */
function lastDueTimes(
  cron: Cron,
  range: { readonly fromMs: number; readonly toMs: number; readonly count: number },
): readonly number[] {
  for (const windowMs of [...WINDOWS_MS, Infinity]) {
    const startMs = Math.max(range.fromMs, range.toMs - windowMs);
    const times = startMs === range.fromMs ? [startMs] : [];
    // croner answers strictly later times.
    for (let at = cron.nextRun(new Date(startMs)); at !== null; at = cron.nextRun(at)) {
      if (at.getTime() > range.toMs) break;
      times.push(at.getTime());
    }
    if (times.length >= range.count || startMs === range.fromMs) return times.slice(-range.count);
  }
  return [];
}
