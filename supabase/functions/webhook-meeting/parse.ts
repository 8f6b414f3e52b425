import type { MeetingDelivery } from "../_shared/orchestrator/api.ts";
import { HttpError } from "../_shared/http/errors.ts";
import type { GenericMeetingBody } from "./schema.ts";

const SPEAKER_LINE = /^([^\s:][^:\n]{0,80}):\s+(.*)$/;

/** The generic body as the orchestrator stores it. A text transcript is split by `Name: words` lines. */
export function toMeeting(body: GenericMeetingBody): MeetingDelivery["meeting"] {
  const { data } = body;
  if (data.timezone !== null && data.timezone !== undefined && !isZone(data.timezone)) {
    throw new HttpError(400, "invalid_input", "timezone must be an IANA zone", {
      details: [{ path: "data.timezone", message: "Unknown time zone" }],
    });
  }
  return {
    external_id: data.external_id,
    title: data.title,
    started_at: data.started_at ?? null,
    timezone: data.timezone ?? null,
    duration_minutes: data.duration_minutes ?? null,
    organizer_email: data.organizer_email ?? null,
    attendees: data.attendees.map((a) => ({
      name: a.name,
      email: a.email ?? null,
      title: a.title ?? null,
      is_external: a.is_external ?? null,
    })),
    transcript: typeof data.transcript === "string"
      ? splitText(data.transcript)
      : data.transcript.map((t) => ({
        speaker: t.speaker,
        t_seconds: t.t_seconds ?? null,
        text: t.text,
      })),
    recording_url: data.recording_url ?? null,
    calendar_uid: data.calendar_uid ?? null,
  };
}

function splitText(text: string): MeetingDelivery["meeting"]["transcript"] {
  const turns: { speaker: string; t_seconds: null; text: string }[] = [];
  for (const line of text.split(/\r?\n/)) {
    const [, speaker, words] = line.match(SPEAKER_LINE) ?? [];
    if (speaker !== undefined) {
      turns.push({ speaker: speaker.trim(), t_seconds: null, text: words });
    } else if (line.trim() !== "" && turns.length > 0) {
      turns[turns.length - 1].text += ` ${line.trim()}`;
    } else if (line.trim() !== "") {
      turns.push({ speaker: "Unknown", t_seconds: null, text: line.trim() });
    }
  }
  return turns;
}

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
