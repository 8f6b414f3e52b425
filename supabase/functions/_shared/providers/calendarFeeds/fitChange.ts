import { canonicalSha256 } from "../../orchestrator/core/canonical.ts";
import { toStorableText } from "../../orchestrator/core/storable.ts";
import type { CalendarChange } from "../../ports/calendarFeeds.ts";
import { addressOf, momentOf, textOf } from "../recordings/words.ts";

const MAX_TITLE = 300, MAX_NAME = 200, MAX_ZONE = 100;
/** A longer one fits no index row and no event's key: its hash tells meetings apart as well. */
const MAX_UID = 250;
/** More people than this are an audience. */
const MAX_ATTENDEES = 100;

/**
 * What a calendar tells, cut to what a row is for and can hold: whoever knows a member's address writes invitations, and
 * one that cannot be stored would stop the reading at its place for ever. An event without a start can only be cancelled.
 */
export function fitChange(change: CalendarChange): CalendarChange {
  const startsAt = momentOf(change.starts_at);
  return {
    ...change,
    calendar_uid: uidOf(change.calendar_uid),
    title: textOf(change.title, MAX_TITLE),
    starts_at: startsAt,
    ends_at: momentOf(change.ends_at),
    original_starts_at: momentOf(change.original_starts_at),
    timezone: textOf(change.timezone, MAX_ZONE),
    organizer_email: addressOf(change.organizer_email),
    attendees: change.attendees.slice(0, MAX_ATTENDEES).flatMap(({ email, name }) => {
      const address = addressOf(email);
      return address === null ? [] : [{ email: address, name: textOf(name, MAX_NAME) }];
    }),
    is_cancelled: change.is_cancelled || startsAt === null,
  };
}

function uidOf(uid: string | null): string | null {
  if (uid === null || uid === "") return null;
  return uid.length > MAX_UID
    ? `sha256:${canonicalSha256(uid.toWellFormed())}`
    : toStorableText(uid, MAX_UID);
}
