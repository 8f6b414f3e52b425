/** Every lock of the meeting door: one delivery as documented opens it, every change to it does not (threats T3, T4). */
import assert from "node:assert/strict";
import type { MeetingDelivery } from "../../../supabase/functions/_shared/orchestrator/api.ts";
import { MEETING_PROVIDERS } from "../../../supabase/functions/webhook-meeting/providers/index.ts";
import {
  type Delivery,
  fathomBody,
  firefliesV1Body,
  firefliesV2Body,
  meetingBaasBody,
  signHub,
  signStandard,
  withSecret,
} from "../../support/webhooks.ts";
import {
  type Attempt,
  attemptOf,
  bytesOf,
  type Change,
  drop,
  HOUR,
  HUB,
  hubChanges,
  nextLetter,
  NOW,
  OTHER_HUB,
  OTHER_WHSEC,
  rename,
  S,
  set,
  standardChanges,
  twice,
  WHSEC,
  WORD,
} from "./_changes.ts";

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

interface Scheme {
  readonly name: string;
  readonly provider: string;
  readonly secrets: readonly string[];
  good(): Delivery | Promise<Delivery>;
  readonly deliveryId: RegExp;
  readonly refused: Readonly<Record<string, Change>>;
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
