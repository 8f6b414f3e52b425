/** Every lock of the meeting door: one delivery as documented opens it, every change to it does not (threats T3, T4). */
import assert from "node:assert/strict";
import type { MeetingDelivery } from "../../../supabase/functions/_shared/orchestrator/api.ts";
import { MEETING_PROVIDERS } from "../../../supabase/functions/webhook-meeting/providers/index.ts";
import {
  type Delivery,
  fathomBody,
  firefliesV1Body,
  firefliesV2Body,
  hmacHex,
  meetingBaasBody,
  signHub,
  signStandard,
  withSecret,
} from "../../support/webhooks.ts";

const WHSEC = `whsec_${btoa("signing secret of this endpoint")}`;
const OTHER_WHSEC = `whsec_${btoa("signing secret of another one")}`;
const HUB = "fireflies-secret-24-chars", OTHER_HUB = "fireflies-secret-of-other";
const WORD = "the word of a bot's callback";
const NOW = Date.parse("2027-03-01T12:00:00Z");
const S = 1000, HOUR = 3_600_000;

type Bytes = Uint8Array<ArrayBuffer>;
interface Attempt {
  readonly headers: Headers;
  readonly body: Bytes;
}

const bytesOf = (text: string): Bytes => new TextEncoder().encode(text);
const attemptOf = ({ headers, body }: Delivery): Attempt => ({
  headers: new Headers(headers),
  body: bytesOf(body),
});

/** What the door does: verify the bytes, then read the body. The verifying library reads the clock itself. */
async function open(
  provider: string,
  attempt: Attempt,
  secrets: readonly string[],
): Promise<Omit<MeetingDelivery, "endpoint"> | null> {
  const realNow = Date.now;
  Date.now = () => NOW;
  try {
    const read = await MEETING_PROVIDERS.get(provider)!.verify({ ...attempt, secrets });
    const delivery = read(JSON.parse(new TextDecoder().decode(attempt.body)), { now: NOW });
    assert.ok(delivery === null || "meeting" in delivery);
    return delivery;
  } finally {
    Date.now = realNow;
  }
}

type Change = (good: Attempt) => Attempt | Promise<Attempt>;
interface Scheme {
  readonly name: string;
  readonly provider: string;
  readonly secrets: readonly string[];
  good(): Delivery | Promise<Delivery>;
  readonly deliveryId: RegExp;
  readonly refused: Readonly<Record<string, Change>>;
}

const set = (name: string, change: (value: string) => string): Change => ({ headers, body }) => {
  const changed = new Headers(headers);
  changed.set(name, change(headers.get(name)!));
  return { headers: changed, body };
};
const rename = (from: string, to: string): Change => ({ headers, body }) => {
  const changed = new Headers(headers);
  changed.set(to, headers.get(from)!);
  changed.delete(from);
  return { headers: changed, body };
};
const drop = (name: string): Change => ({ headers, body }) => {
  const changed = new Headers(headers);
  changed.delete(name);
  return { headers: changed, body };
};
const twice = (name: string): Change => ({ headers, body }) => {
  const changed = new Headers(headers);
  changed.append(name, headers.get(name)!);
  return { headers: changed, body };
};
const flipBit = (at: number): Change => ({ headers, body }) => {
  const changed = body.slice();
  changed[at < 0 ? body.length + at : at] ^= 1;
  return { headers, body: changed };
};
const withBody = (change: (text: string) => string): Change => ({ headers, body }) => ({
  headers,
  body: bytesOf(change(new TextDecoder().decode(body))),
});
const nextLetter = (text: string, at: number) => {
  const i = at < 0 ? text.length + at : at;
  return text.slice(0, i) + (text[i] === "a" ? "b" : "a") + text.slice(i + 1);
};

const CHANGED_BODIES: Readonly<Record<string, Change>> = {
  "a bit of the body's first byte": flipBit(0),
  "a bit in the middle of the body": flipBit(40),
  "a bit of the body's last byte": flipBit(-1),
  "a cut body": withBody((text) => text.slice(0, -1)),
  "a space behind the body": withBody((text) => `${text} `),
  "a byte order mark before the body": withBody((text) => `\uFEFF${text}`),
  "the same body written otherwise": withBody((text) => JSON.stringify(JSON.parse(text), null, 1)),
  "an empty body": withBody(() => ""),
};

