/**
 * One entry per function: requests that its own lock lets through, so that every test of this folder tries every
 * door. A function or a method without an entry fails doors.test.ts.
 */
import { createHmac } from "node:crypto";
import { Webhook } from "standardwebhooks";
import type { z } from "zod";
import {
  ResumeBody,
  StartBody,
  SweepBody,
} from "../../supabase/functions/agent-orchestrator/schema.ts";
import { SchedulerBody } from "../../supabase/functions/agent-scheduler/schema.ts";
import { TriggerBody } from "../../supabase/functions/agent-trigger/schema.ts";
import { AnswerBody } from "../../supabase/functions/fleet-approvals/schema.ts";
import { UrlVerification } from "../../supabase/functions/slack-interactivity/schema.ts";
import * as connect from "../../supabase/functions/fleet-connect/schema.ts";
import { GenericMail } from "../../supabase/functions/webhook-email/schema.ts";
import { GenericMeeting } from "../../supabase/functions/webhook-meeting/schema.ts";
import type { AuthClass } from "../../supabase/functions/_shared/http/auth.ts";
import { KEYS } from "../support/doors.ts";
import { SEED } from "../support/skillWorld.ts";

export type JsonBody = Readonly<Record<string, unknown>>;

export interface Sample {
  /** A claim names it: what is asked of which function. */
  readonly name: string;
  readonly method: "GET" | "POST";
  /** Behind `/functions/v1/`. */
  readonly path: string;
  readonly body?: JsonBody;
  /** What the body goes through. */
  readonly schema?: z.ZodType;
  /** Fields whose texts end up in rows as they came. */
  readonly isStored?: boolean;
  /** The credential lies in the address: headers open nothing and close nothing. */
  readonly isOpenedByPath?: true;
  /** Opens a lock of the door's own for these bytes. */
  readonly sign?: (bytes: Uint8Array) => Readonly<Record<string, string>>;
}

const MEETING_SECRET = "whsec_bG9jYWwtZGVtby1tZWV0aW5nLXNlY3JldC0wMQ==";
const MAIL_SECRET = "whsec_bG9jYWwtZGVtby1lbWFpbC1zZWNyZXQtMDAwMQ==";

/** Standard Webhooks over the very bytes; a fresh delivery each. */
function standardWebhook(secret: string) {
  return (bytes: Uint8Array): Readonly<Record<string, string>> => {
    const id = `msg_${crypto.randomUUID()}`, at = new Date();
    // Only text can be signed this way: other bytes carry any signature and are refused before it is asked.
    const text = new TextDecoder().decode(bytes);
    return {
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
      "webhook-signature": new Webhook(secret).sign(id, at, text),
    };
  };
}

/** Slack's v0 signature over the very bytes. */
function slackSignature(bytes: Uint8Array): Readonly<Record<string, string>> {
  const at = String(Math.floor(Date.now() / 1000));
  const mac = createHmac("sha256", KEYS.slackSigning).update(`v0:${at}:`).update(bytes).digest(
    "hex",
  );
  return { "x-slack-request-timestamp": at, "x-slack-signature": `v0=${mac}` };
}

const UNKNOWN = "0a000000-0000-4000-8000-0000000000ff";

