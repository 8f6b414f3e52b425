/**
 * Runs inside each isolate process, before the function's unmodified `index.ts`: gives it what the
 * hosted runtime gives (`EdgeRuntime.waitUntil`, `beforeunload`) and a loopback port. Plain Deno 2.1
 * APIs only. Tells the gateway by marked lines on stdout: ready, busy, idle.
 */
const [entry, wallClockMs, bootedAt] = [Deno.args[0], Number(Deno.args[1]), Date.now()];
const MARK = "\u0001fleet ";

let open = 0;
function begin(): void {
  if (open++ === 0) console.log(`${MARK}busy`);
}
function end(): void {
  if (--open === 0) console.log(`${MARK}idle`);
}

const scope = globalThis as unknown as Record<string, unknown>;
scope.EdgeRuntime = {
  /** Keeps the isolate from being dropped early; never past the wall clock. */
  waitUntil<T>(work: Promise<T>): Promise<T> {
    begin();
    work.then(end, end);
    return work;
  },
};

type Handler = (request: Request, info: Deno.ServeHandlerInfo) => Response | Promise<Response>;
const serve = Deno.serve;

function serveOnLoopback(handler: Handler): Deno.HttpServer {
  return serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: ({ port }) => console.log(`${MARK}ready ${port}`),
  }, async (request, info) => {
    begin();
    try {
      return await handler(request, info);
    } finally {
      end();
    }
  });
}

Deno.serve = ((first: unknown, second?: unknown) => {
  const handler = [first, second].find((value) => typeof value === "function") ??
    (first as { handler?: Handler }).handler;
  return serveOnLoopback(handler as Handler);
}) as typeof Deno.serve;

// The runtime warns at nine tenths of the wall clock; it promises no time to finish anything.
const warning = setTimeout(() => {
  dispatchEvent(new CustomEvent("beforeunload", { detail: { reason: "wall_clock" } }));
}, Math.max(0, wallClockMs * 0.9 - (Date.now() - bootedAt)));
Deno.unrefTimer(warning);

const module = await import(entry);
if (typeof module.default?.fetch === "function") {
  serveOnLoopback((request) => module.default.fetch(request));
}
