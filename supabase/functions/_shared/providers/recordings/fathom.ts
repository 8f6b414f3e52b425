import { z } from "zod";
import { RECORDING_ID } from "../../orchestrator/core/recordingId.ts";
import { type MeetingContent, UNTOLD_MEETING } from "../../ports/recordings.ts";
import type { VendorSession } from "../http/vendor.ts";
import { notReady, type RecordingFetcher } from "./recordings.ts";
import {
  addressOf,
  linkOf,
  minutesOf,
  momentOf,
  peopleOf,
  secondsOf,
  textOf,
  turnsOf,
} from "./words.ts";

const Turns = z.array(z.object({
  speaker: z.object({ display_name: z.string().nullish() }).nullish(),
  text: z.string().nullish(),
  timestamp: z.string().nullish(),
}));

/** A meeting of Fathom's External API, and the whole body of its webhook. Keys we do not know are dropped. */
export const FathomMeeting = z.object({
  recording_id: z.union([z.number().int(), z.string().regex(RECORDING_ID, "is no id")]).nullish(),
  title: z.string().nullish(),
  meeting_title: z.string().nullish(),
  url: z.string().max(2000).nullish(),
  share_url: z.string().max(2000).nullish(),
  scheduled_start_time: z.string().nullish(),
  scheduled_end_time: z.string().nullish(),
  recording_start_time: z.string().nullish(),
  recording_end_time: z.string().nullish(),
  calendar_invitees: z.array(z.object({
    name: z.string().nullish(),
    email: z.string().nullish(),
    is_external: z.boolean().nullish(),
  })).max(2000).nullish(),
  recorded_by: z.object({ name: z.string().nullish(), email: z.string().nullish() }).nullish(),
  transcript: Turns.nullish(),
}).refine((meeting) => meeting.recording_id || meeting.url, "names neither recording_id nor url");

export function fathomContent(meeting: z.output<typeof FathomMeeting>): MeetingContent {
  const startedAt = momentOf(meeting.recording_start_time) ??
    momentOf(meeting.scheduled_start_time);
  const endedAt = momentOf(meeting.recording_end_time) ?? momentOf(meeting.scheduled_end_time);
  return {
    title: textOf(meeting.title, 500) ?? textOf(meeting.meeting_title, 500),
    started_at: startedAt,
    timezone: null,
    duration_minutes: startedAt === null || endedAt === null
      ? null
      : minutesOf((Date.parse(endedAt) - Date.parse(startedAt)) / 60_000),
    organizer_email: null,
    host_email: addressOf(meeting.recorded_by?.email),
    attendees: peopleOf(
      (meeting.calendar_invitees ?? []).map(({ name, email, is_external }) => ({
        name,
        email,
        is_external,
      })),
    ),
    transcript: fathomTurns(meeting.transcript ?? []),
    recording_url: linkOf(meeting.share_url) ?? linkOf(meeting.url),
    // Fathom names no calendar event.
    calendar_uid: null,
  };
}

/** Fathom's External API (`GET /recordings/:id/transcript`): the webhook said the rest. */
export const fetchFromFathom: RecordingFetcher = async (session: VendorSession, id) => {
  const { transcript } = await session.read(z.object({ transcript: Turns.nullish() }), {
    method: "GET",
    path: `/recordings/${encodeURIComponent(id)}/transcript`,
  });
  if (!transcript) throw notReady("Fathom");
  return { ...UNTOLD_MEETING, transcript: fathomTurns(transcript) };
};

function fathomTurns(turns: z.output<typeof Turns>): MeetingContent["transcript"] {
  return turnsOf(turns.map(({ speaker, text, timestamp }) => ({
    speaker: speaker?.display_name,
    at: secondsOf(timestamp),
    text,
  })));
}
