import type { CrmPort } from "../../ports/crm.ts";
import type {
  BusyQuery,
  BusyTime,
  CalendarPort,
  DeliveryMeta,
  Invitation,
} from "../../ports/delivery.ts";
import type { Carrier, Deliverer } from "../delivery.ts";

/** A calendar vendor; null answers mean that the member did not connect it. */
export interface CalendarVendor {
  carrier(invitation: Invitation, meta: DeliveryMeta): Promise<Carrier | null>;
  listBusy(query: BusyQuery): Promise<readonly BusyTime[] | null>;
}

/**
 * The member's calendar: CRM rows, and the connected vendor's own beside them. An event is inserted once per effect
 * key, then the invitation is delivered under the same key. A crash between the two repeats both harmlessly.
 */
export function createCalendar(deps: {
  readonly deliverer: Deliverer;
  readonly crm: Pick<CrmPort, "applyChange">;
  readonly vendors: readonly CalendarVendor[];
}): CalendarPort {
  return {
    async listBusy(query) {
      for (const vendor of deps.vendors) {
        const times = await vendor.listBusy(query);
        if (times !== null) return times;
      }
      return [];
    },
    async createEvent(invitation, meta) {
      const attendees = invitation.attendees.map(({ email, name }) => ({ email, name }));
      const { id } = await deps.crm.applyChange({
        orgId: meta.orgId,
        entity: "calendar_event",
        id: null,
        effectKey: meta.effectKey,
        change: {
          user_id: invitation.organizer_user_id,
          title: invitation.title,
          starts_at: invitation.starts_at,
          ends_at: invitation.ends_at,
          timezone: invitation.timezone,
          description: invitation.description,
          attendees,
          contact_id: invitation.contact_id,
          deal_id: invitation.deal_id,
          source: "fleet",
        },
      });
      const delivered = await deps.deliverer.deliver({
        channel: "calendar",
        recipients: attendees.map((a) => a.email),
        content: {
          event_id: id,
          title: invitation.title,
          starts_at: invitation.starts_at,
          ends_at: invitation.ends_at,
          timezone: invitation.timezone,
          attendees,
          description: invitation.description,
        },
        async carrier() {
          let found: Carrier | null = null;
          for (const vendor of deps.vendors) found ??= await vendor.carrier(invitation, meta);
          return found;
        },
      }, meta);
      return { ...delivered, event_id: id };
    },
  };
}
