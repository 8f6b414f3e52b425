/** Time for code outside SQL. Leases, schedules and expiries use the database's `fleet.now()` instead. */
export interface ClockPort {
  /** Whole milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms`, or rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `then` after `ms`, unless the returned function is called before. */
  after(ms: number, then: () => void): () => void;
}
