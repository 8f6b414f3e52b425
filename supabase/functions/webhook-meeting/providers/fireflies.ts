import { z } from "zod";
import { parseWith } from "../../_shared/http/handler.ts";
import { verifyHubSignature } from "../../_shared/http/hubSignature.ts";
import { badSignature } from "../../_shared/http/signatures.ts";
import { bareMeeting, RecordingId } from "./bare.ts";
import type { MeetingProvider } from "./provider.ts";

const V1 = z.object({
  meetingId: RecordingId,
  eventType: z.string().min(1).max(100),
});
const V2 = z.object({
  event: z.string().min(1).max(100),
  /** Milliseconds since the epoch. */
  timestamp: z.number().int(),
  meeting_id: RecordingId,
});

/** Fireflies tries again for a while; what is older was kept by somebody else. */
const OLDEST_MS = 3 * 24 * 3_600_000;
const AHEAD_MS = 10 * 60_000;

/**
 * Fireflies, both generations under one header. Only a recording is named, so everything is fetched. V1 signs no
 * time: its repeats are known for ever by (meetingId, eventType). V2 has a moment inside the signed body.
 */
export const fireflies: MeetingProvider = {
  async verify({ headers, body, secrets }) {
    const { hasPrefix } = await verifyHubSignature(headers, body, secrets);
    return (value, { now }) => {
      const isFirst = typeof value === "object" && value !== null && "meetingId" in value;
      if (isFirst) {
        const { meetingId, eventType } = parseWith(V1, value);
        if (eventType !== "Transcription completed") return null;
        return named(`hub1:${meetingId}:${eventType}`, meetingId);
      }
      const { event, timestamp, meeting_id } = parseWith(V2, value);
      if (!hasPrefix || timestamp < now - OLDEST_MS || timestamp > now + AHEAD_MS) {
        throw badSignature();
      }
      if (event !== "meeting.transcribed") return null;
      return named(`hub2:${meeting_id}:${event}:${timestamp}`, meeting_id);
    };
  },
};

function named(deliveryId: string, id: string) {
  return {
    delivery_id: deliveryId,
    meeting: bareMeeting(id),
    recording: { provider: "fireflies", id },
  } as const;
}
