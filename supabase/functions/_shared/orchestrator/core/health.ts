/** What `fleet.read_health` found; further fields name the subject. */
export interface HealthFact {
  readonly code:
    | "sweep_late"
    | "run_waiting"
    | "dead_letters"
    | "unrouted_events"
    | "connection_expired"
    | "watch_expired"
    | "watch_expiring";
  /** Absent for what concerns the whole project. */
  readonly org_id?: string;
  readonly [field: string]: unknown;
}

export interface HealthFacts {
  readonly reasons: readonly HealthFact[];
  readonly warnings: readonly HealthFact[];
}

export type DescribedFact = HealthFact & { readonly message: string };

export interface Health {
  /** `failing`: at least one reason. A warning alone is `ok`. */
  readonly status: "ok" | "failing";
  readonly reasons: readonly DescribedFact[];
  readonly warnings: readonly DescribedFact[];
}

/** A sweep later than so many intervals is called dead (contract.md §6). */
export const LATE_SWEEP_INTERVALS = 3;

/** Each fact with one sentence: what is wrong and what to do. */
export function describeHealth({ reasons, warnings }: HealthFacts): Health {
  const describe = (fact: HealthFact) => ({ ...fact, message: sentenceOf(fact) });
  return {
    status: reasons.length > 0 ? "failing" : "ok",
    reasons: reasons.map(describe),
    warnings: warnings.map(describe),
  };
}

function sentenceOf(fact: HealthFact): string {
  switch (fact.code) {
    case "sweep_late":
      return "The last sweep is more than three intervals ago: look at pg_cron's job fleet-sweep";
    case "run_waiting":
      return `${fact.count} due run(s) have waited for more than two minutes: look at the functions' logs`;
    case "dead_letters":
      return `${fact.count} letters wait, more than ${fact.threshold}: retry or abandon them`;
    case "unrouted_events":
      return `${fact.count} events of the last day have no route, more than ${fact.threshold}: add one or switch their source off`;
    case "connection_expired":
      return `A ${fact.provider} account no longer lets us in: its owner has to connect it again`;
    case "watch_expired":
      return `Nobody tells us of changes in a ${fact.provider} mailbox any more; it is read hourly: look at its watch_due runs`;
    case "watch_expiring":
      return `The watch of a ${fact.provider} mailbox ends within 48 hours: renewing it fails, look at its watch_due runs`;
  }
}