function standardChanges(
  family: "webhook" | "svix",
  body: () => string,
): Readonly<Record<string, Change>> {
  const other = family === "svix" ? "webhook" : "svix";
  const [id, time, signature] = [`${family}-id`, `${family}-timestamp`, `${family}-signature`];
  const signed =
    (options: Parameters<typeof signStandard>[2] & { readonly secret?: string }) => () =>
      attemptOf(signStandard(options?.secret ?? WHSEC, body(), { family, atMs: NOW, ...options }));
  return {
    ...CHANGED_BODIES,
    "another id": set(id, (value) => nextLetter(value, -1)),
    "an empty id": set(id, () => ""),
    "a dot moved from id to time": set(id, (value) => `${value}.${Math.floor(NOW / S)}`),
    "an id with letters beyond ASCII": set(id, (value) => `${value}\u00e9`),
    "a time one second later": set(time, (value) => String(Number(value) + 1)),
    "a time in milliseconds": set(time, (value) => `${value}000`),
    "a time that is no number": set(time, () => "NaN"),
    "301 s old": signed({ atMs: NOW - 301 * S }),
    "301 s ahead": signed({ atMs: NOW + 301 * S }),
    "a changed signature": set(signature, (value) => nextLetter(value, 10)),
    "a cut signature": set(signature, (value) => value.slice(0, -4)),
    "no signature": set(signature, () => ""),
    "a version alone": set(signature, () => "v1,"),
    "a signature without version": set(signature, (value) => value.slice(3)),
    "v1 written as v1a": set(signature, (value) => value.replace("v1,", "v1a,")),
    "v1 written as v2": set(signature, (value) => value.replace("v1,", "v2,")),
    "V1 in capitals": set(signature, (value) => value.replace("v1,", "V1,")),
    "two wrong signatures": set(
      signature,
      () => `v1,${btoa("x".repeat(32))} v1,${btoa("y".repeat(32))}`,
    ),
    "the signature in other case": set(signature, (value) => `v1,${value.slice(3).toLowerCase()}`),
    "signed with another endpoint's secret": signed({ secret: OTHER_WHSEC }),
    "the id sent twice": twice(id),
    "the time sent twice": twice(time),
    "the signature sent twice": twice(signature),
    "no id": drop(id),
    "no time": drop(time),
    "no signature header": drop(signature),
    "the id under the other family's name": rename(id, `${other}-id`),
    "the time under the other family's name": rename(time, `${other}-timestamp`),
    "all headers of the other family": async (good) =>
      await rename(signature, `${other}-signature`)(
        await rename(time, `${other}-timestamp`)(await rename(id, `${other}-id`)(good)),
      ),
    "a signature of the body alone": async ({ headers }) => {
      const text = body();
      const changed = new Headers(headers);
      const hex = await hmacHex(atob(WHSEC.slice(6)), text);
      const raw = String.fromCharCode(...hex.match(/../g)!.map((byte) => parseInt(byte, 16)));
      changed.set(signature, `v1,${btoa(raw)}`);
      return { headers: changed, body: bytesOf(text) };
    },
  };
}

function hubChanges(body: () => string): Readonly<Record<string, Change>> {
  const name = "x-hub-signature";
  const hex = (value: string) => value.replace("sha256=", "");
  return {
    ...CHANGED_BODIES,
    "the first digit changed": set(name, (value) => `sha256=${nextLetter(hex(value), 0)}`),
    "the last digit changed": set(name, (value) => nextLetter(value, -1)),
    "hex in capitals": set(name, (value) => `sha256=${hex(value).toUpperCase()}`),
    "a digit less": set(name, (value) => value.slice(0, -1)),
    "a byte less": set(name, (value) => value.slice(0, -2)),
    "a digit more": set(name, (value) => `${value}0`),
    "a byte more": set(name, (value) => `${value}00`),
    "a letter that is no digit": set(name, (value) => `${value.slice(0, -1)}g`),
    "no digits": set(name, () => "sha256="),
    "no value": set(name, () => ""),
    "the prefix in capitals": set(name, (value) => value.replace("sha256", "SHA256")),
    "the prefix of another hash": set(name, (value) => value.replace("sha256", "sha1")),
    "two prefixes": set(name, (value) => `sha256=${value}`),
    "a version before it": set(name, (value) => `v1,${hex(value)}`),
    "a space inside": set(name, (value) => value.replace("=", "= ")),
    "base64 in place of hex": set(name, (value) => btoa(hex(value))),
    "two signatures": set(name, (value) => `${value} ${value}`),
    "the header twice": twice(name),
    "letters beyond ASCII": set(name, (value) => `${value}\u00e9`),
    "no header": drop(name),
    "the header's older name": rename(name, "x-hub-signature-1"),
    "signed with another endpoint's secret": async () =>
      attemptOf(await signHub(OTHER_HUB, body())),
    "signed with no secret": ({ headers }) => ({
      headers: new Headers({ ...Object.fromEntries(headers), [name]: `sha256=${"0".repeat(64)}` }),
      body: bytesOf(body()),
    }),
    "a Standard Webhooks signature": () => attemptOf(signStandard(WHSEC, body(), { atMs: NOW })),
  };
}

