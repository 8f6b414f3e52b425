import { Webhook } from "standardwebhooks";
import type { TranscriptFile } from "./transcripts.ts";

/** The body of a generic meeting webhook (contract.md §4), with the demo's meeting or a given transcript. */
export async function composeMeeting(
  transcript: TranscriptFile | null,
  options: { readonly now: number; readonly newId: () => string },
): Promise<{ readonly title: string; readonly turns: number; readonly body: string }> {
  const data = transcript === null ? await demoMeeting(options.now) : {
    title: transcript.title,
    // Unknown stays unknown: no date is guessed.
    started_at: transcript.started_at,
    timezone: transcript.timezone,
    attendees: transcript.attendees,
    transcript: transcript.turns,
  };
  const body = JSON.stringify({
    type: "meeting.ended",
    data: { ...data, external_id: options.newId() },
  });
  return { title: data.title, turns: data.transcript.length, body };
}

interface DemoMeeting {
  readonly title: string;
  readonly duration_minutes: number;
  readonly transcript: readonly unknown[];
}

/** The meeting of the fixture, as if it had just ended. */
async function demoMeeting(now: number): Promise<DemoMeeting & { readonly started_at: string }> {
  const url = new URL("../local/fixtures/demo-meeting.json", import.meta.url);
  const meeting = JSON.parse(await Deno.readTextFile(url)) as DemoMeeting;
  const startedAt = new Date(now - meeting.duration_minutes * 60_000);
  return { ...meeting, started_at: startedAt.toISOString() };
}

export interface WebhookAnswer {
  readonly status: number;
  readonly body: { readonly job_id?: string; readonly event_id?: string; readonly status?: string };
}

/** Sends a body as a provider would: signed by Standard Webhooks. */
export async function sendSigned(
  door: { readonly url: string; readonly secret: string },
  body: string,
  options: { readonly now: number; readonly newId: () => string },
): Promise<WebhookAnswer> {
  const id = `msg_${options.newId()}`;
  const at = new Date(options.now);
  const response = await fetch(door.url, {
    method: "POST",
    body,
    headers: {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
      "webhook-signature": new Webhook(door.secret).sign(id, at, body),
    },
  });
  return { status: response.status, body: await response.json() };
}
