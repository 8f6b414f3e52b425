/** Who records meetings and tells of it by webhook; `fleet_webhook_endpoints.provider`. */
export type RecordingProvider = "fireflies" | "meetingbaas" | "fathom";

/** A meeting as somebody told it: unknown is null, nobody and nothing said are empty. */
export interface MeetingContent {
  readonly title: string | null;
  /** ISO with offset. */
  readonly started_at: string | null;
  readonly timezone: string | null;
  readonly duration_minutes: number | null;
  /** Of the calendar event. */
  readonly organizer_email: string | null;
  /** Whose recorder was there. */
  readonly host_email: string | null;
  readonly attendees: readonly {
    readonly name: string;
    readonly email: string | null;
    readonly title: string | null;
    /** Null: the members and the mail domain of the organisation tell. */
    readonly is_external: boolean | null;
  }[];
  readonly transcript: readonly {
    readonly speaker: string;
    readonly t_seconds: number | null;
    readonly text: string;
  }[];
  readonly recording_url: string | null;
  readonly calendar_uid: string | null;
}

/** Nothing is known of it yet. */
export const UNTOLD_MEETING: MeetingContent = {
  title: null,
  started_at: null,
  timezone: null,
  duration_minutes: null,
  organizer_email: null,
  host_email: null,
  attendees: [],
  transcript: [],
  recording_url: null,
  calendar_uid: null,
};

/** What `fleet_crm.store_meeting` answers. */
export interface StoredMeeting {
  readonly meeting_id: string;
  /** The row of this delivery; another than `meeting_id` where its recording turned out to be a known meeting. */
  readonly delivered_as: string;
  readonly duplicate: boolean;
  readonly title: string;
  readonly user_id: string | null;
  readonly user_source: string | null;
  readonly contact_id: string | null;
  readonly deal_id: string | null;
  /** Everybody who is known to have been there belongs to the organisation. */
  readonly is_internal: boolean;
}

export interface MeetingToStore {
  readonly orgId: string;
  readonly endpointId: string;
  readonly deliveryId: string;
  readonly meeting: MeetingContent & {
    readonly external_id: string;
    /** Only named so far: title, people and words are still to be fetched. */
    readonly awaits_recording: boolean;
  };
}

/** Recordings that a notification only names. */
export interface RecordingsPort {
  /**
   * @throws RetryableError `recordings_not_ready` (with the provider's wish when to ask again),
   *   `recordings_unavailable`, `recordings_rate_limited`, `reconnect_required`
   * @throws FatalError `recordings_not_connected`, `recordings_not_found`, `recordings_refused`,
   *   `recordings_bad_answer`, `unsafe_url`, `answer_too_large`
   */
  fetch(
    recording: { readonly provider: RecordingProvider; readonly id: string },
    options: {
      readonly orgId: string;
      readonly userId: string | null;
      readonly signal: AbortSignal;
    },
  ): Promise<MeetingContent>;
  /** Stores a meeting once: a repeat of the delivery, or the meeting under another name, answers the first. */
  store(meeting: MeetingToStore): Promise<StoredMeeting>;
}
