import { openDoors } from "../support/doors.ts";
import { bytesOf, requestOf, SAMPLES } from "../security/_doorTable.ts";
import { CURATED, FRAGMENTS, pathsOf, withFragment } from "./bodies.ts";
import { createRandom, type Random } from "./random.ts";
import type { Finding, Target } from "./target.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const POSTED = SAMPLES.filter(({ body }) => body !== undefined);
/** Small ones: size is not what mutation looks for. */
const SMALL = CURATED.filter(({ bytes }) => bytes.length < 2000).map(({ bytes }) => bytes);

function mutate(bytes: Bytes, random: Random): Bytes {
  const copy = new Uint8Array(bytes);
  if (copy.length === 0) return copy;
  switch (random.below(5)) {
    case 0:
      copy[random.below(copy.length)] ^= 1 << random.below(8);
      return copy;
    case 1:
      return copy.slice(0, random.below(copy.length));
    case 2:
      return copy.slice(random.below(copy.length));
    case 3: {
      const other = random.pick(SMALL), at = random.below(copy.length);
      return Uint8Array.from([...copy.slice(0, at), ...other, ...copy.slice(at)]);
    }
    default: {
      const from = random.below(copy.length), to = from + random.below(20);
      return Uint8Array.from([...copy.slice(0, from), ...copy.slice(to)]);
    }
  }
}

function makeBody(body: unknown, random: Random): Bytes {
  if (random.chance(0.1)) return mutate(random.pick(SMALL), random);
  const paths = pathsOf(body);
  if (paths.length > 0 && random.chance(0.5)) {
    const path = random.pick(paths);
    const fragment = random.chance(0.1) ? null : random.pick(FRAGMENTS);
    const spoilt = new TextEncoder().encode(withFragment(body, path, fragment));
    return random.chance(0.3) ? mutate(spoilt, random) : spoilt;
  }
  let bytes: Bytes = bytesOf(body);
  for (let i = 0; i <= random.below(4); i++) bytes = mutate(bytes, random);
  return bytes;
}

/** Bodies at every POST route (S1): an answer in the contract's shape, never a 5xx, nobody called. */
export async function doorBodies(): Promise<Target> {
  const doors = await openDoors();
  return {
    name: "bodies",
    async tryOne(seed): Promise<Finding | null> {
      const random = createRandom(seed);
      const { door, ...sample } = random.pick(POSTED);
      const bytes = makeBody(sample.body, random);
      const input = `${door} ${sample.name}: ${JSON.stringify(new TextDecoder().decode(bytes))}`;
      const calls = doors.outbound.length;
      const response = await doors.call(sample.path, requestOf(sample, bytes));
      const text = await response.text();
      if (response.status >= 500) return { why: `answered ${response.status}: ${text}`, input };
      if (response.status >= 400 && !/^\{"error":\{"code":"[a-z0-9_]+","message":/.test(text)) {
        return { why: `answered ${response.status} in another shape: ${text}`, input };
      }
      if (response.status >= 400 && doors.outbound.length > calls) {
        return { why: `called ${doors.outbound.at(-1)}`, input };
      }
      return null;
    },
    close: async () => await doors[Symbol.asyncDispose](),
  };
}
