/** Answers of running steps, taken together: those that arrive while a commit is under way share the next one. */
export interface Mailbox<T> {
  put(item: T): void;
  drain(): readonly T[];
  /** Resolves once something is there or the signal aborts. */
  wait(signal: AbortSignal): Promise<void>;
}

export function createMailbox<T>(): Mailbox<T> {
  let items: T[] = [];
  let wake: (() => void) | null = null;
  return {
    put: (item) => {
      items.push(item);
      wake?.();
    },
    drain: () => {
      const taken = items;
      items = [];
      return taken;
    },
    wait: (signal) => {
      if (items.length > 0 || signal.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const done = () => {
          wake = null;
          signal.removeEventListener("abort", done);
          resolve();
        };
        wake = done;
        signal.addEventListener("abort", done, { once: true });
      });
    },
  };
}
