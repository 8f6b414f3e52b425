import assert from "node:assert/strict";
import { parseTranscript, readTranscriptFile } from "../../../cli/transcripts.ts";
import { UsageError } from "../../../cli/usage.ts";

type Said = readonly [speaker: string, t_seconds: number | null, text: string];

function saidIn(text: string): readonly Said[] {
  return parseTranscript(text, "call.txt").turns.map((turn) =>
    [turn.speaker, turn.t_seconds, turn.text] as const
  );
}

const FORMATS: readonly (readonly [what: string, text: string, said: readonly Said[]])[] = [
  ["`Name: words` lines", "Ann Lee: hi there\nBo: hello", [
    ["Ann Lee", null, "hi there"],
    ["Bo", null, "hello"],
  ]],
  ["Windows line ends and a byte order mark", "\uFEFFAnn: hi\r\nBo: hello\r\n", [
    ["Ann", null, "hi"],
    ["Bo", null, "hello"],
  ]],
  ["a line that goes on", "Ann: first\nsecond line\n\nthird\nBo: ok", [
    ["Ann", null, "first second line third"],
    ["Bo", null, "ok"],
  ]],
  ["a label with its words below", "Ann:\nhi there", [["Ann", null, "hi there"]]],
  ["times before the name", "[00:12] Ann: hi\n01:02:03 Bo: hello", [
    ["Ann", 12, "hi"],
    ["Bo", 3723, "hello"],
  ]],
  ["times after the name", "Ann (0:12): hi\nBo [1:05]: hello", [
    ["Ann", 12, "hi"],
    ["Bo", 65, "hello"],
  ]],
  ["bold names", "**Ann:** hi\n**Bo**: hello", [["Ann", null, "hi"], ["Bo", null, "hello"]]],
  ["colons and hours within the words", "Ann: at 10:30 then: we start\nBo: fine", [
    ["Ann", null, "at 10:30 then: we start"],
    ["Bo", null, "fine"],
  ]],
  ["a phrase before a colon, which is no name", "Ann: well\nand here is the thing: it works", [
    ["Ann", null, "well and here is the thing: it works"],
  ]],
  ["machine labels", "SPEAKER_00: hi\nme013: hello\nUnknown Speaker 2: hey", [
    ["SPEAKER_00", null, "hi"],
    ["me013", null, "hello"],
    ["Unknown Speaker 2", null, "hey"],
  ]],
  [
    "WebVTT voices",
    "WEBVTT\n\n1\n00:00:01.000 --> 00:00:04.000\n<v Ann Lee>hi &amp; welcome</v>\n\n" +
    "01:00:05.000 --> 01:00:06.000 align:start\n<v.loud Bo>hello</v>\n",
    [["Ann Lee", 1, "hi & welcome"], ["Bo", 3605, "hello"]],
  ],
  [
    "WebVTT headers, notes and styles",
    "WEBVTT - call\nKind: captions\n\nNOTE\nnot said\n\nSTYLE\n::cue {}\n\n" +
    "00:01.000 --> 00:04.000\n<v Ann>hi",
    [["Ann", 1, "hi"]],
  ],
  [
    "two voices of one cue, and one voice over two cues",
    "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>hi <v Bo>hello\n\n00:03.000 --> 00:04.000\n<v Bo>again",
    [["Ann", 1, "hi"], ["Bo", 1, "hello again"]],
  ],
  [
    "WebVTT with names in the words",
    "WEBVTT\n\n00:01.000 --> 00:02.000\nAnn: hi\nthere\n\n00:03.000 --> 00:04.000\nBo: <i>hello</i>",
    [["Ann", 1, "hi there"], ["Bo", 3, "hello"]],
  ],
  ["JSON with turns", '{"turns":[{"speaker":"Ann","text":"hi"}]}', [["Ann", null, "hi"]]],
];

for (const [what, text, said] of FORMATS) {
  Deno.test(`parseTranscript() reads ${what}`, () => assert.deepEqual(saidIn(text), said));
}

Deno.test("parseTranscript() takes everything else of JSON, and guesses nothing", () => {
  const meeting = {
    id: "m1",
    source: "somewhere",
    title: "Intro",
    started_at: "2026-03-12T10:00:00-05:00",
    timezone: "America/Chicago",
    attendees: [{ name: "Ann", email: "ann@a.example", is_external: true, title: "CFO" }],
    turns: [{ speaker: "Ann", t_seconds: 4, text: "hi" }],
  };
  const { id: _id, source: _source, ...known } = meeting;
  assert.deepEqual(parseTranscript(JSON.stringify(meeting), "x.json"), known);
  const bare = parseTranscript('{"id":"m2","turns":[{"speaker":"Ann","text":"hi"}]}', "x.json");
  assert.deepEqual(bare, {
    title: "m2",
    started_at: null,
    timezone: null,
    attendees: [],
    turns: [{ speaker: "Ann", t_seconds: null, text: "hi" }],
  });
});

Deno.test("parseTranscript() takes the file's name where nothing else names the meeting", () => {
  assert.equal(parseTranscript("Ann: hi", "/calls/weekly sync.txt").title, "weekly sync");
});

const TURN = '{"speaker":"Ann","text":"with a { and a \\" in it"}';
const REFUSED: readonly (readonly [what: string, text: string, message: RegExp])[] = [
  ["an empty file", " \n\n", /^call\.txt is empty$/],
  ["prose", "\nMinutes of the meeting\nAnn: hi", /^call\.txt:2: expected `Name: words`/],
  ["names without words", "Ann:\nBo:", /^call\.txt: nobody says anything in it$/],
  ["broken JSON", '{\n"turns": [\n}', /^call\.txt:3: not valid JSON/],
  ["JSON that ends early", '{\n"turns": [', /^call\.txt:2: not valid JSON/],
  ["JSON without turns", '{"title":"x"}', /^call\.txt:1: turns: /],
  ["JSON with no turn at all", '{"turns":[]}', /^call\.txt:1: turns: /],
  ["a bare list", '[{"speaker":"Ann","text":"hi"}]', /^call\.txt:1: the whole: /],
  [
    "a turn without words",
    `{\n"turns": [\n${TURN},\n{"speaker":"Bo"}\n]}`,
    /^call\.txt:4: turns\.1\.text: /,
  ],
  [
    "a start without an offset",
    '{"started_at":"tomorrow","turns":[{"speaker":"A","text":"b"}]}',
    /^call\.txt:1: started_at: /,
  ],
  [
    "a zone nobody knows",
    '{"timezone":"Mars/Base","turns":[{"speaker":"A","text":"b"}]}',
    /^call\.txt:1: timezone: expected an IANA zone/,
  ],
  ["a cue without times", "WEBVTT\n\n<v Ann>hi", /^call\.txt:3: expected cue times/],
  ["a cue with broken times", "WEBVTT\n\n1\n1s --> 2s\n<v Ann>hi", /^call\.txt:4: expected cue/],
  ["a cue of nobody", "WEBVTT\n\n00:01.000 --> 00:02.000\nhi", /^call\.txt:4: nobody is named/],
  ["captions without a cue", "WEBVTT\n", /^call\.txt: nobody says anything in it$/],
];

for (const [what, text, message] of REFUSED) {
  Deno.test(`parseTranscript() refuses ${what}, naming file and line`, () => {
    assert.throws(() => parseTranscript(text, "call.txt"), (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("readTranscriptFile() names a file that is not there", async () => {
  await assert.rejects(readTranscriptFile("/nowhere/call.vtt"), {
    name: "UsageError",
    message: /\/nowhere\/call\.vtt/,
  });
});
