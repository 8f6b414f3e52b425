import assert from "node:assert/strict";
import { showContent } from "../../../../supabase/functions/_shared/orchestrator/core/approvalContent.ts";
import {
  countHidden,
  revealHidden,
  showAddress,
} from "../../../../supabase/functions/_shared/orchestrator/core/visibleText.ts";

/** Signs that a reader cannot see, each of which would otherwise change what was approved (T20). */
const HIDDEN = [
  0x00,
  0x08,
  0x0b,
  0x1b,
  0x7f,
  0x85,
  0xad,
  0x34f,
  0x61c,
  0x115f,
  0x1160,
  0x17b4,
  0x180b,
  0x180e,
  0x200b,
  0x200c,
  0x200d,
  0x200e,
  0x200f,
  0x2028,
  0x2029,
  0x202a,
  0x202b,
  0x202c,
  0x202d,
  0x202e,
  0x2060,
  0x2061,
  0x2064,
  0x2066,
  0x2067,
  0x2068,
  0x2069,
  0x206a,
  0x206f,
  0x3164,
  0xfe00,
  0xfe0f,
  0xfeff,
  0xffa0,
  0xfff9,
  0xfffb,
  0xe0001,
  0xe0041,
  0xe007f,
  0xe0100,
  0xe01ef,
];

for (const code of HIDDEN) {
  const name = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  Deno.test(`countHidden() and revealHidden() find ${name}`, () => {
    const text = `pay${String.fromCodePoint(code)}pal`;
    assert.equal(countHidden(text).count, 1);
    assert.equal(revealHidden(text), `pay[${name}]pal`);
  });
}

for (
  const text of [
    "plain",
    "line\nbreak\ttab\r\n",
    "Grüße, Ærøskøbing",
    "日本語",
    "שלום",
    "مرحبا",
    "😀 ½ €",
  ]
) {
  Deno.test(`countHidden() finds nothing in ${JSON.stringify(text)}`, () => {
    assert.deepEqual(countHidden(text), { count: 0, direction_count: 0 });
    assert.equal(revealHidden(text), text);
  });
}

const ADDRESSES: readonly (readonly [string, string])[] = [
  ["ann@apple.example", "ann@apple.example"],
  ["ann@\u0430pple.example", "ann@\u0430pple.example (ann@xn--pple-43d.example)"],
  ["\u0430nn@apple.example", "\u0430nn@apple.example (\\u{430}nn@apple.example)"],
  ["ann@m\u00fcller.example", "ann@m\u00fcller.example (ann@xn--mller-kva.example)"],
  ["ann\u200b@apple.example", "ann[U+200B]@apple.example (ann\\u{200b}@apple.example)"],
];
for (const [address, shown] of ADDRESSES) {
  Deno.test(`showAddress() shows what ${shown} really is`, () => {
    assert.equal(showAddress(address), shown);
  });
}

Deno.test("showContent() leaves nothing out, puts the recipients first and ids last", () => {
  const content = showContent({
    deal_id: "d1",
    body: "Hello\u202e",
    subject: "Re",
    cc: ["bo@x.example", "cy@x.example"],
    to: "ann@x.example",
    send: true,
    note: null,
    slots: [{ label: "Mon 9:00" }, { label: "Tue 9:00" }],
  });
  assert.deepEqual(content.recipients, ["ann@x.example", "bo@x.example", "cy@x.example"]);
  assert.deepEqual(content.fields.map(({ key }) => key), [
    "to",
    "cc",
    "subject",
    "body",
    "slots",
    "send",
    "deal_id",
  ]);
  assert.deepEqual(content.hidden, { count: 1, direction_count: 1 });
  assert.equal(content.fields[4].text, "• Label: Mon 9:00\n• Label: Tue 9:00");
});
