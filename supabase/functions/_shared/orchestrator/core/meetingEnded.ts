import type { JsonObject } from "../types.ts";

/** What is known of a stored meeting when its event is raised. */
export interface EndedMeeting {
  readonly meeting_id: string;
  readonly title: string;
  readonly user_id: string | null;
  readonly user_source: string | null;
  readonly contact_id: string | null;
  readonly deal_id: string | null;
  readonly is_internal: boolean;
}

/**
 * The event of a meeting that is over and stored: the same whether its delivery brought the words or a run fetched
 * them. One per meeting, by its key.
 */
export function meetingEnded(
  stored: EndedMeeting,
  turns: number,
): {
  readonly type: "meeting_ended";
  readonly payload: JsonObject;
  readonly idempotency_key: string;
  readonly user_id: string | null;
  readonly user_source: string | null;
} {
  return {
    type: "meeting_ended",
    payload: {
      meeting_id: stored.meeting_id,
      title: stored.title,
      transcript_available: turns > 0,
      ...(stored.contact_id === null ? {} : { contact_id: stored.contact_id }),
      ...(stored.deal_id === null ? {} : { deal_id: stored.deal_id }),
      ...(stored.is_internal ? { internal_only: true } : {}),
    },
    idempotency_key: `meeting_ended:${stored.meeting_id}`,
    user_id: stored.user_id,
    user_source: stored.user_source,
  };
}
