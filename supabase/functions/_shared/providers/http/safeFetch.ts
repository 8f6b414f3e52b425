import { isPublicAddress, parseSafeUrl } from "../../http/safeUrl.ts";
import { FatalError, FleetError, RetryableError } from "../../orchestrator/core/errors.ts";
import { readLimited } from "./readLimited.ts";

export interface SafeFetchOptions {
  /** First part of error codes, as of a vendor. */
  readonly area: string;
  readonly fetch: typeof fetch;
  /** Addresses of a name; null where the runtime does not tell. */
  readonly resolve: ((host: string) => Promise<readonly string[]>) | null;
  /** `name` or `*.name`. */
  readonly hosts: readonly string[];
  /** Where the operator sent us anyway: the API's own origin. */
  readonly ownOrigin: string;
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

/**
 * Reads what lies at an address that somebody outside wrote (threat T14): a checked address, public networks only, no
 * redirect, no credential of ours, a limit to size and time.
 *
 * @throws FatalError `unsafe_url`, `answer_too_large`, `<area>_refused`; RetryableError `<area>_unavailable`
 */
export function createSafeFetch(
  options: SafeFetchOptions,
): (address: string, signal: AbortSignal) => Promise<string> {
  const { area } = options;

  async function check(address: string): Promise<URL> {
    if (URL.canParse(address) && new URL(address).origin === options.ownOrigin) {
      return new URL(address);
    }
    const url = parseSafeUrl(address, options.hosts);
    if (options.resolve === null) return url;
    const addresses = await options.resolve(url.hostname);
    if (addresses.length === 0) throw unavailable("has no address");
    if (!addresses.every(isPublicAddress)) {
      throw new FatalError("unsafe_url", "An address from outside leads into a private network");
    }
    return url;
  }

  function unavailable(how: string, cause?: unknown): RetryableError {
    return new RetryableError(`${area}_unavailable`, `A stored recording ${how}`, { cause });
  }

  return async (address, signal) => {
    const url = await check(address);
    try {
      const response = await options.fetch(url, {
        redirect: "manual",
        credentials: "omit",
        headers: { accept: "application/json" },
        signal: AbortSignal.any([signal, AbortSignal.timeout(options.timeoutMs)]),
      });
      if (response.ok) return await readLimited(response, options.maxBytes);
      await response.body?.cancel();
      if (response.type === "opaqueredirect" || (response.status >= 300 && response.status < 400)) {
        throw new FatalError("unsafe_url", "An address from outside leads on to another");
      }
      // An expired signature (403, 404) is new with the next look at the recording.
      throw unavailable(`answered ${response.status}`);
    } catch (cause) {
      signal.throwIfAborted();
      if (cause instanceof FleetError) throw cause;
      throw unavailable("did not answer", cause);
    }
  };
}

/** The runtime's own resolver, both families; null where it has none. */
export function systemResolver(): SafeFetchOptions["resolve"] {
  if (typeof Deno.resolveDns !== "function") return null;
  return async (host) => {
    const found = await Promise.all(
      (["A", "AAAA"] as const).map((kind) =>
        Deno.resolveDns(host, kind).catch((error) => {
          if (error instanceof Deno.errors.NotFound) return [];
          throw new RetryableError("recordings_unavailable", "A name cannot be looked up", {
            cause: error,
          });
        })
      ),
    );
    return found.flat();
  };
}
