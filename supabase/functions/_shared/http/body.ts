import { HttpError } from "./errors.ts";

export const MAX_BODY_BYTES = 1024 * 1024;
const MAX_DEPTH = 64;

/** How many large bodies an isolate holds at once: its memory is bounded. */
export interface BodyGate {
  /** For one request. */
  open(): BodySlot;
}

export interface BodySlot {
  /** From here on a body is large. */
  readonly overBytes: number;
  /** False when no place is left. */
  take(): boolean;
  /** Gives the place back, if one was taken. */
  release(): void;
}

export function createBodyGate(overBytes: number, atOnce: number): BodyGate {
  let taken = 0;
  return {
    open: () => {
      let isHeld = false;
      return {
        overBytes,
        take: () => {
          if (isHeld || taken >= atOnce) return isHeld;
          taken++;
          return isHeld = true;
        },
        release: () => {
          if (isHeld) taken--;
          isHeld = false;
        },
      };
    },
  };
}

/**
 * Reads the whole body under a limit, before anything is answered (an early answer breaks the
 * platform's connection). A large one needs a place in `slot`, which the caller gives back.
 *
 * @throws HttpError 413 `body_too_large`, 503 `busy`
 */
export async function readBody(
  request: Request,
  limitBytes: number,
  slot?: BodySlot,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  let refusal: HttpError | null = null;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size > limitBytes) {
      refusal = new HttpError(
        413,
        "body_too_large",
        `The body is over ${limitBytes} bytes; send less`,
      );
    } else if (slot !== undefined && size > slot.overBytes && !slot.take()) {
      refusal ??= new HttpError(503, "busy", "Too many large bodies at once; send it again", {
        headers: { "retry-after": "2" },
      });
    }
    // Read on without keeping: the sender gets its answer instead of a reset.
    if (refusal !== null) {
      chunks.length = 0;
      if (size > limitBytes * 4) break;
    } else chunks.push(chunk);
  }
  if (refusal !== null) throw refusal;
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}

/**
 * Parses a JSON body that PostgreSQL can store: UTF-8, no NUL, no lone surrogate, at most 64 levels
 * deep (counted on the bytes, before parsing), numbers that survive.
 *
 * @throws HttpError 400 with the reason as code
 */
export function parseJson(bytes: Uint8Array): unknown {
  if (bytes.byteLength === 0) throw refuse("empty_body", "The body is empty; send a JSON object");
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw refuse("not_utf8", "The body is not UTF-8");
  }
  if (text.startsWith("\uFEFF")) {
    throw refuse("byte_order_mark", "The body starts with a byte order mark; leave it out");
  }
  if (depthOf(bytes) > MAX_DEPTH) {
    throw refuse("too_deep", `The body is nested deeper than ${MAX_DEPTH} levels`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refuse("invalid_json", "The body is not JSON");
  }
  checkStorable(value);
  return value;
}

/** Nesting by an iterative scan of the bytes: a parser would need the stack it protects. */
function depthOf(bytes: Uint8Array): number {
  let depth = 0, deepest = 0, isString = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (isString) {
      if (byte === 0x5c) i++;
      else if (byte === 0x22) isString = false;
    } else if (byte === 0x22) isString = true;
    else if (byte === 0x7b || byte === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (byte === 0x7d || byte === 0x5d) depth--;
  }
  return deepest;
}

function checkStorable(root: unknown): void {
  const open: unknown[] = [root];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === "string") checkText(value);
    else if (typeof value === "number") {
      if (!Number.isFinite(value)) throw refuse("number_too_large", "A number is too large");
    } else if (Array.isArray(value)) {
      for (const item of value) open.push(item);
    } else if (typeof value === "object" && value !== null) {
      for (const [key, item] of Object.entries(value)) {
        checkText(key);
        if (key === "__proto__") {
          throw refuse("forbidden_key", 'The key "__proto__" is not allowed');
        }
        open.push(item);
      }
    }
  }
}

function checkText(text: string): void {
  if (text.includes("\0")) throw refuse("nul_character", "A text holds the NUL character");
  if (!text.isWellFormed()) throw refuse("lone_surrogate", "A text holds half a character");
}

function refuse(code: string, message: string): HttpError {
  return new HttpError(400, code, message);
}
