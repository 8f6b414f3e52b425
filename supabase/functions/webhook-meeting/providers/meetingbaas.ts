import { z } from "zod";
import { parseWith } from "../../_shared/http/handler.ts";
import { verifySharedSecret } from "../../_shared/http/sharedSecret.ts";
import { verifyStandardWebhook } from "../../_shared/http/signatures.ts";
import { minutesOf, momentOf, peopleOf } from "../../_shared/providers/recordings/words.ts";
import { bareMeeting, RecordingId } from "./bare.ts";
import { readCalendar } from "./meetingbaasCalendar.ts";
import type { MeetingProvider, ReadDelivery, Unverified } from "./provider.ts";

const Named = z.object({ event: z.string().min(1).max(100) });
const Completed = z.object({ data: z.object({ bot_id: RecordingId }) });
/** What a signed webhook says besides; the words lie where the bot's details say, when they are fetched. */
const Details = z.object({
  data: z.object({
    joined_at: z.string().nullish().catch(null),
    duration_seconds: z.number().nullish().catch(null),
    participants: z.array(z.object({ name: z.string() })).max(2000).nullish().catch(null),
  }),
});

const SVIX_HEADERS = ["svix-id", "svix-timestamp", "svix-signature"];

/**
 * MeetingBaaS v2, two doors in one: webhooks of the account, signed by Svix, and callbacks of a bot, which repeat a
 * secret and sign nothing. A request with any header of Svix is judged as a webhook, never as the weaker callback.
 */
export const meetingbaas: MeetingProvider = {
  verify(request) {
    return SVIX_HEADERS.some((name) => request.headers.has(name))
      ? verifyWebhook(request)
      : verifyCallback(request);
  },
};

function verifyWebhook({ headers, body, secrets }: Unverified) {
  const id = verifyStandardWebhook(headers, body, secrets.filter(isSigningSecret), "svix");
  return Promise.resolve((value: unknown): ReadDelivery => {
    const { event } = parseWith(Named, value);
    if (event !== "bot.completed") {
      const calendar = readCalendar(event, value);
      return calendar === null ? null : { calendar };
    }
    const { bot_id } = parseWith(Completed, value).data;
    const { data } = parseWith(Details, value);
    return {
      delivery_id: `svix:${id}`,
      meeting: {
        ...bareMeeting(bot_id),
        started_at: momentOf(data.joined_at),
        duration_minutes: minutesOf((data.duration_seconds ?? NaN) / 60),
        attendees: peopleOf((data.participants ?? []).map(({ name }) => ({ name, email: null }))),
      },
      recording: { provider: "meetingbaas", id: bot_id },
    };
  });
}

async function verifyCallback({ headers, secrets }: Unverified) {
  await verifySharedSecret(headers, "x-mb-secret", secrets.filter((one) => !isSigningSecret(one)));
  return (value: unknown): ReadDelivery => {
    const { event } = parseWith(Named, value);
    if (event !== "bot.completed") return null;
    const { bot_id } = parseWith(Completed, value).data;
    // Nothing signs this body: only which bot to ask about is taken from it.
    return {
      delivery_id: `callback:${bot_id}:${event}`,
      meeting: bareMeeting(bot_id),
      recording: { provider: "meetingbaas", id: bot_id },
    };
  };
}

/** A key that signs is never accepted as a word to repeat, and the other way round. */
function isSigningSecret(secret: string): boolean {
  return secret.startsWith("whsec_");
}
