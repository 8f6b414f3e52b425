import { parseWith } from "../../_shared/http/handler.ts";
import { verifyStandardWebhook } from "../../_shared/http/signatures.ts";
import { toMeeting } from "../parse.ts";
import { GenericMeeting } from "../schema.ts";
import type { MeetingProvider } from "./provider.ts";

/** Ours (contract.md §4): Standard Webhooks over the generic body. */
export const generic: MeetingProvider = {
  verify({ headers, body, secrets }) {
    const id = verifyStandardWebhook(headers, body, secrets);
    return Promise.resolve((value) => ({
      delivery_id: `standard:${id}`,
      meeting: toMeeting(parseWith(GenericMeeting, value)),
      recording: null,
    }));
  },
};
