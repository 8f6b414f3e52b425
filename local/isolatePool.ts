import { type Isolate, startIsolate } from "./isolate.ts";

export interface PoolOptions {
  readonly functionName: string;
  readonly size: number;
  /** Starts one isolate; the pool decides when. */
  start(): Isolate;
}

/** After a boot that failed, the next one waits: a function that cannot boot is not respawned per request. */
const BOOT_BACKOFF_MS = 1000;

/** The isolates of one function: at most `size` that take requests, older ones finish what they have. */
export interface IsolatePool {
  /** For a request: the least busy one; another is started while all are busy and there is room. */
  pickLeastBusy(): Isolate;
  /** For a doorbell: the youngest, which has the most time left. */
  pickYoungest(): Isolate;
  /** For a doorbell that the youngest had no room for: one that nobody used yet. */
  pickFresh(): Isolate;
  pids(): readonly number[];
  isBackingOff(): boolean;
  stop(): Promise<void>;
}

export function createPool(options: PoolOptions): IsolatePool {
  let isolates: Isolate[] = [];
  let backOffUntil = 0;

  function taking(): Isolate[] {
    isolates = isolates.filter((isolate) => !isolate.isDead);
    return isolates.filter((isolate) => !isolate.isRetired && isolate.killedFor === null);
  }
  function add(): Isolate {
    const isolate = options.start();
    isolates.push(isolate);
    isolate.ready.catch(() => {
      backOffUntil = Date.now() + BOOT_BACKOFF_MS;
    });
    return isolate;
  }
  return {
    pickLeastBusy: () => {
      const ready = taking().sort((a, b) => a.inFlight - b.inFlight);
      if (ready.length === 0 || (ready[0].inFlight > 0 && ready.length < options.size)) {
        return add();
      }
      return ready[0];
    },
    pickYoungest: () => taking().sort((a, b) => b.bootedAt - a.bootedAt)[0] ?? add(),
    pickFresh: () => {
      const ready = taking();
      const unused = ready.find((isolate) => !isolate.isUsed);
      if (unused !== undefined) return unused;
      if (ready.length >= options.size) {
        ready.sort((a, b) => a.bootedAt - b.bootedAt)[0].isRetired = true;
      }
      return add();
    },
    pids: () => isolates.filter((isolate) => !isolate.isDead).map((isolate) => isolate.pid),
    isBackingOff: () => Date.now() < backOffUntil,
    stop: async () => {
      for (const isolate of isolates) isolate.kill();
      await Promise.all(isolates.map((isolate) => isolate.ended));
    },
  };
}

export { startIsolate };
