import assert from "node:assert/strict";
import fc from "fast-check";
import {
  createBodyGate,
  MAX_BODY_BYTES,
  parseJson,
  readBody,
} from "../../../supabase/functions/_shared/http/body.ts";
import { createDoor, echo, post } from "./_door.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);

/** A JSON text of exactly so many bytes. */
const ofSize = (bytes: number) => `"${"x".repeat(bytes - 2)}"`;

Deno.test("readBody() takes a body of exactly the limit", async () => {
  assert.equal((await readBody(post("x".repeat(100)), 100)).byteLength, 100);
});

Deno.test("readBody() joins the chunks of a stream in their order", async () => {
  const body = ReadableStream.from(["a", "", "bc", "d"].map(utf8));
  assert.equal(new TextDecoder().decode(await readBody(post(body), 4)), "abcd");
});

Deno.test("readBody() gives no bytes for no body", async () => {
  assert.equal((await readBody(post(null), 4)).byteLength, 0);
});

for (const [name, body] of [["whole", "x".repeat(101)], ["in chunks", null]] as const) {
  Deno.test(`readBody() refuses one byte over the limit, sent ${name}`, async () => {
    const sent = body ?? ReadableStream.from([60, 41].map((n) => utf8("x".repeat(n))));
    await assert.rejects(readBody(post(sent), 100), { status: 413, code: "body_too_large" });
  });
}

Deno.test("readBody() reads a body a little over the limit to its end", async () => {
  let sent = 0;
  const body = ReadableStream.from((function* () {
    for (; sent < 15; sent++) yield utf8("x".repeat(20));
  })());
  await assert.rejects(readBody(post(body), 100), { status: 413 });
  assert.equal(sent, 15);
});

Deno.test("readBody() stops reading an endless body", async () => {
  let isCancelled = false;
  const body = new ReadableStream({
    pull: (controller) => controller.enqueue(utf8("x".repeat(100))),
    cancel: () => {
      isCancelled = true;
    },
  });
  await assert.rejects(readBody(post(body), 100), { status: 413 });
  assert.equal(isCancelled, true);
});

Deno.test("defineFunction() takes 1 MiB and answers 413 for a byte more", async () => {
  const { answer } = createDoor();
  const statuses = [];
  for (const size of [MAX_BODY_BYTES, MAX_BODY_BYTES + 1]) {
    const response = await answer(post(ofSize(size)));
    await response.body?.cancel();
    statuses.push(response.status);
  }
  assert.deepEqual(statuses, [200, 413]);
});

Deno.test("defineFunction() takes what a route allows itself", async () => {
  const { answer } = createDoor([echo({ maxBodyBytes: MAX_BODY_BYTES + 1 })]);
  const response = await answer(post(ofSize(MAX_BODY_BYTES + 1)));
  await response.body?.cancel();
  assert.equal(response.status, 200);
});

const nested = (depth: number) => utf8("[".repeat(depth) + "]".repeat(depth));

Deno.test("parseJson() takes 64 levels", () => {
  assert.ok(Array.isArray(parseJson(nested(64))));
});

Deno.test("parseJson() does not count brackets inside texts as levels", () => {
  assert.equal(parseJson(utf8(JSON.stringify(`"${"[{".repeat(500)}\\`))), `"${"[{".repeat(500)}\\`);
});

const REFUSED: readonly (readonly [string, Uint8Array, string])[] = [
  ["no bytes", new Uint8Array(), "empty_body"],
  ["white space alone", utf8(" \n"), "invalid_json"],
  ["a syntax error", utf8('{"a":}'), "invalid_json"],
  ["two values", utf8("{}{}"), "invalid_json"],
  ["NaN", utf8('{"a":NaN}'), "invalid_json"],
  ["65 levels of lists", nested(65), "too_deep"],
  ["65 levels of objects", utf8('{"a":'.repeat(65) + "1" + "}".repeat(65)), "too_deep"],
  ["a million levels", nested(500_000), "too_deep"],
  ["a lone continuation byte", new Uint8Array([0x22, 0x80, 0x22]), "not_utf8"],
  ["a cut-off character", new Uint8Array([0x22, 0xe2, 0x82, 0x22]), "not_utf8"],
  ["an overlong slash", new Uint8Array([0x22, 0xc0, 0xaf, 0x22]), "not_utf8"],
  ["an encoded surrogate", new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22]), "not_utf8"],
  ["UTF-16", new Uint8Array([0xff, 0xfe, 0x7b, 0, 0x7d, 0]), "not_utf8"],
  ["a byte order mark", new Uint8Array([0xef, 0xbb, 0xbf, 0x7b, 0x7d]), "byte_order_mark"],
  ["an escaped NUL", utf8('{"a":"x\\u0000"}'), "nul_character"],
  ["an escaped NUL in a key", utf8('{"x\\u0000":1}'), "nul_character"],
  ["an escaped lone surrogate", utf8('["\\ud800"]'), "lone_surrogate"],
  ["a number no double holds", utf8('{"a":[1e999]}'), "number_too_large"],
  ["a __proto__ key", utf8('{"a":{"__proto__":{"x":1}}}'), "forbidden_key"],
];

for (const [name, bytes, code] of REFUSED) {
  Deno.test(`parseJson() refuses ${name} as ${code}`, () => {
    assert.throws(() => parseJson(bytes), { status: 400, code });
  });
}

Deno.test("parseJson() keeps every storable JSON value as it is", () => {
  fc.assert(fc.property(fc.json({ maxDepth: 5 }), (text) => {
    let parsed: unknown;
    try {
      parsed = parseJson(utf8(text));
    } catch (error) {
      assert.ok(
        ["nul_character", "lone_surrogate", "forbidden_key"].includes(
          (error as { code: string }).code,
        ),
      );
      return;
    }
    assert.deepEqual(parsed, JSON.parse(text));
  }));
});

Deno.test("readBody() keeps no more large bodies at once than there are places", async () => {
  const gate = createBodyGate(10, 1);
  const slots = [gate.open(), gate.open(), gate.open()];
  const large = "x".repeat(11);
  assert.equal((await readBody(post(large), 100, slots[0])).byteLength, 11);
  await assert.rejects(readBody(post(large), 100, slots[1]), { status: 503, code: "busy" });
  assert.equal((await readBody(post("small"), 100, slots[1])).byteLength, 5);
  slots[0].release();
  slots[0].release();
  assert.equal((await readBody(post(large), 100, slots[2])).byteLength, 11);
  await assert.rejects(readBody(post(large), 100, slots[1]), { status: 503 });
});
