import { z } from "zod";
import { FatalError } from "../../orchestrator/core/errors.ts";
import type { CalendarChange } from "../../ports/calendarFeeds.ts";
import type { VendorSession } from "../http/vendor.ts";
import type { FeedVendor, Part } from "./feeds.ts";
import { fitChange } from "./fitChange.ts";

const EVENTS = "/calendar/v3/calendars/primary/events";
/** Google forgot the sync token: everything is to be read again. */
const GONE = 410;
const MAX_PAGES = 40;

const Moment = z.object({
  date: z.string().optional(),
  dateTime: z.string().optional(),
  timeZone: z.string().optional(),
});
const Event = z.object({
  id: z.string().min(1),
  status: z.string().optional(),
  iCalUID: z.string().optional(),
  summary: z.string().optional(),
  transparency: z.string().optional(),
  eventType: z.string().optional(),
  start: Moment.optional(),
  end: Moment.optional(),
  originalStartTime: Moment.optional(),
  organizer: z.object({ email: z.string().optional() }).optional(),
  attendees: z.array(z.object({
    email: z.string().optional(),
    displayName: z.string().optional(),
    self: z.boolean().optional(),
    resource: z.boolean().optional(),
    responseStatus: z.string().optional(),
  })).default([]),
});
const Page = z.object({
  items: z.array(Event).default([]),
  nextPageToken: z.string().optional(),
  nextSyncToken: z.string().optional(),
});

/** Google Calendar v3: `events.list` with single events, then by sync token. */
export function createGoogleFeed(): FeedVendor {
  return {
    async readAll(session, { fromIso, untilIso }) {
      const part = await readPages(session, {
        singleEvents: "true",
        timeMin: fromIso,
        timeMax: untilIso,
      });
      if (part === null) throw new FatalError("calendar_bad_answer", "Google forgets at once");
      return part;
    },
    // A token brings the first question's times with it and takes no others.
    readSince: (session, token) => readPages(session, { singleEvents: "true", syncToken: token }),
  };
}

async function readPages(
  session: VendorSession,
  question: Readonly<Record<string, string>>,
): Promise<Part | null> {
  const changes: CalendarChange[] = [];
  let pageToken: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const { status, body } = await session.call({
      method: "GET",
      path: EVENTS,
      query: { ...question, maxResults: "250", ...(pageToken === undefined ? {} : { pageToken }) },
      accept: [GONE],
    });
    if (status === GONE) return null;
    const parsed = Page.safeParse(body);
    if (!parsed.success) {
      throw new FatalError("calendar_bad_answer", "Google answered in an unknown shape", {
        details: parsed.error.issues.map(({ path }) => path.join(".")),
      });
    }
    for (const item of parsed.data.items) {
      // Where somebody works today is no appointment.
      if (item.eventType !== "workingLocation") changes.push(toChange(item));
    }
    pageToken = parsed.data.nextPageToken;
    if (pageToken === undefined) {
      const token = parsed.data.nextSyncToken;
      if (token === undefined) throw new FatalError("calendar_bad_answer", "Google gave no token");
      return { changes, token };
    }
  }
  throw new FatalError("calendar_refused", "The member's calendar is too full to be read");
}

function toChange(event: z.output<typeof Event>): CalendarChange {
  const self = event.attendees.find((one) => one.self);
  return fitChange({
    external_id: event.id,
    calendar_uid: event.iCalUID ?? null,
    title: event.summary ?? null,
    starts_at: momentOf(event.start),
    ends_at: momentOf(event.end),
    original_starts_at: momentOf(event.originalStartTime),
    is_all_day: event.start?.date !== undefined,
    busy_status: event.transparency === "transparent"
      ? "free"
      : event.status === "tentative"
      ? "tentative"
      : "busy",
    timezone: event.start?.timeZone ?? null,
    organizer_email: event.organizer?.email ?? null,
    attendees: event.attendees.filter(({ email, resource }) => email && !resource)
      .map(({ email, displayName }) => ({ email: email!, name: displayName ?? null })),
    is_cancelled: event.status === "cancelled" || self?.responseStatus === "declined",
  });
}

/** A whole day begins at midnight UTC: it has no zone of its own. */
function momentOf(moment: z.output<typeof Moment> | undefined): string | null {
  return moment?.dateTime ?? (moment?.date === undefined ? null : `${moment.date}T00:00:00Z`);
}
