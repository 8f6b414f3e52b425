import { z } from "zod";
import { FatalError } from "../../orchestrator/core/errors.ts";
import type { MeetingContent } from "../../ports/recordings.ts";
import { notFound, notReady, type RecordingFetcher } from "./recordings.ts";
import { addressOf, minutesOf, momentOf, peopleOf, textOf, turnsOf } from "./words.ts";

/** Names alone in callbacks, objects in webhooks and bot details. */
const Person = z.union([z.string(), z.object({ name: z.string().nullish() })]);

const Bot = z.object({
  success: z.literal(true),
  data: z.object({
    status: z.string(),
    bot_name: z.string().nullish(),
    joined_at: z.string().nullish(),
    duration_seconds: z.number().nullish(),
    participants: z.array(Person).nullish(),
    transcription: z.string().nullish(),
    artifacts_deleted: z.boolean().nullish(),
    /** What whoever sent the bot registered with it; ours are the keys below. */
    extra: z.object({
      title: z.string().nullish().catch(null),
      host_email: z.string().nullish().catch(null),
      organizer_email: z.string().nullish().catch(null),
      calendar_uid: z.string().nullish().catch(null),
    }).nullish().catch(null),
  }),
});

/** The `transcription` artefact. */
const Transcription = z.object({
  result: z.object({
    utterances: z.array(z.object({
      speaker: z.union([z.string(), z.number()]).nullish(),
      text: z.string().nullish(),
      start: z.number().nullish().catch(null),
    })),
  }),
});

/** MeetingBaaS v2: the bot's details with our key, then its transcription where it lies, without. */
export const fetchFromMeetingBaas: RecordingFetcher = async (session, id, deps) => {
  const { status, body } = await session.call({
    method: "GET",
    path: `/bots/${encodeURIComponent(id)}`,
    accept: [404],
  });
  if (status === 404) throw notFound("MeetingBaaS");
  const parsed = Bot.safeParse(body);
  if (!parsed.success) {
    throw new FatalError("recordings_bad_answer", "MeetingBaaS answered in an unknown shape");
  }
  const bot = parsed.data.data;
  if (bot.status === "failed") {
    throw new FatalError("recordings_refused", "The bot was not in the meeting");
  }
  if (bot.status !== "completed") throw notReady("MeetingBaaS");
  if (bot.artifacts_deleted) {
    throw new FatalError("recordings_refused", "The recording was deleted");
  }
  return {
    title: textOf(bot.extra?.title, 500),
    started_at: momentOf(bot.joined_at),
    timezone: null,
    duration_minutes: minutesOf((bot.duration_seconds ?? NaN) / 60),
    organizer_email: addressOf(bot.extra?.organizer_email),
    host_email: addressOf(bot.extra?.host_email),
    attendees: peopleOf(
      (bot.participants ?? []).map((one) => (typeof one === "string" ? one : one.name))
        .filter((name) => name !== bot.bot_name).map((name) => ({ name, email: null })),
    ),
    // Null: the bot was sent without transcription.
    transcript: !bot.transcription ? [] : await readTranscription(bot.transcription, deps),
    recording_url: null,
    calendar_uid: textOf(bot.extra?.calendar_uid, 500),
  };
};

async function readTranscription(
  address: string,
  { readArtefact, signal }: Parameters<RecordingFetcher>[2],
): Promise<MeetingContent["transcript"]> {
  const text = await readArtefact(address, signal);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = null;
  }
  const parsed = Transcription.safeParse(value);
  if (!parsed.success) {
    throw new FatalError("recordings_bad_answer", "A transcription is in an unknown shape");
  }
  return turnsOf(parsed.data.result.utterances.map(({ speaker, text, start }) => ({
    speaker: typeof speaker === "number" ? `Speaker ${speaker}` : speaker,
    at: start ?? null,
    text,
  })));
}
