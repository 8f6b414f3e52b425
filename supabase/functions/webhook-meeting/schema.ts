import { z } from "zod";

/** RFC 5321's longest address; longer ones do not fit an index row either. */
const Email = z.email().max(254);

/** A moment that a meeting can have been at; PostgreSQL takes less than ISO 8601 writes. */
const Moment = z.iso.datetime({ offset: true }).refine(
  (text) => {
    const year = Number(text.slice(0, 4));
    const [, hours = "0"] = /[+-](\d{2}):?\d{2}$/.exec(text) ?? [];
    return year >= 1970 && year <= 2200 && Number(hours) <= 14;
  },
  "must lie between 1970 and 2200, with an offset of at most 14 hours",
);

const Turn = z.object({
  speaker: z.string().max(200),
  t_seconds: z.number().min(0).nullish(),
  text: z.string().max(20_000),
});

/** Generic meeting body (contract.md §4). Keys we do not know are dropped. */
export const GenericMeeting = z.object({
  type: z.literal("meeting.ended"),
  data: z.object({
    external_id: z.string().min(1).max(300),
    title: z.string().min(1).max(500),
    started_at: Moment.nullish(),
    timezone: z.string().max(64).nullish(),
    duration_minutes: z.number().int().min(0).max(24 * 60).nullish(),
    organizer_email: Email.nullish(),
    host_email: Email.nullish(),
    attendees: z.array(z.object({
      name: z.string().min(1).max(200),
      email: Email.nullish(),
      title: z.string().max(200).nullish(),
      is_external: z.boolean().nullish(),
    })).max(500).default([]),
    transcript: z.union([z.array(Turn).max(50_000), z.string()]).default([]),
    recording_url: z.url({ protocol: /^https$/ }).max(2000).nullish(),
    calendar_uid: z.string().min(1).max(500).nullish(),
  }),
});

export type GenericMeetingBody = z.output<typeof GenericMeeting>;
