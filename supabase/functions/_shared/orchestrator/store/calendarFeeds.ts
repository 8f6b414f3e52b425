import type postgres from "postgres";
import type { CalendarFeed, CalendarFeedStore } from "../../ports/calendarFeeds.ts";
import { callOne, type SqlDeps } from "./call.ts";

/** Rows of `fleet.calendar_feeds`, and the seam that stores events; each call is one statement. */
export function createCalendarFeedStore(deps: SqlDeps): CalendarFeedStore {
  return {
    find: (orgId, connectionId) =>
      callOne<CalendarFeed | null>(
        deps,
        "find the calendar",
        (sql) =>
          sql`select fleet.read_calendar_feed(${orgId}::uuid, ${connectionId}::uuid) as value`,
      ),
    store: (feed, changes) =>
      callOne<Readonly<Record<string, number>>>(
        deps,
        "store the calendar's events",
        (sql) =>
          sql`select fleet_crm.store_calendar_events(${feed.org_id}::uuid, ${feed.user_id}::uuid, ${feed.provider}, ${
            sql.json(changes as unknown as postgres.JSONValue)
          }::jsonb) as value`,
      ),
    advance: (feed, cursor) =>
      callOne<boolean>(
        deps,
        "move the calendar's cursor",
        (sql) =>
          sql`select fleet.advance_calendar_feed(${feed.connection_id}::uuid, ${feed.cursor}::text, ${cursor}) as value`,
      ),
  };
}