const SCHEMES: readonly Scheme[] = [
  {
    name: "Fathom",
    provider: "fathom",
    secrets: [WHSEC],
    good: () => signStandard(WHSEC, fathomBody(12), { id: "msg_1", atMs: NOW }),
    deliveryId: /^standard:msg_1$/,
    refused: standardChanges("webhook", () => fathomBody(12)),
  },
  {
    name: "MeetingBaaS by Svix",
    provider: "meetingbaas",
    secrets: [WHSEC, WORD],
    good: () =>
      signStandard(WHSEC, meetingBaasBody("b1"), { family: "svix", id: "msg_1", atMs: NOW }),
    deliveryId: /^svix:msg_1$/,
    refused: {
      ...standardChanges("svix", () => meetingBaasBody("b1")),
      // The weaker lock is no way around the stronger one.
      "a forged webhook that also knows the callback's word": ({ headers, body }) => ({
        headers: new Headers({
          ...Object.fromEntries(headers),
          "svix-signature": "v1,AAAA",
          "x-mb-secret": WORD,
        }),
        body,
      }),
    },
  },
  {
    name: "Generic",
    provider: "generic",
    secrets: [WHSEC],
    good: () => signStandard(WHSEC, GENERIC, { id: "msg_1", atMs: NOW }),
    deliveryId: /^standard:msg_1$/,
    refused: standardChanges("webhook", () => GENERIC),
  },
  {
    name: "Fireflies V1",
    provider: "fireflies",
    secrets: [HUB],
    good: () => signHub(HUB, firefliesV1Body("m1")),
    deliveryId: /^hub1:m1:Transcription completed$/,
    refused: hubChanges(() => firefliesV1Body("m1")),
  },
  {
    name: "Fireflies V2",
    provider: "fireflies",
    secrets: [HUB],
    good: () => signHub(HUB, firefliesV2Body("m1", NOW)),
    deliveryId: /^hub2:m1:meeting\.transcribed:\d+$/,
    refused: {
      ...hubChanges(() => firefliesV2Body("m1", NOW)),
      "bare hex, which only V1 sends": async () =>
        attemptOf(await signHub(HUB, firefliesV2Body("m1", NOW), "")),
      "a moment over three days ago": async () =>
        attemptOf(await signHub(HUB, firefliesV2Body("m1", NOW - 73 * HOUR))),
      "a moment to come": async () =>
        attemptOf(await signHub(HUB, firefliesV2Body("m1", NOW + HOUR))),
    },
  },
  {
    name: "MeetingBaaS calling back",
    provider: "meetingbaas",
    secrets: [WORD, WHSEC],
    good: () => withSecret(WORD, meetingBaasBody("b1")),
    deliveryId: /^callback:b1:bot\.completed$/,
    refused: {
      "the last letter changed": set("x-mb-secret", (value) => nextLetter(value, -1)),
      "the first letter changed": set("x-mb-secret", (value) => nextLetter(value, 0)),
      "a letter in the middle changed": set("x-mb-secret", (value) => nextLetter(value, 9)),
      "a letter less": set("x-mb-secret", (value) => value.slice(0, -1)),
      "a letter less in front": set("x-mb-secret", (value) => value.slice(1)),
      "a letter more": set("x-mb-secret", (value) => `${value}x`),
      "half of it": set("x-mb-secret", (value) => value.slice(0, 10)),
      "it twice in one header": set("x-mb-secret", (value) => value + value),
      "the header twice": twice("x-mb-secret"),
      "other case": set("x-mb-secret", (value) => value.toUpperCase()),
      "nothing": set("x-mb-secret", () => ""),
      "no header": drop("x-mb-secret"),
      "a scheme before it": set("x-mb-secret", (value) => `Bearer ${value}`),
      "quotes around it": set("x-mb-secret", (value) => `"${value}"`),
      "base64 of it": set("x-mb-secret", (value) => btoa(value)),
      "a hash of it": async (good) => {
        const hash = await crypto.subtle.digest("SHA-256", bytesOf(WORD));
        return await set("x-mb-secret", () => new Uint8Array(hash).toHex())(good);
      },
      "letters beyond ASCII": set("x-mb-secret", (value) => `${value}\u00e9`),
      "a list that holds it": set("x-mb-secret", (value) => `other,${value}`),
      "another endpoint's": set("x-mb-secret", () => "the word of another callback"),
      "the signing secret as the word": set("x-mb-secret", () => WHSEC),
      "the signing secret without its prefix": set("x-mb-secret", () => WHSEC.slice(6)),
      "null": set("x-mb-secret", () => "null"),
      "undefined": set("x-mb-secret", () => "undefined"),
      "the header of version 1": rename("x-mb-secret", "x-meeting-baas-api-key"),
      "the header as authorization": rename("x-mb-secret", "authorization"),
      "any header of Svix besides": ({ headers, body }) => ({
        headers: new Headers({ ...Object.fromEntries(headers), "svix-id": "msg_1" }),
        body,
      }),
    },
  },
];

