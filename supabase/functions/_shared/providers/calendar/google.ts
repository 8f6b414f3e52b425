import { z } from "zod";
import { FatalError } from "../../orchestrator/core/errors.ts";
import { effectId } from "../effectId.ts";
import type { Vendor, VendorSession } from "../http/vendor.ts";
import type { CalendarVendor } from "./calendar.ts";

const EVENTS = "/calendar/v3/calendars/primary/events";
const ALREADY_THERE = 409;

const SCOPE = "https://www.googleapis.com/auth/calendar";
const MAY_WRITE = [SCOPE, `${SCOPE}.events`];
const MAY_READ = [SCOPE, `${SCOPE}.readonly`, `${SCOPE}.freebusy`];

const FreeBusy = z.object({
  calendars: z.record(
    z.string(),
    z.object({
      busy: z.array(z.object({ start: z.string(), end: z.string() })).default([]),
      errors: z.array(z.object({ reason: z.string() })).default([]),
    }),
  ),
});

/** Google Calendar v3: the event's id is made of the effect key, so an insert repeated answers 409 (`keyed`). */
export function createGoogleCalendar(google: Vendor): CalendarVendor {
  return {
    async carrier(invitation, meta) {
      const session = await google.open({
        orgId: meta.orgId,
        userId: invitation.organizer_user_id,
        signal: meta.signal,
      });
      // A member may have connected the mailbox alone.
      if (session === null || !may(session, MAY_WRITE)) return null;
      return {
        name: "Google Calendar",
        effectMode: "keyed",
        find: () => Promise.resolve(null),
        async send() {
          const id = await effectId(meta.effectKey);
          await session.call({
            method: "POST",
            path: EVENTS,
            query: { sendUpdates: "all" },
            accept: [ALREADY_THERE],
            body: {
              id,
              summary: invitation.title,
              description: invitation.description,
              start: { dateTime: invitation.starts_at, timeZone: invitation.timezone },
              end: { dateTime: invitation.ends_at, timeZone: invitation.timezone },
              attendees: invitation.attendees.map(({ email, name }) => ({
                email,
                displayName: name,
              })),
            },
          });
          return id;
        },
      };
    },
    async listBusy({ orgId, userId, from, to, signal }) {
      const session = await google.open({ orgId, userId, signal });
      if (session === null || !may(session, MAY_READ)) return null;
      const { calendars } = await session.read(FreeBusy, {
        method: "POST",
        path: "/calendar/v3/freeBusy",
        body: { timeMin: from, timeMax: to, items: [{ id: "primary" }] },
      });
      const { busy, errors } = calendars.primary ?? { busy: [], errors: [{ reason: "missing" }] };
      // A calendar that could not be read is not a free one.
      if (errors.length > 0) {
        throw new FatalError("calendar_refused", "Google would not tell when the member is busy");
      }
      return busy.map(({ start, end }) => ({ starts_at: start, ends_at: end }));
    },
  };
}

function may({ credential }: VendorSession, wanted: readonly string[]): boolean {
  return wanted.some((scope) => credential.scopes.includes(scope));
}
