import { z } from "zod";
import type { MeetingDelivery } from "../../_shared/orchestrator/api.ts";

/** A provider's id becomes part of a path of its API: letters, digits and the marks that ids have. */
export const RecordingId = z.string().regex(/^\w[\w.:-]{0,199}$/, "is no id");

/** What is known of a meeting when only its recording is named. */
export function bareMeeting(externalId: string): MeetingDelivery["meeting"] {
  return {
    external_id: externalId,
    title: null,
    started_at: null,
    timezone: null,
    duration_minutes: null,
    organizer_email: null,
    host_email: null,
    attendees: [],
    transcript: [],
    recording_url: null,
    calendar_uid: null,
  };
}