const GENERIC = JSON.stringify({
  type: "meeting.ended",
  data: {
    external_id: "x",
    title: "A call with letters enough for all changes",
    transcript: "A: b",
  },
});

for (const { name, provider, secrets, good, deliveryId, refused } of SCHEMES) {
  Deno.test(`${name} opens for what its documentation shows, under an id of its scheme`, async () => {
    const delivery = await open(provider, attemptOf(await good()), secrets);
    assert.match(delivery!.delivery_id, deliveryId);
  });

  Deno.test(`${name} opens with either secret while one is rotated`, async () => {
    const others = [OTHER_WHSEC, OTHER_HUB];
    for (const list of [[...secrets, ...others], [...others, ...secrets]]) {
      assert.notEqual(await open(provider, attemptOf(await good()), list), null);
    }
  });

  Deno.test(`${name} opens for nothing where it has no secret, an empty or an unusable one`, async () => {
    for (const list of [[], [""], ["x"], ["whsec_"]]) {
      await assert.rejects(open(provider, attemptOf(await good()), list), { status: 401 });
    }
  });

  Deno.test(`${name} refuses every one of ${Object.keys(refused).length} changes`, async () => {
    assert.ok(Object.keys(refused).length >= 24);
    for (const [change, apply] of Object.entries(refused)) {
      const attempt = await apply(attemptOf(await good()));
      await assert.rejects(
        open(provider, attempt, secrets),
        (error: { status?: number; code?: string }) =>
          // A broken byte is no text: told before the signature is looked at.
          error.status === 401 && error.code === "bad_signature" || error.code === "not_utf8",
        change,
      );
    }
  });
}

for (const [provider, family] of [["fathom", "webhook"], ["meetingbaas", "svix"]] as const) {
  Deno.test(`${provider} takes a signature 299 s old and 299 s ahead`, async () => {
    const body = provider === "fathom" ? fathomBody(12) : meetingBaasBody("b1");
    for (const offset of [-299, 299]) {
      const delivery = signStandard(WHSEC, body, { family, atMs: NOW + offset * S });
      assert.notEqual(await open(provider, attemptOf(delivery), [WHSEC]), null);
    }
  });

  Deno.test(`${provider} passes an unknown version over and takes the good one beside it`, async () => {
    const body = provider === "fathom" ? fathomBody(12) : meetingBaasBody("b1");
    const good = attemptOf(signStandard(WHSEC, body, { family, atMs: NOW }));
    const attempt = await set(`${family}-signature`, (value) => `v1a,AAAA ${value}`)(good);
    assert.notEqual(await open(provider, attempt, [WHSEC]), null);
  });
}

Deno.test("fathom takes its secret with and without whsec_, and ids that hold a dot", async () => {
  for (const secret of [WHSEC, WHSEC.slice("whsec_".length)]) {
    const delivery = signStandard(WHSEC, fathomBody(12), { id: "msg.1", atMs: NOW });
    assert.equal(
      (await open("fathom", attemptOf(delivery), [secret]))?.delivery_id,
      "standard:msg.1",
    );
  }
});

Deno.test("fireflies takes V1 in bare hex and V2 of two days ago: its repeats come late", async () => {
  const bare = await open("fireflies", attemptOf(await signHub(HUB, firefliesV1Body("m1"), "")), [
    HUB,
  ]);
  assert.equal(bare?.recording?.id, "m1");
  const late = await signHub(HUB, firefliesV2Body("m1", NOW - 48 * HOUR));
  assert.notEqual(await open("fireflies", attemptOf(late), [HUB]), null);
});

Deno.test("a callback is believed nothing but the bot's id", async () => {
  const body = meetingBaasBody("b1", { data: { joined_at: "2020-01-01T00:00:00Z" } });
  const delivery = await open("meetingbaas", attemptOf(withSecret(WORD, body)), [WORD]);
  const { external_id, ...rest } = delivery!.meeting;
  assert.equal(external_id, "b1");
  assert.ok(Object.values(rest).every((value) => value === null || (value as []).length === 0));
});

Deno.test("an id that would climb in a path of the provider's API is refused", async () => {
  for (const id of ["../teams", "..", "a/b", "a?b", "", "a b", "%2e%2e"]) {
    const word = withSecret(WORD, meetingBaasBody(id));
    await assert.rejects(open("meetingbaas", attemptOf(word), [WORD]), { status: 400 });
    const hub = await signHub(HUB, firefliesV1Body(id));
    await assert.rejects(open("fireflies", attemptOf(hub), [HUB]), { status: 400 });
  }
});
