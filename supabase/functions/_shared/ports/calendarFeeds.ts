/** A member's connected calendar and where its reading stands. */
export interface CalendarFeed {
  readonly connection_id: string;
  readonly org_id: string;
  readonly user_id: string;
  readonly provider: "google" | "microsoft";
  /** Null: nothing was read yet. */
  readonly cursor: string | null;
}

/** An event as a calendar tells it; names equal those that `fleet_crm.store_calendar_events` takes. */
export interface CalendarChange {
  readonly external_id: string;
  readonly calendar_uid: string | null;
  readonly title: string | null;
  /** ISO 8601; null only for a cancellation. */
  readonly starts_at: string | null;
  readonly ends_at: string | null;
  readonly original_starts_at: string | null;
  readonly is_all_day: boolean;
  readonly busy_status: "busy" | "free" | "tentative";
  readonly timezone: string | null;
  readonly organizer_email: string | null;
  readonly attendees: readonly { readonly email: string; readonly name: string | null }[];
  /** Also where the member declined: it is none of theirs. */
  readonly is_cancelled: boolean;
}

export interface CalendarChanges {
  readonly changes: readonly CalendarChange[];
  /** Where the next reading starts. */
  readonly cursor: string;
  /** All that lies ahead was read, not only what changed. */
  readonly is_full: boolean;
}

/**
 * Calendars of members, each read with its owner's own account.
 *
 * @throws RetryableError `calendar_unavailable`, `calendar_rate_limited`, `reconnect_required`;
 *   FatalError `calendar_refused`, `calendar_bad_answer`, `not_mapped`
 */
export interface CalendarFeedsPort {
  /** Null when it is no longer connected, or another organisation's. */
  find(orgId: string, connectionId: string): Promise<CalendarFeed | null>;
  /** Null: the account that lets us in is no longer this one. */
  readChanges(feed: CalendarFeed, signal: AbortSignal): Promise<CalendarChanges | null>;
  /** Counts by what became of them; a repeat changes nothing. */
  store(
    feed: CalendarFeed,
    changes: readonly CalendarChange[],
  ): Promise<Readonly<Record<string, number>>>;
  /** False when another reading moved the cursor first. */
  advance(feed: CalendarFeed, cursor: string): Promise<boolean>;
}

/** Rows of calendars; implemented by orchestrator/store/calendarFeeds.ts. */
export type CalendarFeedStore = Omit<CalendarFeedsPort, "readChanges">;
