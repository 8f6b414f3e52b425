import { serveVendor, type VendorServer } from "./server.ts";

export interface CalendarServer extends VendorServer {
  // deno-lint-ignore no-explicit-any -- the vendors' own resources
  readonly events: { readonly token: string; readonly event: any }[];
}

type Busy = Readonly<Record<string, readonly { readonly start: string; readonly end: string }[]>>;

/** Google Calendar v3: ids of the client's choice in base32hex, 409 for a known one, free/busy by token. */
export function serveGoogleCalendar(busy: Busy): CalendarServer {
  const events: CalendarServer["events"] = [];
  const server = serveVendor((seen) => {
    if (!(seen.token in busy)) return Response.json({ error: { code: 401 } }, { status: 401 });
    if (seen.path === "/calendar/v3/freeBusy") {
      if (!seen.body.timeMin || !seen.body.timeMax) {
        return Response.json({ error: { code: 400 } }, { status: 400 });
      }
      return Response.json({ calendars: { primary: { busy: busy[seen.token] } } });
    }
    if (seen.path !== "/calendar/v3/calendars/primary/events") {
      return new Response("{}", { status: 404 });
    }
    const { id, start, end } = seen.body;
    if (!/^[a-v0-9]{5,1024}$/.test(id) || !start?.dateTime || !end?.dateTime) {
      return Response.json({ error: { code: 400, status: "INVALID_ARGUMENT" } }, { status: 400 });
    }
    if (events.some(({ event, token }) => event.id === id && token === seen.token)) {
      return Response.json({ error: { code: 409, errors: [{ reason: "duplicate" }] } }, {
        status: 409,
      });
    }
    events.push({ token: seen.token, event: { ...seen.body, notify: seen.query.sendUpdates } });
    return Response.json(seen.body);
  });
  return Object.assign(server, { events });
}

/** Microsoft Graph's calendar: one event per transactionId, a view in pages of one. */
export function serveGraphCalendar(busy: Busy): CalendarServer {
  const events: CalendarServer["events"] = [];
  const server = serveVendor((seen) => {
    if (!(seen.token in busy)) {
      return Response.json({ error: { code: "InvalidAuthenticationToken" } }, { status: 401 });
    }
    if (seen.path === "/v1.0/me/events") {
      const known = events.find(({ event }) => event.transactionId === seen.body.transactionId);
      if (known !== undefined) return Response.json(known.event, { status: 201 });
      const event = { id: crypto.randomUUID(), ...seen.body };
      events.push({ token: seen.token, event });
      return Response.json(event, { status: 201 });
    }
    if (seen.path !== "/v1.0/me/calendarView") return new Response("{}", { status: 404 });
    const at = Number(seen.query.$skip ?? 0), all = busy[seen.token];
    const graph = (iso: string) => ({ dateTime: iso.replace("Z", ".0000000"), timeZone: "UTC" });
    const value = all.slice(at, at + 1).map(({ start, end }) => ({
      showAs: "busy",
      start: graph(start),
      end: graph(end),
    }));
    const next = new URL(`${server.url}${seen.path}`);
    for (const [key, word] of Object.entries(seen.query)) next.searchParams.set(key, word);
    next.searchParams.set("$skip", String(at + 1));
    return Response.json(
      at + 1 < all.length ? { value, "@odata.nextLink": next.href } : { value },
    );
  });
  return Object.assign(server, { events });
}
