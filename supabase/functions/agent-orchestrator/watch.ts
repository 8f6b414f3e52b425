import type { JobDetail, Orchestrator, OrgScope } from "../_shared/orchestrator/api.ts";
import type { ClockPort } from "../_shared/ports/clock.ts";

const POLL_MS = 250;
/** A stream ends before the platform would end it; clients connect again. */
const STREAM_LIMIT_MS = 100_000;
const ENDED = ["completed", "failed", "cancelled"];

/**
 * Server-sent events: one `job` event per change of the run (the same body as the status answer), a
 * comment as keep-alive, `end` when the run ended.
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
  const encoder = new TextEncoder();
  let isOpen = true;
  const stream = new ReadableStream<Uint8Array>({
    async start(controller) {
      const send = (text: string) => {
        if (isOpen) controller.enqueue(encoder.encode(text));
      };
      const until = options.clock.now() + STREAM_LIMIT_MS;
      let seen = "";
      let job: JobDetail | null = first;
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
    },
    cancel() {
      isOpen = false;
    },
  });
  options.signal.addEventListener("abort", () => {
    isOpen = false;
  });
  return new Response(stream, {
    headers: { "content-type": "text/event-stream", "cache-control": "no-store" },
  });
}
