import type { CalendarChange } from "../../ports/calendarFeeds.ts";

const MAX_TITLE = 300;
/** More people than this are an audience. */
const MAX_ATTENDEES = 100;

/** What a calendar tells, cut to what a row is for; an event without a start can only be cancelled. */
export function fitChange(change: CalendarChange): CalendarChange {
  return {
    ...change,
    title: change.title?.slice(0, MAX_TITLE) ?? null,
    starts_at: isoOf(change.starts_at),
    ends_at: isoOf(change.ends_at),
    original_starts_at: isoOf(change.original_starts_at),
    attendees: change.attendees.slice(0, MAX_ATTENDEES),
    is_cancelled: change.is_cancelled || isoOf(change.starts_at) === null,
  };
}

function isoOf(text: string | null): string | null {
  const at = text === null ? NaN : Date.parse(text);
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}
