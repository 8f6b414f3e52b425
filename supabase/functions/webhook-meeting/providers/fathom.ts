import { z } from "zod";
import { parseWith } from "../../_shared/http/handler.ts";
import { verifyStandardWebhook } from "../../_shared/http/signatures.ts";
import { fathomContent, FathomMeeting } from "../../_shared/providers/recordings/fathom.ts";
import type { MeetingProvider } from "./provider.ts";

/** The body is the meeting itself; should it name an event one day, this is the one we know. */
const CONTENT_READY = /^new[-_ ]?meeting(?:[-_ ]content[-_ ]ready)?$/i;
const Named = z.object({ event: z.string().optional(), type: z.string().optional() });

/** Fathom: Standard Webhooks exactly; whether the words are in the body is a setting of the webhook. */
export const fathom: MeetingProvider = {
  verify({ headers, body, secrets }) {
    const id = verifyStandardWebhook(headers, body, secrets);
    return Promise.resolve((value) => {
      const named = Named.safeParse(value).data;
      const event = named?.event ?? named?.type;
      if (event !== undefined && !CONTENT_READY.test(event)) return null;
      const meeting = parseWith(FathomMeeting, value);
      const recordingId = meeting.recording_id ? String(meeting.recording_id) : null;
      return {
        delivery_id: `standard:${id}`,
        meeting: {
          ...fathomContent(meeting),
          external_id: (recordingId ?? meeting.url!).slice(0, 300),
        },
        recording: meeting.transcript || recordingId === null
          ? null
          : { provider: "fathom", id: recordingId },
      };
    });
  },
};
