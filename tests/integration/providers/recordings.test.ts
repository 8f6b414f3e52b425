import assert from "node:assert/strict";
import type {
  MeetingContent,
  RecordingProvider,
} from "../../../supabase/functions/_shared/ports/recordings.ts";
import { createSafeFetch } from "../../../supabase/functions/_shared/providers/http/safeFetch.ts";
import { fetchFromFathom } from "../../../supabase/functions/_shared/providers/recordings/fathom.ts";
import { fetchFromFireflies } from "../../../supabase/functions/_shared/providers/recordings/fireflies.ts";
import { fetchFromMeetingBaas } from "../../../supabase/functions/_shared/providers/recordings/meetingbaas.ts";
import { createRecordings } from "../../../supabase/functions/_shared/providers/recordings/recordings.ts";
import { createDesk } from "../../support/vendors/deliveries.ts";
import {
  type RecorderServer,
  serveFathom,
  serveFireflies,
  serveMeetingBaas,
} from "../../support/vendors/recordings.ts";

const KEY = "key-1";
interface Recorder {
  serve(): RecorderServer;
  readonly baseOf: (url: string) => string;
  /** Path of the API itself, where faults are put. */
  readonly path: string;
}
const RECORDERS: Readonly<Record<RecordingProvider, Recorder>> = {
  fireflies: { serve: () => serveFireflies({ key: KEY }), baseOf: (url) => url, path: "/graphql" },
  meetingbaas: {
    serve: () => serveMeetingBaas({ key: KEY }),
    baseOf: (url) => `${url}/v2`,
    path: "/v2/bots",
  },
  fathom: {
    serve: () => serveFathom({ key: KEY }),
    baseOf: (url) => url,
    path: "/transcript",
  },
};
const PROVIDERS = Object.keys(RECORDERS) as readonly RecordingProvider[];

function open(provider: RecordingProvider, server: RecorderServer, tokens = { "org-1": KEY }) {
  const desk = createDesk(tokens);
  const vendor = desk.vendor(provider, RECORDERS[provider].baseOf(server.url));
  const recordings = createRecordings({
    providers: {
      fireflies: { vendor, fetch: fetchFromFireflies },
      meetingbaas: { vendor, fetch: fetchFromMeetingBaas },
      fathom: { vendor, fetch: fetchFromFathom },
    },
    readArtefact: createSafeFetch({
      area: "recordings",
      fetch,
      resolve: null,
      hosts: ["store.example.com"],
      ownOrigin: new URL(server.url).origin,
      maxBytes: 8 * 1024 * 1024,
      timeoutMs: 5000,
    }),
    store: () => Promise.reject(new Error("Not asked here")),
    clock: { now: Date.now },
  });
  return {
    desk,
    fetch: (id: string, signal = new AbortController().signal): Promise<MeetingContent> =>
      recordings.fetch({ provider, id }, { orgId: "org-1", userId: null, signal }),
  };
}

for (const provider of PROVIDERS) {
  Deno.test(`${provider}: the words of a recording, with their speakers and times`, async () => {
    await using server = RECORDERS[provider].serve();
    server.recordings.set("r1", {});
    const { transcript } = await open(provider, server).fetch("r1");
    assert.deepEqual(transcript.map(({ speaker, t_seconds }) => [speaker, t_seconds]), [
      ["Maya Chen", 4],
      ["Priya Raman", 12],
    ]);
    assert.match(transcript[1].text, /demo next week/);
  });

  Deno.test(`${provider}: a recording that is not done is asked for again in a minute`, async () => {
    await using server = RECORDERS[provider].serve();
    server.recordings.set("r1", null);
    await assert.rejects(open(provider, server).fetch("r1"), {
      code: "recordings_not_ready",
      kind: "retryable",
      retryAfterMs: 60_000,
    });
  });

  Deno.test(`${provider}: an unknown recording is never there, and nothing is retried`, async () => {
    await using server = RECORDERS[provider].serve();
    await assert.rejects(open(provider, server).fetch("r9"), { kind: "fatal" });
  });

  Deno.test(`${provider}: an organisation that did not connect it is told to, and nothing is asked`, async () => {
    await using server = RECORDERS[provider].serve();
    await assert.rejects(
      open(provider, server, {} as { "org-1": string }).fetch("r1"),
      { code: "recordings_not_connected", kind: "fatal" },
    );
    assert.equal(server.seen.length, 0);
  });

  Deno.test(`${provider}: a key that is refused is marked, so that its owner is asked`, async () => {
    await using server = RECORDERS[provider].serve();
    const opened = open(provider, server, { "org-1": "stale" });
    await assert.rejects(opened.fetch("r1"), { code: "reconnect_required" });
    assert.deepEqual(opened.desk.refused, ["stale"]);
  });

  const FAULTS = [
    ["500", { code: "recordings_unavailable", kind: "retryable" }],
    ["drop", { code: "recordings_unavailable", kind: "retryable" }],
    ["redirect", { code: "recordings_unavailable", kind: "retryable" }],
    ["html", { kind: "fatal", code: "recordings_bad_answer" }],
    ["huge", { kind: "fatal", code: "answer_too_large" }],
    [{ retryAfter: "120" }, {
      code: "recordings_rate_limited",
      kind: "retryable",
      retryAfterMs: 120_000,
    }],
  ] as const;
  for (const [fault, expected] of FAULTS) {
    Deno.test(`${provider}: ${JSON.stringify(fault)} is told as ${expected.code}`, async () => {
      await using server = RECORDERS[provider].serve();
      server.recordings.set("r1", {});
      server.fail(RECORDERS[provider].path, fault);
      await assert.rejects(open(provider, server).fetch("r1"), expected);
    });
  }

  Deno.test(`${provider}: an answer that never comes ends with the step`, async () => {
    await using server = RECORDERS[provider].serve();
    server.fail(RECORDERS[provider].path, "hang");
    const stop = new AbortController();
    const asked = open(provider, server).fetch("r1", stop.signal);
    const reason = new Error("The step's time is over");
    stop.abort(reason);
    await assert.rejects(asked, reason);
  });
}

