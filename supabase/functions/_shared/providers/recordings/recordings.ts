import { FatalError, RetryableError } from "../../orchestrator/core/errors.ts";
import type { ClockPort } from "../../ports/clock.ts";
import type { MeetingContent, RecordingProvider, RecordingsPort } from "../../ports/recordings.ts";
import type { Vendor, VendorSession } from "../http/vendor.ts";

/** Reads one recording of one provider. */
export type RecordingFetcher = (
  session: VendorSession,
  id: string,
  deps: {
    readonly now: number;
    readonly signal: AbortSignal;
    /** Reads what a provider only names by address; see safeFetch.ts. */
    readonly readArtefact: (address: string, signal: AbortSignal) => Promise<string>;
  },
) => Promise<MeetingContent>;

/** Transcripts take minutes; asking more often costs the provider's limit. */
const LOOK_AGAIN_MS = 60_000;

/** Recordings by their provider's API, entered with the organisation's key, else the project's. */
export function createRecordings(deps: {
  readonly providers: Readonly<
    Record<RecordingProvider, { readonly vendor: Vendor; readonly fetch: RecordingFetcher }>
  >;
  readonly readArtefact: (address: string, signal: AbortSignal) => Promise<string>;
  readonly store: RecordingsPort["store"];
  readonly clock: Pick<ClockPort, "now">;
}): RecordingsPort {
  return {
    store: deps.store,
    async fetch({ provider, id }, options) {
      const { vendor, fetch } = deps.providers[provider];
      const session = await vendor.open(options);
      if (session === null) {
        throw new FatalError(
          "recordings_not_connected",
          `Cannot fetch the recording: nobody connected ${vendor.name}; save its key, then retry the run`,
        );
      }
      return await fetch(session, id, {
        now: deps.clock.now(),
        signal: options.signal,
        readArtefact: deps.readArtefact,
      });
    },
  };
}

export function notReady(name: string): RetryableError {
  return new RetryableError("recordings_not_ready", `${name} is not done with the recording yet`, {
    retryAfterMs: LOOK_AGAIN_MS,
  });
}

export function notFound(name: string): FatalError {
  return new FatalError("recordings_not_found", `${name} knows no such recording of this account`);
}
