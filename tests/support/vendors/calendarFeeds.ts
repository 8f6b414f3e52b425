import { serveVendor, type VendorServer } from "./server.ts";

// deno-lint-ignore no-explicit-any -- the vendors' own resources
type Resource = any;

export interface FeedServer extends VendorServer {
  /** Puts, or changes, an event; the vendor counts the change. */
  put(event: Resource): void;
  /** The event is gone: told once by its id. */
  remove(id: string): void;
  /** Every token given so far is forgotten. */
  forget(): void;
}

interface Log {
  readonly events: Map<string, { readonly event: Resource; readonly change: number }>;
  change: number;
  oldest: number;
}

const newLog = (): Log => ({ events: new Map(), change: 0, oldest: 0 });

function keep(log: Log): Pick<FeedServer, "put" | "remove" | "forget"> & {
  mark(id: string, event: Resource): void;
} {
  const mark = (id: string, event: Resource) =>
    void log.events.set(id, { event, change: ++log.change });
  return {
    mark,
    put: (event) => mark(event.id, event),
    remove: (id) => mark(id, null),
    forget: () => void (log.oldest = ++log.change),
  };
}

/**
 * Google Calendar v3, `events.list`: pages of two, a sync token on the last, 410 for a forgotten one, 400 for a token
 * beside times. A deleted event is told by id and status alone, and only to a token.
 */
export function serveGoogleFeed(): FeedServer {
  const log = newLog();
  const server = serveVendor(({ path, query }) => {
    if (path !== "/calendar/v3/calendars/primary/events") {
      return new Response("{}", { status: 404 });
    }
    const { syncToken, timeMin, timeMax, pageToken } = query;
    if (query.singleEvents !== "true" || (syncToken !== undefined && (timeMin || timeMax))) {
      return Response.json({ error: { code: 400, status: "INVALID_ARGUMENT" } }, { status: 400 });
    }
    const since = syncToken === undefined ? null : Number(syncToken);
    if (since !== null && since < log.oldest) {
      return Response.json({ error: { code: 410, errors: [{ reason: "fullSyncRequired" }] } }, {
        status: 410,
      });
    }
    const all = [...log.events].flatMap(([id, { event, change }]) => {
      if (since !== null) {
        return change <= since ? [] : [event ?? { id, status: "cancelled" }];
      }
      const start = event?.start.dateTime ?? event?.start.date;
      return event === null || event.status === "cancelled" || start < timeMin || start >= timeMax
        ? []
        : [event];
    });
    const at = Number(pageToken ?? 0);
    return Response.json({
      kind: "calendar#events",
      items: all.slice(at, at + 2),
      ...(at + 2 < all.length
        ? { nextPageToken: String(at + 2) }
        : { nextSyncToken: String(log.change) }),
    });
  });
  const { put, remove, forget } = keep(log);
  return Object.assign(server, { put, remove, forget });
}

/**
 * Microsoft Graph, `calendarView/delta`: pages of two by `$skiptoken`, a delta link at the end, 410 for a forgotten one,
 * `@removed` for what is gone. An occurrence says its times and its master; the master says the rest.
 */
export function serveGraphFeed(): FeedServer {
  const log = newLog();
  const server: VendorServer = serveVendor(({ path, query, headers }) => {
    const single = /^\/v1\.0\/me\/events\/(.+)$/.exec(path);
    if (single) {
      const known = log.events.get(decodeURIComponent(single[1]))?.event;
      return known ? Response.json(known) : new Response("{}", { status: 404 });
    }
    if (path !== "/v1.0/me/calendarView/delta") return new Response("{}", { status: 404 });
    if (!headers.get("prefer")?.includes('outlook.timezone="UTC"')) {
      return Response.json({ error: { code: "ErrorInvalidRequest" } }, { status: 400 });
    }
    const [since, at] = (query.$skiptoken ?? query.$deltatoken ?? "-1.0").split(".").map(Number);
    if (query.$skiptoken === undefined && query.$deltatoken === undefined && !query.startDateTime) {
      return Response.json({ error: { code: "ErrorInvalidParameter" } }, { status: 400 });
    }
    if (since >= 0 && since < log.oldest) {
      return Response.json({ error: { code: "syncStateNotFound" } }, { status: 410 });
    }
    const all = [...log.events].filter(([, { event, change }]) =>
      since < 0 ? event !== null : change > since
    ).map(([id, { event }]) => event ?? { id, "@removed": { reason: "deleted" } });
    const link = (name: string, token: string) =>
      `${server.url}/v1.0/me/calendarView/delta?${name}=${encodeURIComponent(token)}`;
    const rest = at + 2 < all.length
      ? { "@odata.nextLink": link("$skiptoken", `${since}.${at + 2}`) }
      : { "@odata.deltaLink": link("$deltatoken", `${log.change}.0`) };
    return Response.json({ value: all.slice(at, at + 2), ...rest });
  });
  const { put, remove, forget } = keep(log);
  return Object.assign(server, { put, remove, forget });
}