export const DOOR_TABLE: Readonly<Record<string, readonly Sample[]>> = {
  "agent-orchestrator": [
    {
      name: "start",
      method: "POST",
      path: "agent-orchestrator",
      schema: StartBody,
      isStored: true,
      body: {
        type: "meeting_ended",
        org_id: SEED.org,
        user_id: SEED.member,
        source: "manual",
        payload: { meeting_id: SEED.meeting, note: "text", list: [{ deep: "text" }] },
        idempotency_key: "key",
        // Stored and not driven: the door is tested here, not the run.
        delay_minutes: 1000,
      },
    },
    {
      name: "resume",
      method: "POST",
      path: "agent-orchestrator",
      schema: ResumeBody,
      body: {
        resume_job_id: UNKNOWN,
        approval_data: {
          approval_id: UNKNOWN,
          decision: "reject",
          comment: "text",
          edits: { title: "text" },
          decided_by: SEED.member,
        },
      },
    },
    {
      name: "sweep",
      method: "POST",
      path: "agent-orchestrator",
      schema: SweepBody,
      body: { action: "sweep" },
    },
    { name: "status", method: "GET", path: `agent-orchestrator?job_id=${UNKNOWN}` },
    { name: "list", method: "GET", path: `agent-orchestrator?org_id=${SEED.org}` },
  ],
  "agent-scheduler": [
    {
      name: "all that is due",
      method: "POST",
      path: "agent-scheduler",
      schema: SchedulerBody,
      body: {},
    },
    {
      name: "one now",
      method: "POST",
      path: "agent-scheduler",
      schema: SchedulerBody,
      body: { schedule_id: UNKNOWN },
    },
  ],
  "agent-trigger": [
    {
      name: "CRM event",
      method: "POST",
      path: "agent-trigger",
      schema: TriggerBody,
      body: {
        event: "deal_created",
        organization_id: SEED.org,
        user_id: SEED.member,
        payload: { deal_id: SEED.deal, note: "text" },
        idempotency_key: "key",
      },
    },
    {
      name: "test of one",
      method: "POST",
      path: "agent-trigger",
      schema: TriggerBody,
      body: {
        event: "deal_created",
        organization_id: SEED.org,
        user_id: SEED.member,
        trigger_id: UNKNOWN,
      },
    },
  ],
  "fleet-admin": [{ name: "health", method: "GET", path: "fleet-admin/health" }],
  "fleet-connect": [
    {
      name: "start of a member's account",
      method: "POST",
      path: "fleet-connect/google/start",
      schema: connect.StartBody,
      body: { org_id: SEED.org, user_id: SEED.member },
    },
    {
      name: "start of an organisation's account",
      method: "POST",
      path: "fleet-connect/slack/start",
      schema: connect.StartBody,
      body: { org_id: SEED.org },
    },
    {
      name: "disconnect",
      method: "POST",
      path: "fleet-connect/google/disconnect",
      schema: connect.StartBody,
      body: { org_id: SEED.org, user_id: SEED.member },
    },
    {
      name: "key",
      method: "POST",
      path: "fleet-connect/resend/key",
      schema: connect.KeyBody,
      body: { org_id: SEED.org, key: "re_0123456789abcdef" },
    },
    {
      name: "callback",
      method: "GET",
      path: `fleet-connect/google/callback?state=${"s".repeat(43)}&code=c`,
    },
  ],
  "fleet-approvals": [
    {
      name: "link",
      method: "GET",
      isOpenedByPath: true,
      path: `fleet-approvals/${"t".repeat(43)}`,
    },
    {
      name: "answer",
      isOpenedByPath: true,
      method: "POST",
      path: `fleet-approvals/${"t".repeat(43)}`,
      schema: AnswerBody,
      body: { decision: "approve", comment: "text", edits: { title: "text" } },
    },
  ],
  "slack-interactivity": [{
    name: "verification of its address",
    method: "POST",
    path: "slack-interactivity",
    schema: UrlVerification,
    sign: slackSignature,
    body: { type: "url_verification", challenge: "text" },
  }],
  "webhook-email": [{
    name: "generic mail",
    method: "POST",
    path: "webhook-email/d0000000-0000-4000-8000-000000000302",
    schema: GenericMail,
    isStored: true,
    sign: standardWebhook(MAIL_SECRET),
    body: {
      type: "email.received",
      data: {
        message_id: "<one@example.com>",
        thread_id: "thread",
        from: "Ann Lee <ann@example.com>",
        to: ["dana@fleet.example"],
        cc: [],
        subject: "text",
        body_text: "text",
        body_html: "<p>text</p>",
        received_at: "2026-11-20T10:00:00Z",
        in_reply_to: "<zero@example.com>",
        headers: { "x-any": "text" },
      },
    },
  }],
  "webhook-meeting": [{
    name: "generic meeting",
    method: "POST",
    path: "webhook-meeting/d0000000-0000-4000-8000-000000000301",
    schema: GenericMeeting,
    isStored: true,
    sign: standardWebhook(MEETING_SECRET),
    body: {
      type: "meeting.ended",
      data: {
        external_id: "external",
        title: "text",
        started_at: "2026-11-20T10:00:00Z",
        timezone: "UTC",
        duration_minutes: 30,
        organizer_email: "ann@example.com",
        attendees: [{
          name: "text",
          email: "bo@example.com",
          title: "text",
          is_external: true,
        }],
        transcript: [{ speaker: "text", t_seconds: 1, text: "text" }],
        recording_url: "https://recordings.example.com/one",
        calendar_uid: "uid",
      },
    },
  }],
};

/** What a stranger may be answered by a lock; anything else, a success above all, is a hole. */
export const REFUSALS: Readonly<Record<AuthClass, readonly number[]>> = {
  secret: [401],
  caller: [401],
  webhook: [401, 403],
  slack: [401, 403],
  approval_token: [401, 403, 404, 410],
  // An unknown state is a bad request of a browser that comes back.
  oauth_state: [400, 401, 403, 404],
};

export const bytesOf = (body: unknown): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(JSON.stringify(body));

/** A request that the lock lets through; the secret key where a caller is asked for. */
export function requestOf(
  sample: Sample,
  bytes: Uint8Array<ArrayBuffer> | null = sample.body === undefined ? null : bytesOf(sample.body),
): RequestInit {
  return {
    method: sample.method,
    headers: {
      "content-type": "application/json",
      ...(sample.sign === undefined ? { apikey: KEYS.secret } : sample.sign(bytes!)),
    },
    ...(bytes === null ? {} : { body: bytes }),
  };
}

export const SAMPLES = Object.entries(DOOR_TABLE).flatMap(([name, samples]) =>
  samples.map((sample) => ({ door: name, ...sample }))
);
