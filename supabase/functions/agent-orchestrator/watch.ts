import type { JobDetail, Orchestrator, OrgScope } from "../_shared/orchestrator/api.ts";
import { HttpError } from "../_shared/http/errors.ts";
import type { ClockPort } from "../_shared/ports/clock.ts";

const POLL_MS = 250;
/** A stream ends before the platform would end it; clients connect again. */
const STREAM_LIMIT_MS = 100_000;
/** Streams of one isolate: each holds the run's whole answer and asks the database four times a second. */
const MAX_STREAMS = 100;
const ENDED = ["completed", "failed", "cancelled"];

let openStreams = 0;

/**
 * Server-sent events: one `job` event per change of the run (the same body as the status answer), a
 * comment as keep-alive, `end` when the run ended.
 *
 * @throws HttpError 503 `busy` beyond the streams one isolate holds
 */
export function watchJob(
  first: JobDetail,
  options: {
    readonly orchestrator: () => Orchestrator;
    readonly clock: ClockPort;
    readonly scope: OrgScope;
    readonly signal: AbortSignal;
  },
): Response {
  if (openStreams >= MAX_STREAMS) {
    throw new HttpError(
      503,
      "busy",
      "Too many runs are watched here: try again, or ask for the status",
      {
        headers: { "retry-after": "2" },
      },
    );
  }
  openStreams++;
  const encoder = new TextEncoder();
  let isOpen = true;
  function close(): void {
    if (isOpen) openStreams--;
    isOpen = false;
  }
  const stream = new ReadableStream<Uint8Array>({
    async start(controller) {
      const send = (text: string) => {
        if (isOpen) controller.enqueue(encoder.encode(text));
      };
      const until = options.clock.now() + STREAM_LIMIT_MS;
      let seen = "";
      let job: JobDetail | null = first;
      try {
        while (isOpen && job !== null) {
          const text = JSON.stringify(job);
          send(text === seen ? ": waiting\n\n" : `event: job\ndata: ${text}\n\n`);
          seen = text;
          if (ENDED.includes(job.status)) {
            send("event: end\ndata: {}\n\n");
            break;
          }
          if (options.clock.now() >= until) break;
          await options.clock.sleep(POLL_MS);
          job = await options.orchestrator().getJob(job.id, options.scope);
        }
        if (isOpen) controller.close();
      } finally {
        close();
      }
    },
    cancel: close,
  });
  options.signal.addEventListener("abort", close);
  return new Response(stream, {
    headers: { "content-type": "text/event-stream", "cache-control": "no-store" },
  });
}
