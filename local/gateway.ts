/**
 * The gateway in front of the functions, on Supabase's usual paths: one process per isolate under the
 * platform's rules. Every folder with an `index.ts` is served, ours or not.
 */
import { join, toFileUrl } from "@std/path";
import { jwtVerify } from "jose";
import type { StackKeys } from "./keys.ts";
import { readFunctionConfig } from "./functionConfig.ts";
import { startIsolate } from "./isolate.ts";
import { createPool, type IsolatePool } from "./isolatePool.ts";

export interface GatewayOptions {
  readonly port: number;
  /** Folders that hold function folders, first match wins. */
  readonly functionDirs: readonly string[];
  readonly keys: StackKeys;
  /** Environment of every isolate. */
  readonly env: Readonly<Record<string, string>>;
  readonly workers: number;
  readonly wallClockMs: number;
  readonly wake: "on" | "off" | "duplicate";
  /** NDJSON: one line per request and per kill. */
  readonly logPath: string;
  /** What functions print. */
  readonly functionLogPath: string;
  readonly denoPath: string;
  readonly denoArgs: readonly string[];
}

export interface Gateway {
  readonly port: number;
  pids(): Readonly<Record<string, readonly number[]>>;
  stop(): Promise<void>;
}

type Kind = "start" | "resume" | "event" | "sweep" | "other";

interface Incoming {
  readonly functionName: string;
  readonly request: Request;
  readonly path: string;
  readonly body: Uint8Array<ArrayBuffer> | null;
  readonly kind: Kind;
  readonly id: string | null;
}

const NAME = /^[a-z][a-z0-9-]{0,62}$/;
/** Beyond every limit of ours; a function answers its own 413 below it. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

export function startGateway(options: GatewayOptions): Gateway {
  const pools = new Map<string, IsolatePool>();
  const log = Deno.openSync(options.logPath, { create: true, append: true });
  const functionLog = Deno.openSync(options.functionLogPath, { create: true, append: true });
  const note = (file: Deno.FsFile, line: unknown) =>
    file.writeSync(
      new TextEncoder().encode((typeof line === "string" ? line : JSON.stringify(line)) + "\n"),
    );

  function poolOf(functionName: string, entry: string): IsolatePool {
    const known = pools.get(functionName);
    if (known !== undefined) return known;
    const pool = createPool({
      functionName,
      size: options.workers,
      start: () => {
        const isolate = startIsolate({
          functionName,
          entry: toFileUrl(entry).href,
          config: configFor(entry),
          env: { ...options.env, SUPABASE_FUNCTION_SLUG: functionName },
          wallClockMs: options.wallClockMs,
          denoPath: options.denoPath,
          denoArgs: options.denoArgs,
          onLog: (line) => note(functionLog, `[${functionName}] ${line}`),
          onKill: (reason) => note(log, { at: new Date().toISOString(), pid: isolate.pid, reason }),
        });
        return isolate;
      },
    });
    pools.set(functionName, pool);
    return pool;
  }

  async function forward(
    incoming: Incoming,
    pool: IsolatePool,
    pick: keyof IsolatePool & `pick${string}`,
  ): Promise<Response> {
    const isolate = pool[pick]();
    isolate.beginRequest();
    let status = 503;
    try {
      const port = await isolate.ready;
      const headers = new Headers(incoming.request.headers);
      headers.delete("host");
      // Bodies compressed by an older runtime broke on the way: take them plain.
      headers.set("accept-encoding", "identity");
      const response = await fetch(`http://127.0.0.1:${port}${incoming.path}`, {
        method: incoming.request.method,
        headers,
        body: incoming.body,
        redirect: "manual",
      });
      status = response.status;
      if (!isStream(response)) {
        const body = await response.arrayBuffer();
        return new Response(body.byteLength === 0 ? null : body, {
          status,
          headers: response.headers,
        });
      }
      return new Response(response.body, { status, headers: response.headers });
    } catch {
      if (isolate.killedFor !== null) {
        status = 546;
        return problem(
          546,
          "WORKER_LIMIT",
          "Function failed due to not having enough compute resources",
        );
      }
      const didBoot = await isolate.ready.then(() => true, () => false);
      status = didBoot ? 502 : 503;
      return didBoot
        ? problem(502, "WORKER_ERROR", "Function exited before it answered")
        : problem(503, "BOOT_ERROR", "Function failed to start (please check logs)");
    } finally {
      isolate.endRequest();
      note(log, {
        at: new Date().toISOString(),
        function: incoming.functionName,
        pid: isolate.pid,
        kind: incoming.kind,
        id: incoming.id,
        status,
      });
    }
  }

  /** A doorbell may be lost or doubled here on purpose; a run with no room is rung in a fresh isolate. */
  async function ring(incoming: Incoming, pool: IsolatePool): Promise<Response> {
    if (options.wake === "off") return Response.json({ claimed: false }, { status: 202 });
    const [response] = await Promise.all(
      Array.from(
        { length: options.wake === "duplicate" ? 2 : 1 },
        () => forward(incoming, pool, "pickYoungest"),
      ),
    );
    const answer = await response.clone().json().catch(() => null);
    return answer?.claimed === false && answer?.due === true
      ? await forward(incoming, pool, "pickFresh")
      : response;
  }

  async function handle(request: Request): Promise<Response> {
    const url = new URL(request.url);
    if (url.pathname === "/_local/pids") {
      return Response.json(
        Object.fromEntries([...pools].map(([name, pool]) => [name, pool.pids()])),
      );
    }
    const match = url.pathname.match(/^\/functions\/v1\/([^/]+)(\/.*)?$/);
    if (match === null) return notServed(url.pathname);
    const functionName = match[1];
    const entry = NAME.test(functionName) ? findFunction(options.functionDirs, functionName) : null;
    if (entry === null) return problem(404, "NOT_FOUND", "Requested function was not found");
    const config = await readFunctionConfig(functionName);
    if (config.verifyJwt && request.method !== "OPTIONS") {
      const refused = await refuseJwt(request, options.keys);
      if (refused !== null) return refused;
    }
    const pool = poolOf(functionName, entry);
    if (pool.isBackingOff()) {
      return problem(503, "BOOT_ERROR", "Function failed to start (please check logs)");
    }
    const body = request.body === null ? null : await readBody(request);
    if (body === "too large") return problem(413, "PAYLOAD_TOO_LARGE", "Body over 32 MiB");
    const { kind, id, isBell } = classify(functionName, request.method, body);
    const incoming = {
      functionName,
      request,
      path: `/${functionName}${match[2] ?? ""}${url.search}`,
      body,
      kind,
      id,
    };
    return isBell ? await ring(incoming, pool) : await forward(incoming, pool, "pickLeastBusy");
  }

  const server = Deno.serve(
    { hostname: "127.0.0.1", port: options.port, onListen: () => {} },
    (request) =>
      handle(request).catch((error) => {
        note(functionLog, `[gateway] ${error}`);
        return problem(500, "GATEWAY_ERROR", "The local gateway failed");
      }),
  );
  return {
    port: server.addr.port,
    pids: () => Object.fromEntries([...pools].map(([name, pool]) => [name, pool.pids()])),
    stop: async () => {
      await Promise.all([...pools.values()].map((pool) => pool.stop()));
      await server.shutdown();
      log.close();
      functionLog.close();
    },
  };
}

