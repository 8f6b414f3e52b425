import { Webhook } from "standardwebhooks";

/** One request as a provider sends it. */
export interface Delivery {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Standard Webhooks, or Svix under its own header names. */
export function signStandard(
  secret: string,
  body: string,
  options: { readonly family?: "webhook" | "svix"; readonly id?: string; readonly atMs?: number } =
    {},
): Delivery {
  const { family = "webhook", id = `msg_${crypto.randomUUID()}`, atMs = Date.now() } = options;
  const at = new Date(atMs);
  return {
    body,
    headers: {
      "content-type": "application/json",
      [`${family}-id`]: id,
      [`${family}-timestamp`]: String(Math.floor(atMs / 1000)),
      [`${family}-signature`]: new Webhook(secret).sign(id, at, body),
    },
  };
}

export async function hmacHex(secret: string, body: string): Promise<string> {
  const key = await crypto.subtle.importKey(
    "raw",
    new TextEncoder().encode(secret),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const bytes = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(body));
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** `X-Hub-Signature` as Fireflies writes it, with the prefix unless told. */
export async function signHub(secret: string, body: string, prefix = "sha256="): Promise<Delivery> {
  return {
    body,
    headers: {
      "content-type": "application/json",
      "x-hub-signature": `${prefix}${await hmacHex(secret, body)}`,
    },
  };
}

/** MeetingBaaS' callback of a bot. */
export function withSecret(secret: string, body: string): Delivery {
  return { body, headers: { "content-type": "application/json", "x-mb-secret": secret } };
}

// Bodies as the providers document them -----------------------------------------------------------------

export function fathomBody(recordingId: number, more: Readonly<Record<string, unknown>> = {}) {
  return JSON.stringify({
    title: "Harbor Foods: forecasting",
    meeting_title: "Harbor Foods <> Northwind",
    recording_id: recordingId,
    url: `https://fathom.video/calls/${recordingId}`,
    share_url: `https://fathom.video/share/${recordingId}`,
    created_at: "2027-03-01T17:01:30Z",
    scheduled_start_time: "2027-03-01T16:00:00Z",
    scheduled_end_time: "2027-03-01T17:00:00Z",
    recording_start_time: "2027-03-01T16:01:12Z",
    recording_end_time: "2027-03-01T17:00:55Z",
    calendar_invitees_domains_type: "one_or_more_external",
    transcript_language: "en",
    calendar_invitees: [
      {
        name: "Maya Chen",
        email: "maya.chen@northwind.example",
        email_domain: "northwind.example",
        is_external: false,
        matched_speaker_display_name: "Maya Chen",
      },
      {
        name: null,
        email: "priya.raman@harborfoods.example",
        email_domain: "harborfoods.example",
        is_external: true,
        matched_speaker_display_name: null,
      },
    ],
    recorded_by: {
      name: "Maya Chen",
      email: "maya.chen@northwind.example",
      email_domain: "northwind.example",
      team: "Sales",
    },
    transcript: [
      {
        speaker: {
          display_name: "Priya Raman",
          matched_calendar_invitee_email: "priya.raman@harborfoods.example",
        },
        text: "Our budget is forty thousand dollars for this year.",
        timestamp: "00:05:32",
      },
      {
        speaker: {
          display_name: "Maya Chen",
          matched_calendar_invitee_email: "maya.chen@northwind.example",
        },
        text: "I will send the proposal by Friday.",
        timestamp: "01:00:40",
      },
    ],
    default_summary: { template_name: "general", markdown_formatted: "## Summary\n" },
    action_items: null,
    crm_matches: null,
    ...more,
  });
}

export function firefliesV1Body(meetingId: string): string {
  return JSON.stringify({
    meetingId,
    eventType: "Transcription completed",
    clientReferenceId: "be582c46-4ac9-4565-9ba6-6ab4264496a8",
  });
}

export function firefliesV2Body(
  meetingId: string,
  atMs = Date.now(),
  event = "meeting.transcribed",
): string {
  return JSON.stringify({ event, timestamp: atMs, meeting_id: meetingId });
}

export function meetingBaasBody(
  botId: string,
  more: { readonly event?: string; readonly data?: Readonly<Record<string, unknown>> } = {},
): string {
  return JSON.stringify({
    event: more.event ?? "bot.completed",
    data: {
      bot_id: botId,
      event_id: null,
      participants: [{ name: "Maya Chen", id: 1 }, { name: "Priya Raman", id: 2 }],
      speakers: [{ name: "Maya Chen", id: 1 }],
      duration_seconds: 1850,
      joined_at: "2027-03-01T10:00:10.000Z",
      exited_at: "2027-03-01T10:31:00.000Z",
      data_deleted: false,
      video: null,
      audio: "https://s3.example.invalid/output.flac",
      diarization: null,
      raw_transcription: null,
      transcription: "https://s3.example.invalid/output_transcription.json",
      transcription_provider: "gladia",
      transcription_ids: ["job-1"],
      sent_at: "2027-03-01T10:35:00.000Z",
      ...more.data,
    },
    extra: null,
  });
}
