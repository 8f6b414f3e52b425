import type { IdsPort } from "../ports/ids.ts";

/** For what nobody may guess. */
export function randomBytes(count: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(count));
}

/** UUIDv7 (RFC 9562): 48 bits of milliseconds, then a counter within one, then chance. */
export function createSystemIds(now: () => number): IdsPort {
  const random = new Uint8Array(10);
  let lastMs = 0;
  let counter = 0;
  return {
    random: () => crypto.getRandomValues(new Uint32Array(1))[0] / 2 ** 32,
    uuid: () => {
      const ms = Math.floor(now());
      counter = ms === lastMs ? counter + 1 : 0;
      lastMs = ms;
      crypto.getRandomValues(random);
      const hex = ms.toString(16).padStart(12, "0") +
        "7" + (counter & 0xfff).toString(16).padStart(3, "0") +
        (0x80 | (random[0] & 0x3f)).toString(16) +
        Array.from(random.subarray(1, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${
        hex.slice(20)
      }`;
    },
  };
}
