import assert from "node:assert/strict";
import { join } from "node:path";
import { startSink } from "../../../local/sinkProcess.ts";
import { eventually } from "../../support/stack.ts";

interface Kept {
  readonly effect_key: string;
  readonly repeats: number;
  readonly accepted_at: string;
}

async function openSink() {
  const dir = await Deno.makeTempDir({ prefix: "fleet-test-" });
  const sink = await startSink(dir);
  const deliver = async (effectKey: string, content: unknown = { text: "hello" }) => {
    const response = await fetch(sink.url, {
      method: "POST",
      body: JSON.stringify({
        effect_key: effectKey,
        port: "slack",
        org_id: "org",
        recipient: "#sales",
        content,
      }),
    });
    return { status: response.status, answer: await response.json() };
  };
  const list = async (): Promise<readonly Kept[]> => await (await fetch(sink.url)).json();
  return {
    dir,
    sink,
    deliver,
    list,
    [Symbol.asyncDispose]: async () => {
      await sink.stop();
      await Deno.remove(dir, { recursive: true });
    },
  };
}

Deno.test("sink takes a key once and counts its repeats", async () => {
  await using open = await openSink();
  const first = await open.deliver("a");
  const again = await open.deliver("a", { text: "other" });
  await open.deliver("b");
  assert.deepEqual([first.answer.accepted, again.answer.accepted], [true, false]);
  assert.equal(again.answer.ref, first.answer.ref);
  const [{ accepted_at, ...a }, b] = await open.list();
  assert.ok(!Number.isNaN(Date.parse(accepted_at)));
  assert.deepEqual(a, {
    effect_key: "a",
    port: "slack",
    org_id: "org",
    recipient: "#sales",
    content: { text: "hello" },
    repeats: 1,
  });
  assert.deepEqual([b.effect_key, b.repeats], ["b", 0]);
});

Deno.test("sink that was killed comes back on its port with all it accepted", async () => {
  await using open = await openSink();
  await open.deliver("a");
  await open.deliver("a");
  const before = await open.list();
  const pid = open.sink.pid();
  // The last line of a killed process may be cut off.
  await Deno.writeTextFile(join(open.dir, "sink.ndjson"), '{"effect_key": "cut', { append: true });
  Deno.kill(pid, "SIGKILL");
  const after = await eventually(
    "the sink answers again",
    () => open.sink.pid() === pid ? Promise.resolve(null) : open.list().catch(() => null),
  );
  assert.deepEqual(after, before);
  assert.equal((await open.deliver("a")).answer.accepted, false);
  assert.equal((await open.deliver("c")).answer.accepted, true);
});

Deno.test("sink refuses a delivery without a key", async () => {
  await using open = await openSink();
  assert.equal((await open.deliver("")).status, 400);
  assert.deepEqual(await open.list(), []);
});
