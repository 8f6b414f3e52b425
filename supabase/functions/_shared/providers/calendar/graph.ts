import { z } from "zod";
import { FatalError } from "../../orchestrator/core/errors.ts";
import { effectId } from "../effectId.ts";
import type { Vendor } from "../http/vendor.ts";
import type { CalendarVendor } from "./calendar.ts";

const MAX_PAGES = 20;
const UTC = { prefer: 'outlook.timezone="UTC"' };

const Created = z.object({ id: z.string().min(1) });
const Moment = z.object({ dateTime: z.string() });
const View = z.object({
  value: z.array(z.object({ showAs: z.string().optional(), start: Moment, end: Moment })),
  "@odata.nextLink": z.string().optional(),
});

/** Microsoft Graph: `transactionId` is made of the effect key; Exchange answers a repeat with the first event (`keyed`). */
export function createGraphCalendar(graph: Vendor): CalendarVendor {
  return {
    async carrier(invitation, meta) {
      const session = await graph.open({
        orgId: meta.orgId,
        userId: invitation.organizer_user_id,
        signal: meta.signal,
      });
      // A member may have connected the mailbox alone.
      if (!session?.credential.scopes.includes("Calendars.ReadWrite")) return null;
      return {
        name: "Outlook Calendar",
        effectMode: "keyed",
        find: () => Promise.resolve(null),
        async send() {
          const { id } = await session.read(Created, {
            method: "POST",
            path: "/v1.0/me/events",
            body: {
              transactionId: await effectId(meta.effectKey),
              subject: invitation.title,
              body: { contentType: "text", content: invitation.description },
              start: toUtc(invitation.starts_at),
              end: toUtc(invitation.ends_at),
              attendees: invitation.attendees.map(({ email, name }) => ({
                type: "required",
                emailAddress: { address: email, name },
              })),
            },
          });
          return id;
        },
      };
    },
    async listBusy({ orgId, userId, from, to, signal }) {
      const session = await graph.open({ orgId, userId, signal });
      const scopes = session?.credential.scopes ?? [];
      if (session === null || !scopes.some((scope) => scope.startsWith("Calendars.Read"))) {
        return null;
      }
      const busy: { starts_at: string; ends_at: string }[] = [];
      let query: Record<string, string> = {
        startDateTime: from,
        endDateTime: to,
        $select: "start,end,showAs",
        $top: "100",
      };
      for (let page = 0; page < MAX_PAGES; page++) {
        const view = await session.read(View, {
          method: "GET",
          path: "/v1.0/me/calendarView",
          query,
          headers: UTC,
        });
        for (const event of view.value) {
          if (event.showAs === "free") continue;
          busy.push({
            starts_at: fromUtc(event.start.dateTime),
            ends_at: fromUtc(event.end.dateTime),
          });
        }
        const next = view["@odata.nextLink"];
        if (next === undefined) return busy;
        // Only the link's parameters are taken: our credential goes to no other host.
        query = Object.fromEntries(new URL(next).searchParams);
      }
      throw new FatalError("calendar_refused", "The member's calendar is too full to be read");
    },
  };
}

function toUtc(iso: string) {
  return { dateTime: new Date(iso).toISOString().slice(0, -1), timeZone: "UTC" };
}

/** Graph writes `2026-03-19T13:00:00.0000000` for a moment in the zone that was asked for. */
function fromUtc(dateTime: string): string {
  const whole = dateTime.replace(/(\.\d{3})\d*$/, "$1");
  return new Date(/Z$|[+-]\d\d:\d\d$/.test(whole) ? whole : `${whole}Z`).toISOString();
}
