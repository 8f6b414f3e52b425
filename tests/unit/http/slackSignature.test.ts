import assert from "node:assert/strict";
import { verifySlackRequest } from "../../../supabase/functions/_shared/http/slackSignature.ts";
import { signedRequest, SIGNING_SECRET } from "../../support/vendors/slack.ts";

const NOW_S = 1_790_000_000;
const PAYLOAD = { type: "block_actions", text: "Café" };
const BAD = { status: 401, code: "bad_signature" };

async function signed(atS = NOW_S, secret = SIGNING_SECRET) {
  const { body, headers } = await signedRequest(PAYLOAD, { atS, secret });
  return { body, headers: new Headers(headers) };
}

function verify(headers: Headers, body: string | Uint8Array, secret = SIGNING_SECRET) {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  return verifySlackRequest(headers, bytes, { secret, nowMs: NOW_S * 1000 });
}

Deno.test("verifySlackRequest() takes the example of Slack's own documentation", async () => {
  const body =
    "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
  await verifySlackRequest(
    new Headers({
      "x-slack-request-timestamp": "1531420618",
      "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
    }),
    new TextEncoder().encode(body),
    { secret: "8f742231b10e8888abcd99yyyzzz85a5", nowMs: 1531420618_000 },
  );
});

for (const ageS of [0, 299, 300, -299, -300]) {
  Deno.test(`verifySlackRequest() takes a request of ${ageS} seconds ago`, async () => {
    const { headers, body } = await signed(NOW_S - ageS);
    await verify(headers, body);
  });
}

for (const ageS of [301, 3600, -301, -3600]) {
  Deno.test(`verifySlackRequest() refuses a request of ${ageS} seconds ago`, async () => {
    const { headers, body } = await signed(NOW_S - ageS);
    await assert.rejects(verify(headers, body), BAD);
  });
}

type Mutation = (headers: Headers, body: string) => string | Uint8Array | void;
const TIME = "x-slack-request-timestamp", MAC = "x-slack-signature";
const edit = (name: string, change: (value: string) => string): Mutation => (headers) =>
  headers.set(name, change(headers.get(name)!));

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  "no timestamp": (headers) => headers.delete(TIME),
  "no signature": (headers) => headers.delete(MAC),
  "an empty timestamp": edit(TIME, () => ""),
  "an empty signature": edit(MAC, () => ""),
  "a timestamp that is no number": edit(TIME, () => "NaN"),
  "a timestamp with a sign": edit(TIME, (at) => `+${at}`),
  "a timestamp with a fraction": edit(TIME, (at) => `${at}.0`),
  "a timestamp in milliseconds": edit(TIME, (at) => `${at}000`),
  "a timestamp in hexadecimal": edit(TIME, () => "0x6ab13b80"),
  "another second": edit(TIME, (at) => String(Number(at) + 1)),
  "a doubled timestamp": (headers) => headers.append(TIME, headers.get(TIME)!),
  "a doubled signature": (headers) => headers.append(MAC, headers.get(MAC)!),
  "a second signature behind the right one": (headers) =>
    headers.append(MAC, `v0=${"0".repeat(64)}`),
  "another version": edit(MAC, (mac) => mac.replace("v0=", "v1=")),
  "no version": edit(MAC, (mac) => mac.replace("v0=", "")),
  "a signature cut short": edit(MAC, (mac) => mac.slice(0, -2)),
  "a signature made longer": edit(MAC, (mac) => `${mac}00`),
  "a signature in capitals": edit(MAC, (mac) => `v0=${mac.slice(3).toUpperCase()}`),
  "a signature in base64": edit(MAC, (mac) => `v0=${btoa(mac)}`),
  "the first digit changed": edit(MAC, (mac) => `v0=${mac[3] === "0" ? "1" : "0"}${mac.slice(4)}`),
  "the last digit changed": edit(MAC, (mac) => mac.slice(0, -1) + (mac.at(-1) === "0" ? "1" : "0")),
  "all zeros": edit(MAC, () => `v0=${"0".repeat(64)}`),
  "a body with a byte more": (_headers, body) => `${body} `,
  "a body with a byte less": (_headers, body) => body.slice(0, -1),
  "another body": (_headers, body) => body.replace("block_actions", "view_submission"),
  "the body decoded": (_headers, body) => decodeURIComponent(body),
  "an empty body": () => "",
  "a byte order mark": (_headers, body) => new TextEncoder().encode(`\ufeff${body}`),
};

for (const [name, mutate] of Object.entries(MUTATIONS)) {
  Deno.test(`verifySlackRequest() refuses ${name}`, async () => {
    const { headers, body } = await signed();
    await assert.rejects(verify(headers, mutate(headers, body) ?? body), BAD);
  });
}

Deno.test("verifySlackRequest() refuses what another app signed", async () => {
  const { headers, body } = await signed(NOW_S, "another app's secret");
  await assert.rejects(verify(headers, body), BAD);
});
