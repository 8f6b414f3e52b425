import { fromFileUrl } from "@std/path";

export interface IsolateOptions {
  readonly functionName: string;
  /** Absolute path of the function's `index.ts`, and of the config it runs under. */
  readonly entry: string;
  readonly config: string;
  readonly env: Readonly<Record<string, string>>;
  readonly wallClockMs: number;
  /** The Deno that runs functions; another version than ours in `ok:hosted`. */
  readonly denoPath: string;
  readonly denoArgs: readonly string[];
  onLog(line: string): void;
  onKill(reason: "wall_clock" | "cpu"): void;
}

/** One edge isolate: a Deno process under the platform's rules. */
export interface Isolate {
  readonly pid: number;
  readonly bootedAt: number;
  /** Requests under way, as the gateway sees them. */
  inFlight: number;
  /** Takes no new requests: half its wall clock is over, or it was replaced. */
  isRetired: boolean;
  /** Whether any request reached it. */
  isUsed: boolean;
  /** Why it was killed by us, if it was. */
  readonly killedFor: "wall_clock" | "cpu" | null;
  readonly isDead: boolean;
  /** Resolves to its port, or rejects when it ended before serving. */
  readonly ready: Promise<number>;
  readonly ended: Promise<void>;
  beginRequest(): void;
  endRequest(): void;
  kill(): void;
}

/** CPU a request may use before the platform's hard kill. */
const CPU_LIMIT_MS = 2000;
const CPU_CHECK_MS = 50;
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
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const { promise: ready, resolve, reject } = Promise.withResolvers<number>();
  ready.catch(() => {});

  let isIdle = true;
  let idleCpuMs = 0;
  let requestsSinceIdle = 0;
  let killedFor: "wall_clock" | "cpu" | null = null;
  let isDead = false;

  function killFor(reason: "wall_clock" | "cpu"): void {
    if (isDead || killedFor !== null) return;
    killedFor = reason;
    options.onKill(reason);
    kill();
  }
  function kill(): void {
    try {
      child.kill("SIGKILL");
    } catch {
      // It ended by itself in between.
    }
  }
  function onMark(mark: string): void {
    if (mark.startsWith("ready ")) {
      idleCpuMs = cpuMsOf(child.pid);
      resolve(Number(mark.slice(6)));
    } else if (mark === "busy") {
      isIdle = false;
    } else if (mark === "idle") {
      isIdle = true;
      idleCpuMs = cpuMsOf(child.pid);
      requestsSinceIdle = isolate.inFlight;
      if (isolate.isRetired && isolate.inFlight === 0) kill();
    }
  }

  const wallTimer = setTimeout(() => killFor("wall_clock"), options.wallClockMs);
  const retireTimer = setTimeout(() => {
    isolate.isRetired = true;
    if (isIdle && isolate.inFlight === 0) kill();
  }, options.wallClockMs / 2);
  const cpuTimer = setInterval(() => {
    if (isIdle) return;
    if (cpuMsOf(child.pid) - idleCpuMs > CPU_LIMIT_MS * Math.max(1, requestsSinceIdle)) {
      killFor("cpu");
    }
  }, CPU_CHECK_MS);

  readLines(
    child.stdout,
    (line) => line.startsWith(MARK) ? onMark(line.slice(MARK.length)) : options.onLog(line),
  );
  readLines(child.stderr, options.onLog);
  const ended = child.status.then(() => {
    isDead = true;
    clearTimeout(wallTimer);
    clearTimeout(retireTimer);
    clearInterval(cpuTimer);
    reject(new Error(`Function "${options.functionName}" did not boot`));
  });

  const isolate: Isolate = {
    pid: child.pid,
    bootedAt: Date.now(),
    inFlight: 0,
    isRetired: false,
    isUsed: false,
    get killedFor() {
      return killedFor;
    },
    get isDead() {
      return isDead;
    },
    ready,
    ended,
    beginRequest: () => {
      isolate.inFlight++;
      isolate.isUsed = true;
      requestsSinceIdle++;
    },
    endRequest: () => {
      isolate.inFlight--;
      if (isolate.isRetired && isIdle && isolate.inFlight === 0) kill();
    },
    kill,
  };
  return isolate;
}

/** User and system time of a process in ms, from /proc; 0 where there is none (not Linux). */
function cpuMsOf(pid: number): number {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // Clock ticks of 10 ms: fields 14 and 15 of proc(5), counted from the state field.
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return 0;
  }
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