Deno.test("fireflies: title, time, host, people and calendar event come with the words", async () => {
  await using server = serveFireflies({ key: KEY });
  server.recordings.set("r1", { calendar_id: "event-1" });
  const { transcript: _, ...content } = await open("fireflies", server).fetch("r1");
  assert.deepEqual(content, {
    title: "Harbor Foods discovery",
    started_at: "2027-03-01T10:00:00.000Z",
    timezone: null,
    duration_minutes: 32,
    organizer_email: "maya.chen@northwind.example",
    host_email: "maya.chen@northwind.example",
    attendees: [
      { name: "Maya Chen", email: "maya.chen@northwind.example", title: null, is_external: null },
      {
        name: "Priya Raman",
        email: "priya.raman@harborfoods.example",
        title: null,
        is_external: null,
      },
    ],
    recording_url: "https://app.fireflies.ai/view/r1",
    calendar_uid: "event-1",
  });
});

Deno.test("fireflies: its own rate limit says until when", async () => {
  await using server = serveFireflies({ key: KEY });
  await assert.rejects(
    open("fireflies", server).fetch("throttled"),
    (error: { code?: string; retryAfterMs?: number }) =>
      error.code === "recordings_rate_limited" && error.retryAfterMs! > 80_000 &&
      error.retryAfterMs! < 100_000,
  );
});

Deno.test("recorders: what cannot be stored, is no address or has no words is left out", async () => {
  await using server = serveFireflies({ key: KEY });
  server.recordings.set("r1", {
    title: "  \u0000 ",
    host_email: "Meeting room 3",
    meeting_attendees: [{ displayName: "", email: "not an address", name: null }, {
      displayName: "Bo\u0000b",
      email: null,
      name: null,
    }],
    sentences: [
      { speaker_name: null, text: "half \ud83d", start_time: "soon" },
      { speaker_name: "A", text: " ", start_time: 1 },
    ],
  });
  const content = await open("fireflies", server).fetch("r1");
  assert.deepEqual(
    [content.title, content.host_email, content.attendees.map(({ name }) => name)],
    ["\ufffd", null, ["Bo\ufffdb"]],
  );
  assert.deepEqual(content.transcript, [
    { speaker: "Unknown", t_seconds: null, text: "half \ufffd" },
  ]);
});

Deno.test("meetingbaas: the words are read where they lie, without our key; the bot is nobody's attendee", async () => {
  await using server = serveMeetingBaas({ key: KEY });
  server.recordings.set("r1", {});
  const content = await open("meetingbaas", server).fetch("r1");
  assert.deepEqual(content.attendees.map(({ name }) => name), ["Maya Chen", "Priya Raman"]);
  assert.deepEqual([content.title, content.host_email, content.duration_minutes], [
    "Harbor Foods discovery",
    "maya.chen@northwind.example",
    31,
  ]);
  const [details, artefact] = server.seen;
  assert.deepEqual([details.token, artefact.token], [KEY, ""]);
});

Deno.test("meetingbaas: a bot without transcription has people and no words; a failed or emptied one is told", async () => {
  await using server = serveMeetingBaas({ key: KEY });
  server.recordings.set("none", { transcription: null });
  server.recordings.set("failed", { status: "failed" });
  server.recordings.set("deleted", { artifacts_deleted: true });
  const recorder = open("meetingbaas", server);
  assert.deepEqual((await recorder.fetch("none")).transcript, []);
  for (const id of ["failed", "deleted"]) {
    await assert.rejects(recorder.fetch(id), { code: "recordings_refused", kind: "fatal" });
  }
});

for (
  const [fault, expected] of [
    ["redirect", { code: "unsafe_url", kind: "fatal" }],
    ["huge", { code: "answer_too_large", kind: "fatal" }],
    ["html", { code: "recordings_bad_answer", kind: "fatal" }],
    ["500", { code: "recordings_unavailable", kind: "retryable" }],
  ] as const
) {
  Deno.test(`meetingbaas: ${fault} where the words lie is told as ${expected.code}`, async () => {
    await using server = serveMeetingBaas({ key: KEY });
    server.recordings.set("r1", {});
    server.fail("/storage/", fault);
    await assert.rejects(open("meetingbaas", server).fetch("r1"), expected);
  });
}

for (
  const address of [
    "http://169.254.169.254/latest/meta-data",
    "https://127.0.0.1/x",
    "https://evil.example/x",
    "file:///etc/passwd",
    "",
    "not an address",
  ]
) {
  Deno.test(`meetingbaas: words are not looked for at "${address}"`, async () => {
    await using server = serveMeetingBaas({ key: KEY });
    server.recordings.set("r1", { transcription: address });
    const fetched = open("meetingbaas", server).fetch("r1");
    if (address === "") assert.deepEqual((await fetched).transcript, []);
    else await assert.rejects(fetched, { code: "unsafe_url", kind: "fatal" });
    assert.equal(server.seen.length, 1);
  });
}
