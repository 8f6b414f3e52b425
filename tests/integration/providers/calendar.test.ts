import assert from "node:assert/strict";
import type { Invitation } from "../../../supabase/functions/_shared/ports/delivery.ts";
import {
  type CalendarVendor,
  createCalendar,
} from "../../../supabase/functions/_shared/providers/calendar/calendar.ts";
import { createGoogleCalendar } from "../../../supabase/functions/_shared/providers/calendar/google.ts";
import { createGraphCalendar } from "../../../supabase/functions/_shared/providers/calendar/graph.ts";
import {
  type CalendarServer,
  serveGoogleCalendar,
  serveGraphCalendar,
} from "../../support/vendors/calendar.ts";
import { createDesk, type VendorDesk } from "../../support/vendors/deliveries.ts";

const BUSY = {
  t1: [
    { start: "2026-03-19T09:00:00Z", end: "2026-03-19T10:00:00Z" },
    { start: "2026-03-19T13:00:00Z", end: "2026-03-19T14:30:00Z" },
  ],
  t2: [],
};
const INVITATION: Invitation = {
  organizer_user_id: "u1",
  title: "Demo",
  starts_at: "2026-03-20T10:00:00+01:00",
  ends_at: "2026-03-20T10:30:00+01:00",
  timezone: "Europe/Berlin",
  attendees: [{ email: "pat@customer.example", name: "Pat" }],
  description: "As agreed",
  contact_id: null,
  deal_id: null,
};

interface Case {
  readonly name: string;
  serve(): CalendarServer;
  vendor(desk: VendorDesk, url: string): CalendarVendor;
}
const CASES: readonly Case[] = [{
  name: "Google Calendar",
  serve: () => serveGoogleCalendar(BUSY),
  vendor: (desk, url) => createGoogleCalendar(desk.vendor("google", url, "calendar")),
}, {
  name: "Outlook Calendar",
  serve: () => serveGraphCalendar(BUSY),
  vendor: (desk, url) => createGraphCalendar(desk.vendor("microsoft", url, "calendar")),
}];

function open(tokens: Record<string, string>, { vendor }: Case, server: CalendarServer) {
  const desk = createDesk(tokens);
  const crm = { applyChange: () => Promise.resolve({ id: "row-1", repeated: false }) };
  const calendar = createCalendar({
    deliverer: desk.deliverer,
    crm,
    vendors: [vendor(desk, server.url)],
  });
  return { desk, calendar };
}

for (const one of CASES) {
  Deno.test(`${one.name}: an invitation is sent once, whatever gets lost on the way`, async () => {
    await using server = one.serve();
    const { calendar, desk } = open({ "org-1": "t1" }, one, server);
    server.fail("/events", "drop");
    await assert.rejects(calendar.createEvent(INVITATION, desk.meta("k1")), {
      code: "calendar_unavailable",
    });
    const sent = await calendar.createEvent(INVITATION, desk.meta("k1"));
    assert.deepEqual([sent.status, sent.via, sent.event_id], ["sent", one.name, "row-1"]);
    assert.equal(server.events.length, 1);
    const { start, attendees } = server.events[0].event;
    const moment = /Z|[+-]\d\d:\d\d$/.test(start.dateTime) ? start.dateTime : `${start.dateTime}Z`;
    assert.equal(Date.parse(moment), Date.parse(INVITATION.starts_at));
    assert.equal(attendees.length, 1);
  });

  Deno.test(`${one.name}: busy times are those of the member's own account`, async () => {
    await using server = one.serve();
    const { calendar } = open({ "org-1": "t1", "org-2": "t2" }, one, server);
    const ask = (orgId: string) =>
      calendar.listBusy({
        orgId,
        userId: "u1",
        from: "2026-03-19T00:00:00Z",
        to: "2026-03-20T00:00:00Z",
        signal: new AbortController().signal,
      });
    const busy = (await ask("org-1")).map(({ starts_at, ends_at }) => ({
      start: Date.parse(starts_at),
      end: Date.parse(ends_at),
    }));
    assert.deepEqual(
      busy,
      BUSY.t1.map(({ start, end }) => ({ start: Date.parse(start), end: Date.parse(end) })),
    );
    assert.deepEqual(await ask("org-2"), []);
    assert.deepEqual(await ask("org-3"), []);
  });
}

Deno.test("Google Calendar: a calendar that cannot be read is not a free one", async () => {
  const [google] = CASES;
  await using server = google.serve();
  const { calendar } = open({ "org-1": "t1" }, google, server);
  for (const [fault, code] of [["500", "unavailable"], ["quota", "rate_limited"]] as const) {
    server.fail("/freeBusy", fault);
    await assert.rejects(
      calendar.listBusy({
        orgId: "org-1",
        userId: "u1",
        from: "2026-03-19T00:00:00Z",
        to: "2026-03-20T00:00:00Z",
        signal: new AbortController().signal,
      }),
      { code: `calendar_${code}`, kind: "retryable" },
    );
  }
});
