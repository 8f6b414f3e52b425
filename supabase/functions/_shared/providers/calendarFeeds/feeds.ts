import type { ClockPort } from "../../ports/clock.ts";
import type {
  CalendarChange,
  CalendarChanges,
  CalendarFeed,
  CalendarFeedsPort,
  CalendarFeedStore,
} from "../../ports/calendarFeeds.ts";
import type { Vendor, VendorSession } from "../http/vendor.ts";

/** What a calendar vendor can do: read all that lies ahead, and then what changed. */
export interface FeedVendor {
  /** All events of a time, and the token that tells of their changes. */
  readAll(session: VendorSession, range: Range): Promise<Part>;
  /** Null: the vendor has forgotten the token. */
  readSince(session: VendorSession, token: string): Promise<Part | null>;
}

export interface Range {
  readonly fromIso: string;
  readonly untilIso: string;
}

export interface Part {
  readonly changes: readonly CalendarChange[];
  readonly token: string;
}

const DAY_MS = 86_400_000;
/** How far ahead a calendar is read, and with how little left it is read anew: a token covers its own time only. */
const AHEAD_MS = 28 * DAY_MS;
const RENEW_MS = 14 * DAY_MS;

/** Calendars over their rows and their vendors. The cursor is `<end of the time covered> <token>`. */
export function createCalendarFeeds(deps: {
  readonly store: CalendarFeedStore;
  readonly clock: Pick<ClockPort, "now">;
  readonly vendors: Readonly<
    Record<CalendarFeed["provider"], { readonly vendor: Vendor; readonly reader: FeedVendor }>
  >;
}): CalendarFeedsPort {
  async function readAll(session: VendorSession, reader: FeedVendor): Promise<CalendarChanges> {
    const now = deps.clock.now();
    const untilIso = new Date(now + AHEAD_MS).toISOString();
    // Since yesterday: a meeting under way is still to be had.
    const fromIso = new Date(now - DAY_MS).toISOString();
    const { changes, token } = await reader.readAll(session, { fromIso, untilIso });
    return { changes, cursor: `${untilIso} ${token}`, is_full: true };
  }

  return {
    ...deps.store,
    async readChanges(feed, signal) {
      const { vendor, reader } = deps.vendors[feed.provider];
      const session = await vendor.open({ orgId: feed.org_id, userId: feed.user_id, signal });
      // Another account than this feed's would let us in: it was connected anew, or disconnected.
      if (session?.credential.connectionId !== feed.connection_id) return null;
      const [untilIso, token] = feed.cursor?.split(" ", 2) ?? [];
      const since = token === undefined ? null : await reader.readSince(session, token);
      if (since === null) return await readAll(session, reader);
      if (Date.parse(untilIso!) - deps.clock.now() > RENEW_MS) {
        return { changes: since.changes, cursor: `${untilIso} ${since.token}`, is_full: false };
      }
      // Cancellations are told by the old token only.
      const all = await readAll(session, reader);
      return { ...all, changes: [...since.changes, ...all.changes] };
    },
  };
}
