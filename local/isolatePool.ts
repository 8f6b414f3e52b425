import type { Isolate, IsolateOptions } from "./isolate.ts";

export interface PoolOptions {
  /** Isolates that take requests at the same time. */
  readonly size: number;
  /** Starts one isolate; the pool decides when. */
  start(events: Pick<IsolateOptions, "onRetire">): Isolate;
}

/**
 * What an isolate is wanted for. `request`: the least busy. `bell`: the youngest, which has the most
 * time left. `fresh`: one that nobody used yet, for a run that the youngest had no room for.
 */
export type Purpose = "request" | "bell" | "fresh";

/** The isolates of one function: at most `size` that take requests; retired ones finish what they have. */
export interface IsolatePool {
  /** Null while a function that cannot boot is left alone, or no further fresh one is due. */
  pick(purpose: Purpose): Isolate | null;
  pids(): readonly number[];
  stop(): Promise<void>;
}

/** After a boot that failed, the next one waits: a function that cannot boot is not respawned per request. */
const BOOT_BACKOFF_MS = 1000;
const MAX_BOOT_BACKOFF_MS = 30_000;
/** Bells for runs that nobody can take yet must not start an isolate each. */
const FRESH_INTERVAL_MS = 2000;

export function createPool(options: PoolOptions): IsolatePool {
  let isolates: Isolate[] = [];
  let failedBoots = 0;
  let backOffUntil = 0;
  let lastFreshAt = 0;
  let isStopped = false;

  function taking(): Isolate[] {
    return isolates.filter((one) => !one.isDead && !one.isRetired && one.killedFor === null);
  }

  function add(): Isolate | null {
    if (isStopped || Date.now() < backOffUntil) return null;
    const isolate = options.start({
      // What it still drives keeps it busy; the work that comes in goes elsewhere at once.
      onRetire: () => {
        if (isolate.load > 0 && taking().length === 0) add();
      },
    });
    isolates.push(isolate);
    isolate.ready.then(() => {
      failedBoots = 0;
    }, () => {});
    isolate.ended.then(() => onEnded(isolate));
    return isolate;
  }

  function onEnded(isolate: Isolate): void {
    isolates = isolates.filter((one) => one !== isolate);
    if (isStopped || isolate.isRetired) return;
    if (!isolate.hasBooted && isolate.killedFor === null) {
      backOffUntil = Date.now() + Math.min(MAX_BOOT_BACKOFF_MS, BOOT_BACKOFF_MS * 2 ** failedBoots);
      failedBoots++;
    } else if (isolate.isUsed) {
      // One that died before anybody used it would only die again.
      add();
    }
  }

  function leastBusy(): Isolate | null {
    const ready = taking().sort((a, b) =>
      Number(b.hasBooted) - Number(a.hasBooted) || a.load - b.load || b.startedAt - a.startedAt
    );
    const best = ready[0];
    if (best === undefined) return add();
    // The next one boots while this one works: nobody waits for a boot that need not.
    const isBooting = ready.some((one) => !one.hasBooted);
    if (best.load > 0 && ready.length < options.size && !isBooting) add();
    return best;
  }

  function youngest(): Isolate | null {
    return taking().sort((a, b) =>
      Number(b.hasBooted) - Number(a.hasBooted) || b.startedAt - a.startedAt
    )[0] ?? add();
  }

  function fresh(): Isolate | null {
    const ready = taking();
    const unused = ready.find((isolate) => !isolate.isUsed);
    if (unused !== undefined) return unused;
    if (Date.now() - lastFreshAt < FRESH_INTERVAL_MS) return null;
    lastFreshAt = Date.now();
    const isolate = add();
    if (isolate !== null && ready.length >= options.size) {
      ready.sort((a, b) => a.startedAt - b.startedAt)[0].retire();
    }
    return isolate;
  }

  return {
    pick: (purpose) => {
      switch (purpose) {
        case "request":
          return leastBusy();
        case "bell":
          return youngest();
        case "fresh":
          return fresh();
      }
    },
    pids: () => isolates.filter((isolate) => !isolate.isDead).map((isolate) => isolate.pid),
    stop: async () => {
      isStopped = true;
      for (const isolate of isolates) isolate.kill();
      await Promise.all(isolates.map((isolate) => isolate.ended));
    },
  };
}
