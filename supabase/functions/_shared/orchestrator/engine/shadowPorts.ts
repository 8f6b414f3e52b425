import type { DeliveryMeta, DeliveryResult, SkillPorts } from "../../ports/mod.ts";

/**
 * Ports of a shadow run: reads are real, effects are only noted. What a skill meant to do becomes a
 * warning on the run; ids it gets back are fresh and point at nothing.
 */
export function shadowPorts(ports: SkillPorts, notes: string[]): SkillPorts {
  function withheld(port: string, recipient: string, _meta: DeliveryMeta): Promise<DeliveryResult> {
    notes.push(`Shadow: would deliver to ${recipient} by ${port}`);
    return Promise.resolve({
      status: "withheld",
      delivery_id: ports.ids.uuid(),
      provider_ref: null,
      via: "shadow run",
    });
  }
  return {
    ...ports,
    crm: {
      ...ports.crm,
      applyChange: (change) => {
        notes.push(`Shadow: would ${change.id === null ? "create" : "change"} ${change.entity}`);
        return Promise.resolve({ id: change.id ?? ports.ids.uuid(), repeated: false });
      },
    },
    recordings: {
      ...ports.recordings,
      store: (meeting) => {
        notes.push("Shadow: would store a meeting");
        const id = ports.ids.uuid();
        return Promise.resolve({
          meeting_id: id,
          delivered_as: id,
          duplicate: false,
          title: meeting.meeting.title ?? "Recorded meeting",
          user_id: null,
          user_source: null,
          contact_id: null,
          deal_id: null,
          is_internal: meeting.meeting.attendees.length > 0 &&
            meeting.meeting.attendees.every((one) => one.is_external === false),
        });
      },
    },
    slack: {
      postMessage: (message, meta) =>
        withheld("slack", "userId" in message.to ? "a member" : message.to.channel, meta),
      updateMessage: (message, _posted, meta) =>
        withheld("slack", "userId" in message.to ? "a member" : message.to.channel, meta),
    },
    mail: {
      send: async (mail, meta) => ({
        ...await withheld("mail", `${mail.to.length} address(es)`, meta),
        message_id: `<${ports.ids.uuid()}@fleet.invalid>`,
      }),
    },
    feed: {
      post: ({ eventType }) => {
        notes.push(`Shadow: would note ${eventType} in the feed`);
        return Promise.resolve();
      },
    },
    calendarFeeds: {
      ...ports.calendarFeeds,
      store: (_feed, changes) => {
        notes.push(`Shadow: would store ${changes.length} calendar event(s)`);
        return Promise.resolve({});
      },
      advance: () => Promise.resolve(false),
    },
    mailboxes: {
      ...ports.mailboxes,
      store: (_mailbox, email) => {
        notes.push("Shadow: would store a mail");
        return Promise.resolve({
          email_id: ports.ids.uuid(),
          message_id: email.message_id,
          duplicate: false,
          user_id: null,
          user_source: null,
          contact_id: null,
          ignored_reason: email.ignored_reason,
        });
      },
      advance: () => {
        notes.push("Shadow: would move the mailbox's cursor");
        return Promise.resolve(false);
      },
      watch: () => {
        notes.push("Shadow: would watch the mailbox");
        return Promise.resolve({ status: "watching", expires_at: null });
      },
      stop: () => {
        notes.push("Shadow: would end the mailbox's watch");
        return Promise.resolve();
      },
    },
    calendar: {
      ...ports.calendar,
      createEvent: async (invitation, meta) => ({
        ...await withheld("calendar", `${invitation.attendees.length} attendee(s)`, meta),
        event_id: ports.ids.uuid(),
      }),
    },
  };
}
