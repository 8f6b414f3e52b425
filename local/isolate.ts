import { fromFileUrl } from "@std/path";
import { cpuMsOf } from "./processes.ts";

export interface IsolateOptions {
  readonly functionName: string;
  /** URL of the function's `index.ts`; path of the config it runs under. */
  readonly entry: string;
  readonly config: string;
  readonly env: Readonly<Record<string, string>>;
  readonly wallClockMs: number;
  /** The Deno that runs functions; another version than ours in `ok:hosted`. */
  readonly denoPath: string;
  readonly denoArgs: readonly string[];
  onLog(line: string): void;
  onKill(reason: KillReason): void;
  /** Half the wall clock is over: it finishes what it has. */
  onRetire(): void;
}

export type KillReason = "wall_clock" | "cpu";

/** One edge isolate: a Deno process under the platform's rules. */
export interface Isolate {
  readonly pid: number;
  /** When its process was started, ms since the epoch. */
  readonly startedAt: number;
  readonly hasBooted: boolean;
  /** Requests under way as the gateway sees them, and promises under `waitUntil`. */
  readonly load: number;
  /** Takes no new requests: half its wall clock is over, or it was replaced. */
  readonly isRetired: boolean;
  /** Whether any request was sent to it. */
  readonly isUsed: boolean;
  /** Requests whose handler began, as the isolate itself says. */
  readonly seenCount: number;
  /** Why it was killed by us, if it was. */
  readonly killedFor: KillReason | null;
  readonly isDead: boolean;
  /** Resolves to its port, or rejects when it ended before serving. */
  readonly ready: Promise<number>;
  readonly ended: Promise<void>;
  beginRequest(): void;
  endRequest(): void;
  /** No new requests; ends as soon as it is idle. */
  retire(): void;
  kill(): void;
}

/** CPU a request may use before the platform's hard kill. */
const CPU_LIMIT_MS = 2000;
const CPU_CHECK_MS = 50;
/** Compiling a large function on a busy machine takes seconds; forever is a bug. */
const BOOT_LIMIT_MS = 60_000;
const MARK = "\u0001fleet ";

export function startIsolate(options: IsolateOptions): Isolate {
  const child = new Deno.Command(options.denoPath, {
    args: [
      "run",
      "-A",
      "--quiet",
      "--no-prompt",
      ...options.denoArgs,
      "--config",
      options.config,
      fromFileUrl(new URL("./isolateBoot.ts", import.meta.url)),
      options.entry,
      String(options.wallClockMs),
    ],
    clearEnv: true,
    env: options.env,
    // Never written to: its end tells the isolate that the gateway is gone.
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    // A Ctrl-C in the terminal is the gateway's to handle.
    detached: true,
  }).spawn();
  const { promise: ready, resolve, reject } = Promise.withResolvers<number>();
  ready.catch(() => {});

  let hasBooted = false;
  let inFlight = 0;
  let background = 0;
  let isUsed = false;
  let seenCount = 0;
  let isRetired = false;
  let isDead = false;
  let killedFor: KillReason | null = null;
  // As the isolate itself says: no handler runs and no `waitUntil` promise is pending.
  let isIdle = true;
  let idleCpuMs = 0;
  let requestsSinceIdle = 0;
  let timers: ReturnType<typeof setTimeout>[] = [setTimeout(kill, BOOT_LIMIT_MS)];

  function kill(): void {
    try {
      child.kill("SIGKILL");
    } catch {
      // It ended by itself in between.
    }
  }
  function killFor(reason: KillReason): void {
    if (isDead || killedFor !== null) return;
    killedFor = reason;
    options.onKill(reason);
    kill();
  }
  function killIfDone(): void {
    if (isRetired && isIdle && inFlight === 0) kill();
  }
  function retire(): void {
    if (isRetired) return;
    isRetired = true;
    options.onRetire();
    killIfDone();
  }
  function startTimers(): void {
    for (const timer of timers) clearTimeout(timer);
    timers = [
      setTimeout(() => killFor("wall_clock"), options.wallClockMs),
      setTimeout(retire, options.wallClockMs / 2),
      setInterval(() => {
        if (isIdle || !hasBooted) return;
        const spentMs = cpuMsOf(child.pid) - idleCpuMs;
        if (spentMs > CPU_LIMIT_MS * Math.max(1, requestsSinceIdle)) killFor("cpu");
      }, CPU_CHECK_MS),
    ];
  }
  function onMark(mark: string): void {
    const [word, value] = mark.split(" ");
    if (word === "boot") startTimers();
    else if (word === "ready") {
      hasBooted = true;
      idleCpuMs = cpuMsOf(child.pid);
      resolve(Number(value));
    } else if (word === "busy") isIdle = false;
    else if (word === "request") seenCount = Number(value);
    else if (word === "background") background = Number(value);
    else if (word === "idle") {
      isIdle = true;
      idleCpuMs = cpuMsOf(child.pid);
      requestsSinceIdle = inFlight;
      killIfDone();
    }
  }

  const told = readLines(child.stdout, (line) => {
    const at = line.indexOf(MARK);
    if (at !== 0 && line !== "") options.onLog(at === -1 ? line : line.slice(0, at));
    if (at !== -1) onMark(line.slice(at + MARK.length));
  });
  readLines(child.stderr, options.onLog);
  const ended = child.status.then(async () => {
    isDead = true;
    for (const timer of timers) clearTimeout(timer);
    reject(new Error(`Function "${options.functionName}" did not boot`));
    // Its last words may still be on their way.
    await told;
    await child.stdin.close().catch(() => {
      // Its reader is gone, which is the same.
    });
  });

  return {
    pid: child.pid,
    startedAt: Date.now(),
    get hasBooted() {
      return hasBooted;
    },
    get load() {
      return inFlight + background;
    },
    get isRetired() {
      return isRetired;
    },
    get isUsed() {
      return isUsed;
    },
    get seenCount() {
      return seenCount;
    },
    get killedFor() {
      return killedFor;
    },
    get isDead() {
      return isDead;
    },
    ready,
    ended,
    beginRequest: () => {
      inFlight++;
      requestsSinceIdle++;
      isUsed = true;
    },
    endRequest: () => {
      inFlight--;
      killIfDone();
    },
    retire,
    kill,
  };
}

async function readLines(
  stream: ReadableStream<Uint8Array>,
  onLine: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  }
  if (rest !== "") onLine(rest);
}
