/**
 * Recorders of meetings as far as we use them: Fireflies' GraphQL API, MeetingBaaS' API v2 with its storage, Fathom's
 * External API (docs.fireflies.ai, docs.meetingbaas.com, developers.fathom.ai).
 */
import { type Seen, serveVendor, type VendorServer } from "./server.ts";

type Fields = Readonly<Record<string, unknown>>;

export interface RecorderServer extends VendorServer {
  /** What the recorder knows, by recording id; null while it is not done with it. */
  readonly recordings: Map<string, Fields | null>;
}

const HOST = "maya.chen@northwind.example";
const GUEST = "priya.raman@harborfoods.example";
const SAID = [
  ["Maya Chen", "Thanks for joining. I will send you the pricing for six sites by Friday.", 4],
  ["Priya Raman", "Good. Could we see a demo next week, Tuesday afternoon?", 12],
] as const;

/** Fireflies: refusals are answers of GraphQL with a code, a recording that is not done has no sentences. */
export function serveFireflies(options: { readonly key: string }): RecorderServer {
  const recordings = new Map<string, Fields | null>();
  const refuse = (code: string, status: number, metadata?: Fields) =>
    Response.json({
      errors: [{
        message: "refused",
        friendly: true,
        code,
        extensions: { code, status, metadata },
      }],
    }, { status: status === 401 ? 401 : 200 });

  function work(seen: Seen): Response {
    if (seen.token !== options.key) return refuse("auth_failed", 401);
    if (seen.path !== "/graphql" || seen.method !== "POST") return refuse("not_found", 404);
    const asked = seen.body.query.match(/transcript\(id: \$id\) \{([\s\S]*)\}\s*\}/)?.[1] ?? "";
    if (
      /\b(?!id|title|date|duration|host_email|organizer_email|calendar_id|transcript_url|meeting_attendees|displayName|email|name|sentences|speaker_name|text|start_time)[a-z]\w*/i
        .test(asked)
    ) {
      return refuse("graphql_validation_failed", 400);
    }
    const id = seen.body.variables.id;
    if (id === "throttled") {
      return refuse("too_many_requests", 429, { retryAfter: Date.now() + 90_000 });
    }
    if (!recordings.has(id)) return refuse("object_not_found", 404, { objectType: "Transcript" });
    const known = recordings.get(id);
    const transcript = {
      id,
      title: "Harbor Foods discovery",
      date: Date.parse("2027-03-01T10:00:00Z"),
      duration: 31.6,
      host_email: HOST,
      organizer_email: HOST,
      calendar_id: null,
      transcript_url: `https://app.fireflies.ai/view/${id}`,
      meeting_attendees: [
        { displayName: "Maya Chen", email: HOST, name: null },
        { displayName: null, email: GUEST, name: "Priya Raman" },
      ],
      sentences: SAID.map(([speaker_name, text, start_time]) => ({
        speaker_name,
        text,
        start_time: String(start_time),
      })),
      ...known,
    };
    return Response.json({
      data: { transcript: known === null ? { ...transcript, sentences: null } : transcript },
    });
  }
  return Object.assign(serveVendor(work), { recordings });
}

/** MeetingBaaS: bot details under `/v2/bots`, artefacts at addresses that are signed themselves and take no key. */
export function serveMeetingBaas(options: { readonly key: string }): RecorderServer {
  const recordings = new Map<string, Fields | null>();
  const refuse = (status: number, code: string) =>
    Response.json({ success: false, error: "refused", code, statusCode: status }, { status });

  function work(seen: Seen): Response {
    if (seen.path.startsWith("/storage/")) {
      // A storage refuses signed addresses that come with another credential.
      if (seen.token !== "" || seen.query["X-Amz-Signature"] !== "s") {
        return refuse(400, "signature");
      }
      return Response.json({
        bot_id: "bot",
        provider: "gladia",
        result: {
          utterances: SAID.map(([speaker, text, start]) => ({
            text,
            language: "en",
            start,
            end: start + 5,
            speaker,
            words: text.split(" ").map((word) => ({ word, start, end: start + 1, confidence: 1 })),
          })),
        },
      });
    }
    if (seen.token !== options.key) return refuse(401, "FST_ERR_UNAUTHORIZED");
    const [, id] = /^\/v2\/bots\/([^/]+)$/.exec(seen.path) ?? [];
    if (id === undefined || !recordings.has(id)) return refuse(404, "FST_ERR_BOT_NOT_FOUND");
    const known = recordings.get(id);
    return Response.json({
      success: true,
      data: {
        bot_id: id,
        bot_name: "Northwind notes",
        status: known === null ? "transcribing" : "completed",
        meeting_url: "https://meet.google.com/abc-defg-hij",
        joined_at: "2027-03-01T10:00:10.000Z",
        exited_at: "2027-03-01T10:31:00.000Z",
        duration_seconds: 1850,
        participants: [
          { name: "Maya Chen", id: 1 },
          { name: "Priya Raman", id: 2 },
          { name: "Northwind notes", id: null },
        ],
        speakers: [{ name: "Maya Chen", id: 1 }, { name: "Priya Raman", id: 2 }],
        transcription: known === null
          ? null
          : `${server.url}/storage/output_transcription.json?X-Amz-Signature=s`,
        raw_transcription: null,
        artifacts_deleted: false,
        extra: { title: "Harbor Foods discovery", host_email: HOST },
        ...known,
      },
    });
  }
  const server = Object.assign(serveVendor(work), { recordings });
  return server;
}

/** Fathom: only the transcript is asked for; the webhook said the rest. */
export function serveFathom(options: { readonly key: string }): RecorderServer {
  const recordings = new Map<string, Fields | null>();

  function work(seen: Seen): Response {
    if (seen.token !== options.key) return new Response("Unauthorized", { status: 401 });
    const [, id] = /^\/recordings\/([^/]+)\/transcript$/.exec(seen.path) ?? [];
    if (id === undefined || !recordings.has(id)) return new Response("Not Found", { status: 404 });
    const known = recordings.get(id);
    return Response.json(
      known === null ? { transcript: null } : {
        transcript: SAID.map(([display_name, text, at]) => ({
          speaker: { display_name, matched_calendar_invitee_email: null },
          text,
          timestamp: `00:00:${String(at).padStart(2, "0")}`,
        })),
        ...known,
      },
    );
  }
  return Object.assign(serveVendor(work), { recordings });
}
