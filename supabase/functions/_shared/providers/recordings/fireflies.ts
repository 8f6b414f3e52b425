import { z } from "zod";
import { FatalError, RetryableError } from "../../orchestrator/core/errors.ts";
import { errorWord, type VendorSession } from "../http/vendor.ts";
import { notFound, notReady, type RecordingFetcher } from "./recordings.ts";
import { addressOf, linkOf, minutesOf, momentOf, peopleOf, textOf, turnsOf } from "./words.ts";

const QUERY = `query Transcript($id: String!) {
  transcript(id: $id) {
    id title date duration host_email organizer_email calendar_id transcript_url
    meeting_attendees { displayName email name }
    sentences { speaker_name text start_time }
  }
}`;

const Transcript = z.object({
  title: z.string().nullish(),
  /** Milliseconds since the epoch. */
  date: z.union([z.number(), z.string()]).nullish(),
  /** Minutes. */
  duration: z.number().nullish(),
  host_email: z.string().nullish(),
  organizer_email: z.string().nullish(),
  calendar_id: z.string().nullish(),
  transcript_url: z.string().nullish(),
  meeting_attendees: z.array(z.object({
    displayName: z.string().nullish(),
    email: z.string().nullish(),
    name: z.string().nullish(),
  })).nullish(),
  sentences: z.array(z.object({
    speaker_name: z.string().nullish(),
    text: z.string().nullish(),
    start_time: z.coerce.number().nullish().catch(null),
  })).nullish(),
});

/** GraphQL answers 200 for refusals as well, with a code of Fireflies' own list. */
const Answer = z.object({
  data: z.object({ transcript: Transcript.nullish() }).nullish(),
  errors: z.array(z.object({
    code: z.string().nullish(),
    extensions: z.object({
      code: z.string().nullish(),
      metadata: z.object({ retryAfter: z.number().nullish().catch(null) }).nullish().catch(null),
    }).nullish().catch(null),
  })).nullish(),
});

/** Fireflies' GraphQL API: one question for everything about a recording. */
export const fetchFromFireflies: RecordingFetcher = async (session, id, { now }) => {
  const { data, errors } = await session.read(Answer, {
    method: "POST",
    path: "/graphql",
    body: { query: QUERY, variables: { id } },
    accept: [400, 403, 404],
  });
  const [error] = errors ?? [];
  if (error !== undefined) throw await refusal(error, { session, now });
  const found = data?.transcript;
  if (!found) throw notFound("Fireflies");
  // Listed before its words are there.
  if (!found.sentences) throw notReady("Fireflies");
  return {
    title: textOf(found.title, 500),
    started_at: momentOf(typeof found.date === "string" ? Number(found.date) : found.date),
    timezone: null,
    duration_minutes: minutesOf(found.duration ?? NaN),
    organizer_email: addressOf(found.organizer_email),
    host_email: addressOf(found.host_email),
    attendees: peopleOf((found.meeting_attendees ?? []).map((one) => ({
      name: one.name ?? one.displayName,
      email: one.email,
    }))),
    transcript: turnsOf(found.sentences.map(({ speaker_name, text, start_time }) => ({
      speaker: speaker_name,
      at: start_time ?? null,
      text,
    }))),
    recording_url: linkOf(found.transcript_url),
    calendar_uid: textOf(found.calendar_id, 500),
  };
};

async function refusal(
  error: NonNullable<z.output<typeof Answer>["errors"]>[number],
  { session, now }: { readonly session: VendorSession; readonly now: number },
): Promise<Error> {
  const code = error.extensions?.code ?? error.code ?? "unknown";
  switch (code) {
    case "too_many_requests": {
      const at = error.extensions?.metadata?.retryAfter ?? null;
      return new RetryableError("recordings_rate_limited", "Fireflies asks to be called later", {
        // A moment in milliseconds; small numbers are seconds to wait.
        retryAfterMs: at === null ? undefined : at > 1e9 ? Math.max(at - now, 0) : at * 1000,
      });
    }
    case "object_not_found":
      return notFound("Fireflies");
    case "auth_failed":
    case "invalid_api_key":
      return await session.refuse("refused_by_vendor");
    case "internal_server_error":
      return new RetryableError("recordings_unavailable", "Fireflies failed inside");
  }
  return new FatalError(
    "recordings_refused",
    `Fireflies refused${errorWord(code)}`,
  );
}
