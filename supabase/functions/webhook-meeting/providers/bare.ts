import { z } from "zod";
import type { MeetingDelivery } from "../../_shared/orchestrator/api.ts";
import { RECORDING_ID } from "../../_shared/orchestrator/core/recordingId.ts";

export const RecordingId = z.string().regex(RECORDING_ID, "is no id");

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
