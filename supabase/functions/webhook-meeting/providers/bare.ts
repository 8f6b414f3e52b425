import { z } from "zod";
import type { MeetingDelivery } from "../../_shared/orchestrator/api.ts";
import { UNTOLD_MEETING } from "../../_shared/ports/recordings.ts";
import { RECORDING_ID } from "../../_shared/orchestrator/core/recordingId.ts";

export const RecordingId = z.string().regex(RECORDING_ID, "is no id");

/** What is known of a meeting when only its recording is named. */
export function bareMeeting(externalId: string): MeetingDelivery["meeting"] {
  return { external_id: externalId, ...UNTOLD_MEETING };
}
