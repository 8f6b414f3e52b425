import { fathom } from "./fathom.ts";
import { fireflies } from "./fireflies.ts";
import { generic } from "./generic.ts";
import { meetingbaas } from "./meetingbaas.ts";
import type { MeetingProvider } from "./provider.ts";

/** Senders of meetings, by `fleet_webhook_endpoints.provider`. */
export const MEETING_PROVIDERS: ReadonlyMap<string, MeetingProvider> = new Map(
  Object.entries({ generic, fathom, fireflies, meetingbaas }),
);
