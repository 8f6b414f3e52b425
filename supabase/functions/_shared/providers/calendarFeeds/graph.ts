import { z } from "zod";
import { FatalError } from "../../orchestrator/core/errors.ts";
import type { CalendarChange } from "../../ports/calendarFeeds.ts";
import type { VendorSession } from "../http/vendor.ts";
import type { FeedVendor, Part } from "./feeds.ts";
import { fitChange } from "./fitChange.ts";

const DELTA = "/v1.0/me/calendarView/delta";
const HEADERS = { prefer: 'outlook.timezone="UTC", odata.maxpagesize=100' };
/** Graph forgot the token (`syncStateNotFound`, `resyncRequired`). */
const GONE = 410;
const MAX_PAGES = 60;

const Moment = z.object({ dateTime: z.string() });
const Person = z.object({
  emailAddress: z.object({ address: z.string().nullish(), name: z.string().nullish() }).nullish(),
});
const Event = z.object({
  id: z.string().min(1),
  "@removed": z.unknown().optional(),
  type: z.string().nullish(),
  seriesMasterId: z.string().nullish(),
  iCalUId: z.string().nullish(),
  subject: z.string().nullish(),
  start: Moment.nullish(),
  end: Moment.nullish(),
  originalStart: z.string().nullish(),
  isAllDay: z.boolean().nullish(),
  isCancelled: z.boolean().nullish(),
  showAs: z.string().nullish(),
  organizer: Person.nullish(),
  attendees: z.array(Person).nullish(),
  responseStatus: z.object({ response: z.string().nullish() }).nullish(),
});
type GraphEvent = z.output<typeof Event>;
const Page = z.object({
  value: z.array(Event),
  "@odata.nextLink": z.url().optional(),
  "@odata.deltaLink": z.url().optional(),
});
const READ =
  "id,type,iCalUId,subject,isAllDay,isCancelled,showAs,organizer,attendees,responseStatus";

/** Microsoft Graph: a delta query of the calendar's view. Instances of a series say little: their master says the rest. */
export function createGraphFeed(): FeedVendor {
  return {
    async readAll(session, { fromIso, untilIso }) {
      const part = await readPages(session, { startDateTime: fromIso, endDateTime: untilIso });
      if (part === null) throw new FatalError("calendar_bad_answer", "Graph forgets at once");
      return part;
    },
    readSince: (session, token) =>
      readPages(session, Object.fromEntries(new URLSearchParams(token))),
  };
}

async function readPages(
  session: VendorSession,
  question: Readonly<Record<string, string>>,
): Promise<Part | null> {
  const events: GraphEvent[] = [];
  let query = question;
  for (let page = 0; page < MAX_PAGES; page++) {
    const { status, body } = await session.call({
      method: "GET",
      path: DELTA,
      query,
      headers: HEADERS,
      accept: [GONE],
    });
    if (status === GONE) return null;
    const { value, "@odata.nextLink": next, "@odata.deltaLink": delta } = parse(Page, body);
    events.push(...value);
    // Only a link's parameters are taken: our credential goes to no other host.
    if (next !== undefined) query = Object.fromEntries(new URL(next).searchParams);
    else if (delta !== undefined) {
      return { changes: await toChanges(session, events), token: new URL(delta).search.slice(1) };
    } else throw new FatalError("calendar_bad_answer", "Graph gave no link");
  }
  throw new FatalError("calendar_refused", "The member's calendar is too full to be read");
}

async function toChanges(
  session: VendorSession,
  events: readonly GraphEvent[],
): Promise<readonly CalendarChange[]> {
  const masters = new Map(
    events.filter(({ type }) => type === "seriesMaster").map((event) => [event.id, event]),
  );
  const changes: CalendarChange[] = [];
  for (const event of events) {
    if (event.type === "seriesMaster") continue;
    const { seriesMasterId } = event;
    if (event["@removed"] === undefined && event.type === "occurrence" && seriesMasterId) {
      if (!masters.has(seriesMasterId)) {
        masters.set(seriesMasterId, await readMaster(session, seriesMasterId));
      }
      changes.push(toChange({ ...masters.get(seriesMasterId)!, ...known(event) }));
    } else changes.push(toChange(event));
  }
  return changes;
}

async function readMaster(session: VendorSession, id: string): Promise<GraphEvent> {
  return await session.read(Event, {
    method: "GET",
    path: `/v1.0/me/events/${encodeURIComponent(id)}`,
    query: { $select: READ },
    headers: HEADERS,
  });
}

/** What an instance says itself. */
function known(event: GraphEvent): GraphEvent {
  return Object.fromEntries(
    Object.entries(event).filter(([, value]) => value !== null && value !== undefined),
  ) as GraphEvent;
}

function toChange(event: GraphEvent): CalendarChange {
  const start = event.start?.dateTime ?? null;
  const isInstance = event.type === "occurrence" || event.type === "exception";
  return fitChange({
    external_id: event.id,
    calendar_uid: event.iCalUId ?? null,
    title: event.subject ?? null,
    starts_at: utc(start),
    ends_at: utc(event.end?.dateTime ?? null),
    original_starts_at: isInstance ? utc(event.originalStart ?? start) : null,
    is_all_day: event.isAllDay ?? false,
    busy_status: event.showAs === "free"
      ? "free"
      : event.showAs === "tentative"
      ? "tentative"
      : "busy",
    timezone: null,
    organizer_email: event.organizer?.emailAddress?.address ?? null,
    attendees: (event.attendees ?? []).flatMap(({ emailAddress }) =>
      emailAddress?.address
        ? [{ email: emailAddress.address, name: emailAddress.name ?? null }]
        : []
    ),
    is_cancelled: event["@removed"] !== undefined || event.isCancelled === true ||
      event.responseStatus?.response === "declined",
  });
}

/** Graph writes `2026-03-19T13:00:00.0000000` for a moment in the zone that was asked for. */
function utc(dateTime: string | null): string | null {
  const whole = dateTime?.replace(/(\.\d{3})\d*/, "$1") ?? null;
  return whole === null || /Z$|[+-]\d\d:\d\d$/.test(whole) ? whole : `${whole}Z`;
}

function parse<T extends z.ZodType>(schema: T, body: unknown): z.output<T> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new FatalError("calendar_bad_answer", "Microsoft answered in an unknown shape", {
    details: parsed.error.issues.map(({ path }) => path.join(".")),
  });
}
