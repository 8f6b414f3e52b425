import assert from "node:assert/strict";
import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { verifyStandardWebhook } from "../../../supabase/functions/_shared/http/signatures.ts";

const SECRET = `whsec_${btoa("unit-test-endpoint-secret")}`;
const OTHER = `whsec_${btoa("another-endpoint-secret")}`;
const BODY = '{"type":"meeting.ended","data":{"title":"Café"}}';

interface Delivery {
  readonly id: string;
  readonly timestamp: string;
  readonly signature: string;
  readonly body: string | Uint8Array<ArrayBuffer>;
}

/** A correctly signed delivery; `ageS` seconds old by the real clock, which the library reads. */
function sign(
  { secret = SECRET, id = "msg_1", body = BODY, ageS = 0 }: {
    readonly secret?: string;
    readonly id?: string;
    readonly body?: string;
    readonly ageS?: number;
  } = {},
): Delivery {
  const at = new Date(Date.now() - ageS * 1000);
  return {
    id,
    timestamp: String(Math.floor(at.getTime() / 1000)),
    signature: new Webhook(secret).sign(id, at, body),
    body,
  };
}

function verify(delivery: Delivery, secrets: readonly string[] = [SECRET]): string {
  const { body } = delivery;
  return verifyStandardWebhook(
    new Headers({
      "webhook-id": delivery.id,
      "webhook-timestamp": delivery.timestamp,
      "webhook-signature": delivery.signature,
    }),
    typeof body === "string" ? new TextEncoder().encode(body) : body,
    secrets,
  );
}

const BAD = { status: 401, code: "bad_signature" };

Deno.test("verifyStandardWebhook() answers the delivery id of a signed body", () => {
  assert.equal(verify(sign()), "msg_1");
});

Deno.test("verifyStandardWebhook() takes the signature of a body that is no JSON: that is not its question", () => {
  for (const body of ["", "{", "text"]) assert.equal(verify(sign({ body })), "msg_1");
});

for (const secrets of [[SECRET, OTHER], [OTHER, SECRET]]) {
  Deno.test(`verifyStandardWebhook() takes either secret while one is rotated (${secrets.indexOf(SECRET) + 1} of 2)`, () => {
    assert.equal(verify(sign(), secrets), "msg_1");
  });
}

Deno.test("verifyStandardWebhook() takes the right one of two signatures, in either order", () => {
  const right = sign(), wrong = sign({ secret: OTHER });
  for (const signature of [[right, wrong], [wrong, right]].map((s) => s.map((x) => x.signature))) {
    assert.equal(verify({ ...right, signature: signature.join(" ") }), "msg_1");
  }
});

Deno.test("verifyStandardWebhook() passes signatures of other versions over", () => {
  const right = sign();
  assert.equal(verify({ ...right, signature: `v1a,AAAA ${right.signature}` }), "msg_1");
});

for (const ageS of [290, -290]) {
  Deno.test(`verifyStandardWebhook() takes a timestamp ${ageS} s old`, () => {
    assert.equal(verify(sign({ ageS })), "msg_1");
  });
}

const REFUSED: readonly (readonly [string, (delivery: Delivery) => Delivery])[] = [
  ["a timestamp over five minutes old", () => sign({ ageS: 310 })],
  ["a timestamp over five minutes ahead", () => sign({ ageS: -310 })],
  ["another delivery's id", (d) => ({ ...d, id: "msg_2" })],
  ["a timestamp one second off", (d) => ({ ...d, timestamp: String(Number(d.timestamp) - 1) })],
  ["a timestamp with a sign", (d) => ({ ...d, timestamp: `+${d.timestamp}` })],
  ["a timestamp with a fraction", (d) => ({ ...d, timestamp: `${d.timestamp}.0` })],
  ["a timestamp in milliseconds", (d) => ({ ...d, timestamp: `${d.timestamp}000` })],
  ["a timestamp that is no number", (d) => ({ ...d, timestamp: "now" })],
  ["an id over 200 characters", () => sign({ id: "m".repeat(201) })],
  ["a signature without version", (d) => ({ ...d, signature: d.signature.slice(3) })],
  ["a signature of another version", (d) => ({ ...d, signature: `v2${d.signature.slice(2)}` })],
  ["a cut signature", (d) => ({ ...d, signature: d.signature.slice(0, -1) })],
  ["an empty signature", (d) => ({ ...d, signature: "" })],
  ["a version alone", (d) => ({ ...d, signature: "v1," })],
  ["a signature by another secret", () => sign({ secret: OTHER })],
  ["a body with white space more", (d) => ({ ...d, body: `${d.body} ` })],
  ["a body with a byte order mark", (d) => ({ ...d, body: `\uFEFF${d.body}` })],
  ["no body", (d) => ({ ...d, body: "" })],
  ["the id moved into the body", (d) => ({ ...d, id: "msg", body: `_1.${d.body}` })],
  ["headers sent twice", (d) => ({ ...d, id: `${d.id}, ${d.id}` })],
  ["signatures separated by a comma", (d) => ({
    ...d,
    signature: `${d.signature}, ${d.signature}`,
  })],
];

for (const [name, change] of REFUSED) {
  Deno.test(`verifyStandardWebhook() refuses ${name}`, () => {
    assert.throws(() => verify(change(sign())), BAD);
  });
}

for (const missing of ["webhook-id", "webhook-timestamp", "webhook-signature"]) {
  Deno.test(`verifyStandardWebhook() refuses a delivery without ${missing}`, () => {
    const { id, timestamp, signature } = sign();
    const headers = new Headers({
      "webhook-id": id,
      "webhook-timestamp": timestamp,
      "webhook-signature": signature,
    });
    headers.delete(missing);
    const body = new TextEncoder().encode(BODY);
    assert.throws(() => verifyStandardWebhook(headers, body, [SECRET]), BAD);
  });
}

Deno.test("verifyStandardWebhook() refuses everything where there is no secret", () => {
  assert.throws(() => verify(sign(), []), BAD);
});

for (const secret of ["", "whsec_", "whsec_not base64!"]) {
  Deno.test(`verifyStandardWebhook() refuses everything under the unusable secret "${secret}"`, () => {
    assert.throws(() => verify(sign(), [secret]), BAD);
  });
}

Deno.test("verifyStandardWebhook() goes on to the next secret after an unusable one", () => {
  assert.equal(verify(sign(), ["", SECRET]), "msg_1");
});

Deno.test("verifyStandardWebhook() does not take a broken byte for the character that stands for it", () => {
  const delivery = sign({ body: '{"name":"\uFFFD"}' });
  const body = new Uint8Array([...new TextEncoder().encode('{"name":"'), 0xff, 0x22, 0x7d]);
  assert.throws(() => verify({ ...delivery, body }), { status: 400, code: "not_utf8" });
});

Deno.test("verifyStandardWebhook() takes a signed byte order mark: the parser refuses it later", () => {
  assert.equal(verify(sign({ body: `\uFEFF${BODY}` })), "msg_1");
});

Deno.test("verifyStandardWebhook() refuses any single changed character of id, body or signature", () => {
  const delivery = sign();
  const places = fc.constantFrom("id" as const, "body" as const, "signature" as const);
  fc.assert(fc.property(places, fc.nat(), fc.integer({ min: 33, max: 126 }), (part, at, code) => {
    const text = delivery[part] as string;
    const i = at % text.length;
    const changed = text.slice(0, i) + String.fromCharCode(code) + text.slice(i + 1);
    if (changed === text) return;
    assert.throws(() => verify({ ...delivery, [part]: changed }), BAD);
  }));
});
