/**
 * Runs inside each isolate process, before the function's unmodified `index.ts`: gives it what the
 * hosted runtime gives (`EdgeRuntime.waitUntil`, `beforeunload`) and a loopback port. Plain Deno 2.1
 * APIs only. Tells the gateway by marked lines on stdout: boot, ready, request, busy, idle, background.
 */
const [entry, wallClockMs] = [Deno.args[0], Number(Deno.args[1])];
const encoder = new TextEncoder();

/** Written at once and past `console`, which a function may replace. */
function tell(mark: string): void {
  Deno.stdout.writeSync(encoder.encode(`\u0001fleet ${mark}\n`));
}

// The platform counts an isolate's time from here.
tell("boot");

// The gateway holds the other end of stdin: it is gone, so nobody would ever stop this process.
(async () => {
  for await (const _ of Deno.stdin.readable) { /* nothing is ever sent */ }
  Deno.exit(0);
})();

// Needed to start Deno, absent on the platform.
for (const name of ["HOME", "PATH", "DENO_DIR", "TMPDIR"]) Deno.env.delete(name);

let open = 0;
let requests = 0;
let background = 0;
function begin(): void {
  if (open++ === 0) tell("busy");
}
function end(): void {
  if (--open === 0) tell("idle");
}

const scope = globalThis as unknown as Record<string, unknown>;
scope.EdgeRuntime = {
  /** Keeps the isolate from being dropped early; never past the wall clock. Only a promise counts. */
  waitUntil<T>(work: T): T {
    if (!(work instanceof Promise)) return work;
    begin();
    tell(`background ${++background}`);
    const settled = () => {
      tell(`background ${--background}`);
      end();
    };
    work.then(settled, settled);
    return work;
  },
};

type Handler = (request: Request, info: Deno.ServeHandlerInfo) => Response | Promise<Response>;
type ServeOptions = { handler?: Handler; onError?: (error: unknown) => Response };
const serve = Deno.serve;

function serveOnLoopback(handler: Handler, options: ServeOptions = {}): Deno.HttpServer {
  return serve({
    hostname: "127.0.0.1",
    port: 0,
    ...(options.onError === undefined ? {} : { onError: options.onError }),
    onListen: ({ port }) => tell(`ready ${port}`),
  }, async (request, info) => {
    // Before the handler: a request that is not told here was never seen.
    tell(`request ${++requests}`);
    begin();
    try {
      return await handler(request, info);
    } finally {
      end();
    }
  });
}

Deno.serve = ((first: Handler | ServeOptions, second?: Handler) => {
  if (typeof first === "function") return serveOnLoopback(first);
  const handler = second ?? first.handler;
  if (handler === undefined) throw new TypeError("A handler function must be provided");
  return serveOnLoopback(handler, first);
}) as typeof Deno.serve;

// The runtime warns at nine tenths of the wall clock; it promises no time to finish anything.
const warning = setTimeout(() => {
  dispatchEvent(new CustomEvent("beforeunload", { detail: { reason: "wall_clock" } }));
}, wallClockMs * 0.9);
Deno.unrefTimer(warning);

const module = await import(entry);
if (typeof module.default?.fetch === "function") {
  serveOnLoopback((request) => module.default.fetch(request));
}
