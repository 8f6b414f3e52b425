/**
 * Bodies that no door may take (S1, T17, T31): every POST route answers 4xx in the contract's shape, writes no row,
 * calls nobody and keeps its memory. `deno task fuzz bodies` makes more of them.
 */
import assert from "node:assert/strict";
import { MAX_BODY_BYTES } from "../../supabase/functions/_shared/http/body.ts";
import { CURATED, spoil } from "../fuzz/bodies.ts";
import { type Doors, openDoors } from "../support/doors.ts";
import { requestOf, SAMPLES } from "./_doorTable.ts";

let doors: Doors;
Deno.test.beforeAll(async () => {
  doors = await openDoors();
});
Deno.test.afterAll(async () => await doors[Symbol.asyncDispose]());

const test = (name: string, fn: () => Promise<void> | void) =>
  Deno.test({ name, fn, sanitizeOps: false, sanitizeResources: false });

const POSTED = SAMPLES.filter(({ body }) => body !== undefined);
let count = 0;

for (const { door, ...sample } of POSTED) {
  // An empty object is what some doors ask for.
  const takesNothing = sample.schema!.safeParse({}).success;
  const bodies = [...CURATED, ...spoil(sample.body, sample.schema!)]
    .filter(({ name }) => !takesNothing || name !== "an empty object");

  test(`${door} answers ${bodies.length} malformed bodies of ${sample.name} with 4xx and does nothing (T31)`, async () => {
    const rows = await doors.countRows(), calls = doors.outbound.length;
    for (const { name, bytes } of bodies) {
      const response = await doors.call(sample.path, requestOf(sample, bytes));
      const { error, request_id } = await response.json();
      assert.ok(
        response.status >= 400 && response.status < 500,
        `${name}: ${response.status} ${error?.code}`,
      );
      assert.equal(typeof request_id, "string");
      assert.ok(/^[a-z0-9_]+$/.test(error.code) && error.message.length < 500, name);
      assert.ok(Array.isArray(error.details));
      // Nothing of a parser's, of SQL or of a stack (T23).
      assert.doesNotMatch(JSON.stringify(error), /SyntaxError|PostgresError|select |\bat \w+ \(/);
    }
    assert.deepEqual(await doors.countRows(), rows);
    assert.deepEqual(doors.outbound.slice(calls), []);
    count += bodies.length;
  });

  test(`${door} answers 413 for ${sample.name} over its limit (T17)`, async () => {
    const rows = await doors.countRows();
    const { handler } = doors.doors.find(({ name }) => name === door)!;
    const limit = handler.routes.find(({ method }) => method === "POST")!.maxBodyBytes ??
      MAX_BODY_BYTES;
    const response = await doors.call(
      sample.path,
      requestOf(sample, new Uint8Array(limit + 1).fill(0x20)),
    );
    assert.equal(response.status, 413);
    await response.body?.cancel();
    assert.deepEqual(await doors.countRows(), rows);
  });
}

Deno.test("at least 500 malformed bodies were tried", async (t) => {
  await t.step(`${count} bodies`, () => assert.ok(count >= 500));
});

test("a body that never ends is given up, one that trickles is read whole (T17)", async () => {
  const { door: _, ...sample } = POSTED[0];
  let sent = 0;
  const endless = new ReadableStream({
    pull(controller) {
      sent += 65_536;
      controller.enqueue(new Uint8Array(65_536).fill(0x20));
    },
  });
  const init = requestOf(sample);
  const refused = await doors.call(sample.path, { ...init, body: endless });
  assert.equal(refused.status, 413);
  await refused.body?.cancel();
  assert.ok(sent < 16 * MAX_BODY_BYTES);

  const bytes = new TextEncoder().encode("{");
  const trickle = new ReadableStream({
    pull(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
  const read = await doors.call(sample.path, { ...init, body: trickle });
  assert.equal(read.status, 400);
  await read.body?.cancel();
});

test("a thousand attacks leave the memory as it was (T17)", async () => {
  const { door: _, ...sample } = POSTED[0];
  const heavy = CURATED.filter(({ bytes }) => bytes.length > 100_000);
  const attack = async () => {
    for (const { bytes } of heavy) {
      const response = await doors.call(sample.path, requestOf(sample, bytes));
      await response.body?.cancel();
    }
  };
  const heap = () => Deno.memoryUsage().heapUsed;
  await attack();
  const before = heap();
  for (let i = 0; i < Math.ceil(100 / heavy.length); i++) await attack();
  assert.ok(heap() - before < 96 * 1024 * 1024, `${(heap() - before) / 1024 / 1024} MB more`);
});
