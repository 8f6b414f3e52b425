/**
 * A vendor's API on this machine: real HTTP, its own memory of what it accepted, and faults on demand.
 * What a vendor documents (errors, paging, limits, keys) is in its own file beside this one.
 */

/** One request as the vendor saw it. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Headers;
  /** The body as JSON, or its text. */
  // deno-lint-ignore no-explicit-any -- a test reads what it expects
  readonly body: any;
  /** The credential, without its scheme. */
  readonly token: string;
}

/** What happens to the next matching request instead of, or after, its work. */
export type Fault =
  /** The work is done, the answer breaks off. */
  | "drop"
  | "500"
  | "html"
  /** 50 MB of JSON. */
  | "huge"
  | "redirect"
  /** No answer, ever. */
  | "hang"
  /** Google's word for too many requests where it is no 429. */
  | "quota"
  /** 404. */
  | "gone"
  | { readonly retryAfter: string };

export interface VendorServer extends AsyncDisposable {
  readonly url: string;
  readonly seen: Seen[];
  /** The next request whose path holds this meets the fault. */
  fail(path: string, fault: Fault): void;
}

export function serveVendor(work: (seen: Seen) => Response | Promise<Response>): VendorServer {
  const seen: Seen[] = [];
  const faults: { readonly path: string; readonly fault: Fault }[] = [];
  const stop = new AbortController();
  const server = Deno.serve(
    {
      hostname: "127.0.0.1",
      port: 0,
      signal: stop.signal,
      onListen: () => {},
      onError: () => new Response(null, { status: 500 }),
    },
    async (request) => {
      const url = new URL(request.url);
      const text = await request.text();
      const one: Seen = {
        method: request.method,
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers: request.headers,
        body: parse(text),
        token: (request.headers.get("authorization") ?? "").replace(/^Bearer /, "") ||
          request.headers.get("x-api-key") || request.headers.get("x-subscription-token") ||
          request.headers.get("x-meeting-baas-api-key") || "",
      };
      seen.push(one);
      const at = faults.findIndex(({ path }) => one.path.includes(path));
      if (at < 0) return work(one);
      const [{ fault }] = faults.splice(at, 1);
      return answerBadly(fault, () => work(one));
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    seen,
    fail: (path, fault) => void faults.push({ path, fault }),
    // A request that hangs must not hold the test.
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await server.finished;
    },
  };
}

function answerBadly(
  fault: Fault,
  work: () => Response | Promise<Response>,
): Response | Promise<Response> {
  if (typeof fault === "object") {
    return new Response("{}", { status: 429, headers: { "retry-after": fault.retryAfter } });
  }
  switch (fault) {
    case "500":
      return new Response("upstream", { status: 500 });
    case "quota":
      return Response.json({
        error: { code: 403, errors: [{ domain: "usageLimits", reason: "userRateLimitExceeded" }] },
      }, { status: 403 });
    case "html":
      return new Response("<html>sign in</html>", { headers: { "content-type": "text/html" } });
    case "gone":
      return new Response("{}", { status: 404 });
    case "hang":
      return new Promise(() => {});
    case "redirect":
      return new Response(null, { status: 302, headers: { location: "http://127.0.0.1:9/" } });
    case "huge": {
      let left = 50;
      return new Response(
        new ReadableStream({
          pull(controller) {
            if (left-- > 0) controller.enqueue(new Uint8Array(1024 * 1024).fill(32));
            else controller.close();
          },
        }),
      );
    }
    case "drop":
      void work();
      return new Response(
        new ReadableStream({
          start(controller) {
            controller.enqueue(new TextEncoder().encode("{"));
            controller.error(new Error("cut"));
          },
        }),
      );
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
