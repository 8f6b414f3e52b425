import type { MeetingDelivery } from "../_shared/orchestrator/api.ts";
import { HttpError } from "../_shared/http/errors.ts";
import { MAX_TURN, MAX_TURNS } from "../_shared/providers/recordings/words.ts";
import type { GenericMeetingBody } from "./schema.ts";

const SPEAKER_LINE = /^([^\s:][^:]{0,80}):\s/;

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
    host_email: data.host_email ?? null,
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
  const say = (speaker: string, words: string) => {
    for (let from = 0; from < words.length; from += MAX_TURN) {
      turns.push({ speaker, t_seconds: null, text: words.slice(from, from + MAX_TURN) });
    }
  };
  for (const line of text.split(/\r?\n|\u2028|\u2029/)) {
    const [opening, speaker] = line.match(SPEAKER_LINE) ?? [""];
    const words = line.slice(opening.length).trim();
    const last = turns.at(-1);
    if (speaker !== undefined) say(speaker.trim(), words);
    else if (last === undefined) say("Unknown", words);
    else if (last.text.length + words.length >= MAX_TURN) say(last.speaker, words);
    else if (words !== "") last.text += ` ${words}`;
  }
  if (turns.length > MAX_TURNS) {
    throw new HttpError(400, "invalid_input", `A transcript has at most ${MAX_TURNS} turns`, {
      details: [{ path: "data.transcript", message: `over ${MAX_TURNS} turns` }],
    });
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
