import { createHmac } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { verifyHubSignature } from "../../supabase/functions/_shared/http/hubSignature.ts";
import { verifySharedSecret } from "../../supabase/functions/_shared/http/sharedSecret.ts";
import { verifySlackRequest } from "../../supabase/functions/_shared/http/slackSignature.ts";
import { verifyStandardWebhook } from "../../supabase/functions/_shared/http/signatures.ts";
import { createRandom } from "./random.ts";
import type { Finding, Target } from "./target.ts";

/** How a sender proves itself, both sides of it. */
export interface Scheme {
  /** The exported verifier in `_shared/http`. */
  readonly name: string;
  sign(body: Uint8Array): Readonly<Record<string, string>>;
  /** True unless said otherwise. */
  readonly signsBody?: boolean;
  /** @throws whatever refuses */
  verify(headers: Headers, body: Uint8Array<ArrayBuffer>): unknown;
}

const WEBHOOK = `whsec_${btoa("a secret of the fuzzer's own")}`;
const at = new Date();

const SHARED = "a shared secret of the fuzzer's own";

export const SCHEMES: readonly Scheme[] = [
  {
    name: "verifyStandardWebhook",
    sign: (body) => ({
      "webhook-id": "msg_fuzz",
      "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
      "webhook-signature": new Webhook(WEBHOOK).sign(
        "msg_fuzz",
        at,
        new TextDecoder().decode(body),
      ),
    }),
    verify: (headers, body) => verifyStandardWebhook(headers, body, [WEBHOOK]),
  },
  {
    name: "verifyHubSignature",
    sign: (body) => ({ "x-hub-signature": `sha256=${hmacHex(SHARED, body)}` }),
    verify: (headers, body) => verifyHubSignature(headers, body, [SHARED]),
  },
  {
    name: "verifySlackRequest",
    sign: (body) => {
      const time = String(Math.floor(at.getTime() / 1000));
      const signed = new Uint8Array([...new TextEncoder().encode(`v0:${time}:`), ...body]);
      return {
        "x-slack-request-timestamp": time,
        "x-slack-signature": `v0=${hmacHex(SHARED, signed)}`,
      };
    },
    verify: (headers, body) =>
      verifySlackRequest(headers, body, { secret: SHARED, nowMs: at.getTime() }),
  },
  {
    // It signs nothing of the body, so that only the secret itself can be forged.
    name: "verifySharedSecret",
    sign: () => ({ "x-shared": SHARED }),
    signsBody: false,
    verify: (headers) => verifySharedSecret(headers, "x-shared", [SHARED]),
  },
];

const BODY = new TextEncoder().encode('{"type":"meeting.ended","data":{"title":"Café","n":1}}');

export const hmacHex = (secret: string, text: string | Uint8Array) =>
  createHmac("sha256", secret).update(text).digest("hex");

/** One flipped bit of body, id, time or signature (T3): never taken. */
export function signatures(schemes: readonly Scheme[] = SCHEMES): Target {
  const signed = schemes.map((scheme) => ({ scheme, headers: scheme.sign(BODY) }));
  return {
    name: "signatures",
    async tryOne(seed): Promise<Finding | null> {
      const random = createRandom(seed);
      const { scheme, headers } = random.pick(signed);
      const places = Object.keys(headers);
      const place = random.pick(scheme.signsBody === false ? places : ["body", ...places]);
      const flipped = { ...headers };
      const body = new Uint8Array(BODY);
      const bit = random.below((place === "body" ? body.length : headers[place].length) * 7);
      if (place === "body") body[Math.floor(bit / 7)] ^= 1 << (bit % 7);
      else {
        const codes = [...headers[place]].map((c) => c.charCodeAt(0));
        codes[Math.floor(bit / 7)] ^= 1 << (bit % 7);
        flipped[place] = String.fromCharCode(...codes);
      }
      const input = JSON.stringify({ scheme: scheme.name, place, bit });
      let sent: Headers;
      try {
        sent = new Headers(flipped);
      } catch {
        // No HTTP client can send it.
        return null;
      }
      // The transport trims what a header begins and ends with; then nothing was changed.
      if (place !== "body" && sent.get(place) === headers[place]) return null;
      if (isEqualSignature(place, sent.get(place), headers[place])) return null;
      try {
        await scheme.verify(sent, body);
        return { why: "a changed delivery was taken", input };
      } catch {
        return null;
      }
    },
  };
}

/** Base64 and hexadecimal write one value in several ways: its spare bits and its letters' case are no change. */
function isEqualSignature(place: string, sent: string | null, original?: string): boolean {
  if (original === undefined || sent === null || !/signature/i.test(place)) return false;
  const values = [sent, original].map((text) => {
    const [, prefix, value] = /^(v1,|v0=|sha256=)?(.*)$/.exec(text) ?? [];
    try {
      return prefix === "v1," ? `v1,${btoa(atob(value))}` : text.toLowerCase();
    } catch {
      return text;
    }
  });
  return values[0] === values[1];
}
