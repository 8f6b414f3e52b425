import type { CrmPort } from "../../ports/crm.ts";
import type { CalendarPort } from "../../ports/delivery.ts";
import type { Deliverer } from "../delivery.ts";

/**
 * A calendar over the CRM's own rows: the event is inserted once per effect key, then the invitation is
 * delivered under the same key. A crash between the two repeats both harmlessly.
 */
export function createEmbeddedCalendar(deliverer: Deliverer, crm: CrmPort): CalendarPort {
  return {
    async createEvent(invitation, meta) {
      const attendees = invitation.attendees.map(({ email, name }) => ({ email, name }));
      const { id } = await crm.applyChange({
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
      const delivered = await deliverer.deliver({
        channel: "calendar",
        recipient: attendees.map((a) => a.email).join(", "),
        content: {
          event_id: id,
          title: invitation.title,
          starts_at: invitation.starts_at,
          ends_at: invitation.ends_at,
          timezone: invitation.timezone,
          attendees,
          description: invitation.description,
        },
      }, meta);
      return { ...delivered, event_id: id };
    },
  };
}
