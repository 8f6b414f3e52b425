import { z } from "zod";
import { meetingEnded } from "../../core/meetingEnded.ts";
import { RECORDING_ID } from "../../core/recordingId.ts";
import { defineAdapter } from "../defineAdapter.ts";

const Input = z.object({
  payload: z.object({
    endpoint_id: z.uuid(),
    provider: z.enum(["fireflies", "meetingbaas", "fathom"]),
    recording_id: z.string().regex(RECORDING_ID),
  }),
});

/** Output of `fetch-meeting-recording`: what was found, not the words themselves. */
export const FetchMeetingRecordingOutput = z.object({
  meeting_id: z.string(),
  turns: z.number().int(),
  attendees: z.number().int(),
  user_id: z.string().nullable(),
  user_source: z.string().nullable(),
});

/**
 * `fetch-meeting-recording`: what a notification only named is fetched from its provider, stored like any delivery,
 * and raises the meeting's own event, for whoever hosted it. Repeating it stores and raises nothing more.
 */
export const fetchMeetingRecording = defineAdapter({
  skill: "fetch-meeting-recording",
  effectMode: "db",
  cpuMs: 60,
  input: Input,
  output: FetchMeetingRecordingOutput,
  async run({ payload }, ctx) {
    ctx.signal.throwIfAborted();
    const { recordings } = ctx.ports;
    const content = await recordings.fetch(
      { provider: payload.provider, id: payload.recording_id },
      // The account is the organisation's; whose meeting it was is not known yet.
      { orgId: ctx.orgId, userId: null, signal: ctx.signal },
    );
    ctx.signal.throwIfAborted();
    const stored = await recordings.store({
      orgId: ctx.orgId,
      endpointId: payload.endpoint_id,
      deliveryId: `recording:${payload.recording_id}`,
      meeting: { ...content, external_id: payload.recording_id, awaits_recording: false },
    });
    return {
      output: {
        meeting_id: stored.meeting_id,
        turns: content.transcript.length,
        attendees: content.attendees.length,
        user_id: stored.user_id,
        user_source: stored.user_source,
      },
      engine: "code",
      followups: [meetingEnded(stored, content.transcript.length)],
    };
  },
});
