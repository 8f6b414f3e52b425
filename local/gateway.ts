/**
 * The gateway in front of the functions, on Supabase's usual paths: one process per isolate under the
 * platform's rules. Every folder with an `index.ts` is served, ours or not.
 */
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { classifyRequest } from "./doorbells.ts";
import { bootError, forward, type Outbound } from "./forward.ts";
import { findFunction, type FunctionEntry } from "./functionFolders.ts";
import { type Isolate, startIsolate } from "./isolate.ts";
import { createPool, type IsolatePool, type Purpose } from "./isolatePool.ts";
import { problem } from "./problem.ts";
import { refuseJwt } from "./verifyJwt.ts";

export interface GatewayOptions {
  readonly port: number;
  /** Folders that hold function folders, first match wins. */
  readonly functionDirs: readonly string[];
  readonly jwtSecret: string;
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
  /** Lock file that pins what functions import, copied for each so that none can change ours; null: none. */
  readonly lock: { readonly source: string; readonly copies: string } | null;
  /** Shows the lines of functions as they come. */
  onLog?(line: string): void;
}

export interface Gateway {
  readonly port: number;
  /** Living isolates by function. */
  pids(): Readonly<Record<string, readonly number[]>>;
  stop(): Promise<void>;
}

/** Beyond every limit of ours; a function answers its own 413 below it. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;
const FUNCTION_PATH = /^\/functions\/v1\/([^/]+)(\/.*)?$/;
/** Paths of Supabase that the embedded stack has no server for. */
const NOT_SERVED = ["/rest/v1", "/graphql/v1", "/realtime/v1", "/auth/v1", "/storage/v1"];

export function startGateway(options: GatewayOptions): Gateway {
  const pools = new Map<string, IsolatePool>();
  const log = openLines(options.logPath);
  const functionLog = openLines(options.functionLogPath);

  function say(line: string): void {
    functionLog.write(line);
    options.onLog?.(line);
  }

  function note(functionName: string, call: Call): void {
    const { kind, id, pid, status } = call;
    log.write(JSON.stringify({ at: now(), function: functionName, pid, kind, id, status }));
  }

  function poolOf(functionName: string, found: FunctionEntry): IsolatePool {
    // The entry is part of the key: a function that moves gets isolates of its own.
    const key = `${functionName} ${found.entry}`;
    const known = pools.get(key);
    if (known !== undefined) return known;
    const denoArgs = lockArgs(options.lock, functionName);
    const pool = createPool({
      size: options.workers,
      start: ({ onRetire }) => {
        const isolate = startIsolate({
          functionName,
          entry: pathToFileURL(found.entry).href,
          config: found.config,
          env: { ...options.env, SUPABASE_FUNCTION_SLUG: functionName },
          wallClockMs: options.wallClockMs,
          denoPath: options.denoPath,
          denoArgs,
          onLog: (line) => say(`[${functionName}] ${line}`),
          onKill: (reason) => log.write(JSON.stringify({ at: now(), pid: isolate.pid, reason })),
          onRetire,
        });
        return isolate;
      },
    });
    pools.set(key, pool);
    return pool;
  }

  /** One delivery of a request. */
  async function deliver(incoming: Incoming, purpose: Purpose): Promise<Delivered | null> {
    const isolate = incoming.pool.pick(purpose);
    if (isolate === null) return null;
    const wasUsed = isolate.isUsed;
    const response = await forward(isolate, incoming.outbound);
    // Only while its death has not been noticed; by now it has, so this ends.
    if (response === null) return await deliver(incoming, purpose);
    return { response, isolate, wasUsed };
  }

  async function noteDelivered(
    incoming: Incoming,
    { response, isolate }: Delivered,
  ): Promise<void> {
    const { kind } = incoming;
    const id = kind === "start" ? await readJobId(response) : incoming.id;
    note(incoming.functionName, { kind, id, pid: isolate.pid, status: response.status });
  }

  /** A doorbell may be lost or doubled here on purpose; a run with no room is rung in a fresh isolate. */
  async function ring(incoming: Incoming): Promise<Response> {
    if (options.wake === "off") {
      const { kind, id } = incoming;
      note(incoming.functionName, { kind, id, pid: null, status: 202 });
      return Response.json({ claimed: false }, { status: 202 });
    }
    const times = options.wake === "duplicate" ? 2 : 1;
    const delivered = (await Promise.all(
      Array.from({ length: times }, () => deliver(incoming, "bell")),
    )).filter((one) => one !== null);
    if (delivered.length === 0) return bootError();
    const answers = await Promise.all(delivered.map((one) => readClaimed(one.response)));
    // It is due and nobody claimed it, and the one that was asked is not as fresh as they come.
    const isLeft = answers.every((answer) => answer.claimed === false && answer.due);
    if (isLeft && delivered.some((one) => one.wasUsed)) {
      const again = await deliver(incoming, "fresh");
      if (again !== null) {
        await noteDelivered(incoming, again);
        return again.response;
      }
    }
    // A line per bell that was rung, however often it had to be passed on.
    for (const one of delivered) await noteDelivered(incoming, one);
    return delivered[Math.max(0, answers.findIndex((answer) => answer.claimed))].response;
  }

  async function handle(request: Request): Promise<Response> {
    const url = new URL(request.url);
    if (url.pathname === "/_local/pids") return Response.json(pids());
    const [, functionName, rest] = url.pathname.match(FUNCTION_PATH) ?? [];
    if (functionName === undefined) return refusePath(url.pathname);
    const found = findFunction(options.functionDirs, functionName);
    if (found === null) return problem(404, "NOT_FOUND", "Requested function was not found");
    // Read first: answering before the body has arrived breaks the client's connection.
    const body = await readBody(request);
    if (body === "too large") return problem(413, "PAYLOAD_TOO_LARGE", "Body over 32 MiB");
    const call = classifyRequest(functionName, request.method, body);
    if (found.verifyJwt && request.method !== "OPTIONS") {
      const refused = await refuseJwt(request, options.jwtSecret);
      if (refused !== null) {
        note(functionName, { ...call, pid: null, status: refused.status });
        return refused;
      }
    }
    const incoming: Incoming = {
      functionName,
      pool: poolOf(functionName, found),
      kind: call.kind,
      id: call.id,
      outbound: {
        method: request.method,
        path: `/${functionName}${rest ?? ""}${url.search}`,
        headers: request.headers,
        body,
      },
    };
    if (call.isBell) return await ring(incoming);
    const delivered = await deliver(incoming, "request");
    if (delivered !== null) {
      await noteDelivered(incoming, delivered);
      return delivered.response;
    }
    note(functionName, { ...call, pid: null, status: 503 });
    return bootError();
  }

  function pids(): Readonly<Record<string, readonly number[]>> {
    const byName: Record<string, number[]> = {};
    for (const [key, pool] of pools) (byName[key.split(" ")[0]] ??= []).push(...pool.pids());
    return byName;
  }

  const server = Deno.serve(
    { hostname: "127.0.0.1", port: options.port, onListen: () => {} },
    (request) =>
      handle(request).catch((error) => {
        say(`[gateway] ${error}`);
        return problem(500, "GATEWAY_ERROR", "The local gateway failed (please check logs)");
      }),
  );
  return {
    port: server.addr.port,
    pids,
    stop: async () => {
      await Promise.all([...pools.values()].map((pool) => pool.stop()));
      await server.shutdown();
      log.close();
      functionLog.close();
    },
  };
}