function isStream(response: Response): boolean {
  return response.headers.get("content-type")?.startsWith("text/event-stream") ?? false;
}

async function readBody(request: Request): Promise<Uint8Array<ArrayBuffer> | "too large"> {
  const body = await request.bytes();
  return body.byteLength > MAX_BODY_BYTES ? "too large" : body;
}

/** What a request is, by its body: the log counts hand-overs and follow-ups with it. */
function classify(
  functionName: string,
  method: string,
  body: Uint8Array | null,
): { kind: Kind; id: string | null; isBell: boolean } {
  const other = { kind: "other", id: null, isBell: false } as const;
  if (functionName !== "agent-orchestrator" || method !== "POST" || body === null) return other;
  let json: Record<string, unknown>;
  try {
    json = JSON.parse(new TextDecoder().decode(body));
  } catch {
    return other;
  }
  if (typeof json !== "object" || json === null) return other;
  const text = (value: unknown) => (typeof value === "string" ? value : null);
  if ("resume_job_id" in json) {
    return { kind: "resume", id: text(json.resume_job_id), isBell: !("approval_data" in json) };
  }
  if ("event_id" in json) return { kind: "event", id: text(json.event_id), isBell: true };
  if (json.action === "sweep") return { kind: "sweep", id: null, isBell: false };
  return "type" in json ? { kind: "start", id: text(json.idempotency_key), isBell: false } : other;
}

function findFunction(dirs: readonly string[], name: string): string | null {
  for (const dir of dirs) {
    const entry = join(dir, name, "index.ts");
    try {
      if (Deno.statSync(entry).isFile) return entry;
    } catch {
      continue;
    }
  }
  return null;
}

/** A function's own deno.json, as hosted; one without runs under the project's. */
function configFor(entry: string): string {
  const own = join(entry, "..", "deno.json");
  try {
    Deno.statSync(own);
    return own;
  } catch {
    return new URL("../deno.json", import.meta.url).pathname;
  }
}

/** The platform's own token check, for functions that leave `verify_jwt` on. */
async function refuseJwt(request: Request, keys: StackKeys): Promise<Response | null> {
  const token = request.headers.get("authorization")?.match(/^Bearer (.+)$/i)?.[1];
  if (token === undefined) {
    return problem(401, "UNAUTHORIZED_NO_AUTH_HEADER", "Missing authorization header");
  }
  if (token.split(".").length !== 3) {
    return problem(401, "UNAUTHORIZED_INVALID_JWT_FORMAT", "Invalid JWT format");
  }
  try {
    await jwtVerify(token, new TextEncoder().encode(keys.JWT_SECRET), { algorithms: ["HS256"] });
    return null;
  } catch {
    return problem(401, "UNAUTHORIZED_JWT", "Invalid JWT");
  }
}

function notServed(path: string): Response {
  const missing = ["/rest/v1", "/realtime/v1", "/auth/v1", "/storage/v1"].find((prefix) =>
    path.startsWith(prefix)
  );
  return missing === undefined ? problem(404, "NOT_FOUND", "No such path") : problem(
    501,
    "NOT_IMPLEMENTED",
    `The embedded stack has no server for ${missing}; see docs/differences-to-hosted.md`,
  );
}

function problem(status: number, code: string, message: string): Response {
  return Response.json({ code, message }, { status, headers: { "sb-error-code": code } });
}
