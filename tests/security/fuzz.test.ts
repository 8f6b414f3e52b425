/** The fuzzer's targets, a few hundred cases each with a fixed seed (T3, T15, T16, S1); `deno task fuzz` runs long. */
import assert from "node:assert/strict";
import { conditions } from "../fuzz/conditions.ts";
import { doorBodies } from "../fuzz/doorBodies.ts";
import { mapping } from "../fuzz/mapping.ts";
import { SCHEMES, signatures } from "../fuzz/signatures.ts";
import { runTarget, type Target } from "../fuzz/target.ts";

const SEED = 20261127;

const TARGETS: readonly (readonly [count: number, open: () => Target | Promise<Target>])[] = [
  [2000, () => mapping],
  [500, () => conditions],
  [2000, () => signatures()],
  [300, doorBodies],
];

for (const [count, open] of TARGETS) {
  Deno.test({
    name: `fuzz ${open.name || (await named(open))} finds nothing in ${count} cases`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      const target = await open();
      const { tried, findings } = await runTarget(target, SEED, count);
      await target.close?.();
      assert.deepEqual({ tried, findings }, { tried: count, findings: [] });
    },
  });
}

async function named(open: () => Target | Promise<Target>): Promise<string> {
  return (await open()).name;
}

Deno.test("fuzz signatures finds a verifier that looks at the body alone", async () => {
  const [scheme] = SCHEMES;
  const careless = {
    ...scheme,
    verify: (_: Headers, body: Uint8Array) => {
      if (!new TextDecoder().decode(body).startsWith('{"type":"meeting.ended"')) throw new Error();
    },
  };
  assert.ok((await runTarget(signatures([careless]), SEED, 500)).findings.length > 0);
});

Deno.test("every verifier of a door is among the fuzzer's schemes", async () => {
  const folder = new URL("../../supabase/functions/_shared/http/", import.meta.url);
  const found: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    const text = await Deno.readTextFile(new URL(name, folder));
    for (const [, verifier] of text.matchAll(/export (?:async )?function (verify\w+)/g)) {
      found.push(verifier);
    }
  }
  assert.deepEqual(found.sort(), SCHEMES.map(({ name }) => name).sort());
});

/** Shapes that make a backtracking engine try 2^n ways, around different letters and ends. */
const EVIL = [
  "(a+)+$",
  "(a*)*$",
  "(a|a)*$",
  "(a|aa)+$",
  "(a?){30}a{30}",
  "^(a+)*b",
  "(.*a){25}",
  "(a+){2,}$",
]
  .flatMap((shape) => ["a", "0", "x", " ", "é"].map((letter) => shape.replaceAll("a", letter)))
  .flatMap((shape) => [shape, `${shape}!`, `^${shape}`, `(?:${shape})`, `${shape}${shape}`]);

Deno.test(`conditions run none of ${EVIL.length} evil patterns (T16)`, async () => {
  const { evaluateCel, evaluateConditions } = await import(
    "../../supabase/functions/_shared/orchestrator/core/conditions.ts"
  );
  assert.ok(EVIL.length >= 200);
  const text = `${"a".repeat(5000)}!`;
  for (const pattern of EVIL) {
    const at = performance.now();
    const result = evaluateCel(`event.payload.text.matches(${JSON.stringify(pattern)})`, {
      event: { payload: { text } },
    });
    assert.equal(typeof (result as { error?: string }).error, "string", pattern);
    // As a historic key and as a value it is compared, never run.
    assert.equal(evaluateConditions({ [pattern]: pattern }, {}, { text }), false);
    assert.ok(performance.now() - at < 50, pattern);
  }
});