type Kind = ReturnType<typeof classifyRequest>["kind"];

interface Call {
  readonly kind: Kind;
  readonly id: string | null;
  readonly pid: number | null;
  readonly status: number;
}

interface Incoming {
  readonly functionName: string;
  readonly pool: IsolatePool;
  readonly kind: Kind;
  readonly id: string | null;
  readonly outbound: Outbound;
}

interface Delivered {
  readonly response: Response;
  readonly isolate: Isolate;
  /** Whether the isolate had work before. */
  readonly wasUsed: boolean;
}

function now(): string {
  return new Date().toISOString();
}

/** Whole lines at once, so that a reader never sees half of one. */
function openLines(path: string): { write(line: string): void; close(): void } {
  const file = Deno.openSync(path, { create: true, append: true, mode: 0o600 });
  const encoder = new TextEncoder();
  let isOpen = true;
  return {
    write: (line) => {
      // An isolate killed by `stop` may still say a word.
      if (isOpen) file.writeSync(encoder.encode(`${line}\n`));
    },
    close: () => {
      isOpen = false;
      file.close();
    },
  };
}

function lockArgs(lock: GatewayOptions["lock"], functionName: string): readonly string[] {
  if (lock === null) return ["--no-lock"];
  Deno.mkdirSync(lock.copies, { recursive: true });
  const copy = join(lock.copies, `${basename(functionName)}.lock`);
  Deno.copyFileSync(lock.source, copy);
  return ["--lock", copy];
}

async function readBody(request: Request): Promise<Uint8Array<ArrayBuffer> | null | "too large"> {
  if (request.body === null) return null;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES) return "too large";
    chunks.push(chunk);
  }
  const body = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.byteLength;
  }
  return body;
}

/** The run that a start made, for the log. */
async function readJobId(response: Response): Promise<string | null> {
  const answer = await readAnswer(response);
  return typeof answer?.job_id === "string" ? answer.job_id : null;
}

/** What a bell's answer says; null when it does not say. */
async function readClaimed(
  response: Response,
): Promise<{ readonly claimed: boolean | null; readonly due: boolean }> {
  const answer = await readAnswer(response);
  const claimed = typeof answer?.claimed === "boolean" ? answer.claimed : null;
  return { claimed, due: answer?.due === true };
}

async function readAnswer(response: Response): Promise<Record<string, unknown> | null> {
  try {
    const answer: unknown = await response.clone().json();
    return typeof answer === "object" ? answer as Record<string, unknown> | null : null;
  } catch {
    // An error page or an empty answer: nothing to learn.
    return null;
  }
}

function refusePath(path: string): Response {
  const missing = NOT_SERVED.find((prefix) => path === prefix || path.startsWith(`${prefix}/`));
  return missing === undefined ? problem(404, "NOT_FOUND", "No such path") : problem(
    501,
    "NOT_IMPLEMENTED",
    `The embedded stack has no server for ${missing}; see docs/differences-to-hosted.md`,
  );
}
