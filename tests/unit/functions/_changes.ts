/** Ways to change a delivery that its lock must refuse (threats T3, T4). */
import { type Delivery, hmacHex, signHub, signStandard } from "../../support/webhooks.ts";

export const WHSEC = `whsec_${btoa("signing secret of this endpoint")}`;
export const OTHER_WHSEC = `whsec_${btoa("signing secret of another one")}`;
export const HUB = "fireflies-secret-24-chars", OTHER_HUB = "fireflies-secret-of-other";
export const WORD = "the word of a bot's callback";
export const NOW = Date.parse("2027-03-01T12:00:00Z");
export const S = 1000, HOUR = 3_600_000;

export type Bytes = Uint8Array<ArrayBuffer>;
export interface Attempt {
  readonly headers: Headers;
  readonly body: Bytes;
}

export const bytesOf = (text: string): Bytes => new TextEncoder().encode(text);
export const attemptOf = ({ headers, body }: Delivery): Attempt => ({
  headers: new Headers(headers),
  body: bytesOf(body),
});

export type Change = (good: Attempt) => Attempt | Promise<Attempt>;
export const set =
  (name: string, change: (value: string) => string): Change => ({ headers, body }) => {
    const changed = new Headers(headers);
    changed.set(name, change(headers.get(name)!));
    return { headers: changed, body };
  };
export const rename = (from: string, to: string): Change => ({ headers, body }) => {
  const changed = new Headers(headers);
  changed.set(to, headers.get(from)!);
  changed.delete(from);
  return { headers: changed, body };
};
export const drop = (name: string): Change => ({ headers, body }) => {
  const changed = new Headers(headers);
  changed.delete(name);
  return { headers: changed, body };
};
export const twice = (name: string): Change => ({ headers, body }) => {
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
export const nextLetter = (text: string, at: number) => {
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

export function standardChanges(
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

export function hubChanges(body: () => string): Readonly<Record<string, Change>> {
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
