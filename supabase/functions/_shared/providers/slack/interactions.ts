import { z } from "zod";
import type { Vendor } from "../http/vendor.ts";
import { askSlack } from "./web.ts";

/** What Slack lets us do in answer to somebody who pressed a button. */
export interface SlackInteractions {
  /** False when the organisation has no workspace connected any more. */
  openModal(orgId: string, triggerId: string, view: unknown): Promise<boolean>;
  /** Tells the one who pressed, in their conversation. An address that is not Slack's is not called. */
  whisper(responseUrl: string | undefined, text: string): Promise<void>;
}

/** A trigger lives three seconds, and so does the answer that waits for it. */
const LIMIT_MS = 2500;
const HOOKS = "https://hooks.slack.com";

export function createSlackInteractions(deps: {
  readonly slack: Vendor;
  readonly fetch: typeof fetch;
  /** Origin of the test server that stands in for Slack; null: Slack alone. */
  readonly standInOrigin: string | null;
}): SlackInteractions {
  return {
    async openModal(orgId, triggerId, view) {
      const session = await deps.slack.open({
        orgId,
        userId: null,
        signal: AbortSignal.timeout(LIMIT_MS),
      });
      if (session === null) return false;
      await askSlack(session, z.object({}), {
        method: "views.open",
        body: { trigger_id: triggerId, view },
      });
      return true;
    },
    async whisper(responseUrl, text) {
      const url = responseUrl === undefined ? null : URL.parse(responseUrl);
      if (url === null || ![HOOKS, deps.standInOrigin].includes(url.origin)) return;
      try {
        const response = await deps.fetch(url, {
          method: "POST",
          redirect: "error",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ response_type: "ephemeral", replace_original: false, text }),
          signal: AbortSignal.timeout(LIMIT_MS),
        });
        await response.body?.cancel();
      } catch {
        // A courtesy: what was decided stands, and the message shows it.
      }
    },
  };
}
