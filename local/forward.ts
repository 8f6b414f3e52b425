import type { Isolate } from "./isolate.ts";
import { problem } from "./problem.ts";

/** One request on its way to an isolate. */
export interface Outbound {
  readonly method: string;
  /** As the function sees it: `/<name>/…?query`. */
  readonly path: string;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer> | null;
}

/** Headers that belong to one connection, not to the message. */
const HOP_BY_HOP = [
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/**
 * Sends a request to an isolate and answers as the platform would: 546 when the isolate was killed for
 * its limits, 502 when it died otherwise, 503 when it never booted. Null: it was dead already and saw
 * nothing of the request, which another may have.
 */
export async function forward(isolate: Isolate, request: Outbound): Promise<Response | null> {
  isolate.beginRequest();
  const seenBefore = isolate.seenCount;
  let isOpen = true;
  const end = () => {
    if (isOpen) isolate.endRequest();
    isOpen = false;
  };
  try {
    const port = await isolate.ready;
    const response = await fetch(`http://127.0.0.1:${port}${request.path}`, {
      method: request.method,
      headers: outboundHeaders(request.headers),
      body: request.body,
      redirect: "manual",
    });
    const headers = new Headers(response.headers);
    for (const name of HOP_BY_HOP) headers.delete(name);
    const { status } = response;
    if (response.body === null) {
      end();
      return new Response(null, { status, headers });
    }
    if (response.headers.has("content-length")) {
      // Short and whole: a kill in the middle is still answered with 546.
      const body = await response.bytes();
      end();
      return new Response(body, { status, headers });
    }
    return new Response(watchEnd(response.body, end), { status, headers });
  } catch {
    end();
    const hasDied = await isDeadSoon(isolate);
    // Nobody began anything since it was sent: it may go to another without being done twice.
    const isUnseen = isolate.hasBooted && isolate.seenCount === seenBefore;
    return hasDied && isUnseen && isolate.killedFor === null ? null : explain(isolate);
  }
}

function outboundHeaders(from: Headers): Headers {
  const headers = new Headers(from);
  for (const name of HOP_BY_HOP) headers.delete(name);
  const host = from.get("host");
  if (host !== null) headers.set("x-forwarded-host", host);
  headers.set("x-forwarded-proto", "http");
  // Bodies compressed by an older runtime broke on the way: take them plain.
  headers.set("accept-encoding", "identity");
  return headers;
}

/** How long a process that broke off a request may take to be seen dead. */
const DEATH_LIMIT_MS = 1000;

async function isDeadSoon(isolate: Isolate): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), DEATH_LIMIT_MS);
  });
  const hasDied = await Promise.race([isolate.ended.then(() => true), late]);
  clearTimeout(timer);
  return hasDied;
}

function explain(isolate: Isolate): Response {
  if (isolate.killedFor !== null) {
    return problem(
      546,
      "WORKER_LIMIT",
      "Function failed due to not having enough compute resources (please check logs)",
    );
  }
  return isolate.hasBooted
    ? problem(502, "WORKER_ERROR", "Function exited before it answered (please check logs)")
    : bootError();
}

export function bootError(): Response {
  return problem(503, "BOOT_ERROR", "Function failed to start (please check logs)", {
    "retry-after": "1",
  });
}

/** Passes a stream on and calls `onEnd` once, whether it ends, breaks or its reader leaves. */
function watchEnd(
  body: ReadableStream<Uint8Array>,
  onEnd: () => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        onEnd();
        controller.close();
      } catch (error) {
        onEnd();
        controller.error(error);
      }
    },
    async cancel(reason) {
      onEnd();
      await reader.cancel(reason).catch(() => {
        // The isolate is gone: nobody is left to tell.
      });
    },
  });
}
