import assert from "node:assert/strict";
import {
  detectVerbalCommitment,
} from "../../../supabase/functions/_shared/orchestrator/adapters/meeting/detectVerbalCommitment.ts";
import { readingRun, type ReadingWorld, runSkill } from "../readingRun.ts";
import { assertQuoted, DANA, INJECTION, MEETING, SALES_CALL, saying, TURNS } from "./salesCall.ts";

function detect(world: ReadingWorld, outputs: object = {}) {
  return runSkill(detectVerbalCommitment, readingRun(world).ctx, { outputs });
}

const YES: readonly (readonly [strength: string, lines: readonly string[], detected: boolean])[] = [
  ["firm", ["Marcus Oyelaran: We'll go ahead with it."], true],
  ["firm", ["Dana Whitfield: Are you ready to sign?", "Marcus Oyelaran: Yes, let's do it."], true],
  ["conditional", ["Marcus Oyelaran: If legal agrees we'll sign."], true],
  ["conditional", ["Marcus Oyelaran: If the test goes well, we take it for the whole hall."], true],
  [
    "conditional",
    ["Marcus Oyelaran: If you do it at fifteen, we will close it today itself."],
    true,
  ],
  ["conditional", [
    "Marcus Oyelaran: If you can hold that, I'm happy to roll over for another two years.",
  ], true],
  ["conditional", ["Marcus Oyelaran: If they speak well of you, consider the job yours."], true],
  ["soft", ["Marcus Oyelaran: Maybe we'll go ahead, I think."], false],
];

for (const [strength, lines, detected] of YES) {
  Deno.test(`detectVerbalCommitment hears “${lines.at(-1)}” as ${strength}`, async () => {
    const output = await detect(saying(...lines));
    assert.equal(output.detected, detected);
    assert.deepEqual(output.commitments.map((yes) => yes.strength), [strength]);
  });
}

const NO_YES: readonly (readonly [what: string, line: string])[] = [
  ["a negation", "Marcus Oyelaran: We're not ready to sign."],
  ["a supposition", "Marcus Oyelaran: If we were going to sign, we'd need a discount."],
  ["a memory", "Marcus Oyelaran: We signed with another vendor last year."],
  ["a habit", "Marcus Oyelaran: If it rains, we take it slow."],
  ["a question", "Marcus Oyelaran: Would we sign today?"],
  ["the seller's own words", "Dana Whitfield: We'll go ahead with it."],
  ["orders to a machine", INJECTION],
];

for (const [what, line] of NO_YES) {
  Deno.test(`detectVerbalCommitment takes ${what} for no yes`, async () => {
    assert.deepEqual(await detect(saying(line)), { detected: false, commitments: [] });
  });
}

const PILOT = "Marcus Oyelaran: Let's go ahead with the pilot.";

Deno.test("detectVerbalCommitment doubts a yes when nobody told who buys", async () => {
  const known = await detect(saying(PILOT));
  const unknown = await detect({ ...saying(PILOT), meeting: { ...MEETING, attendees: [] } });
  assert.deepEqual([known.detected, unknown.detected], [true, false]);
  assert.ok(unknown.commitments[0].confidence < known.commitments[0].confidence);
});

Deno.test("detectVerbalCommitment hears no buyer among colleagues or in an interview", async () => {
  const internal = await detect({ ...saying(PILOT), meeting: { ...MEETING, attendees: [DANA] } });
  const interview = await detect(saying(PILOT), {
    "classify-call-type": { call_type_name: "Recruiting" },
  });
  assert.deepEqual([internal.commitments, interview.commitments], [[], []]);
});

Deno.test("detectVerbalCommitment needs no earlier output and survives a strange one", async () => {
  for (const classified of [undefined, null, "demo", { call_type_name: 7 }]) {
    const output = await detect(saying(PILOT), { "classify-call-type": classified });
    assert.equal(output.detected, true);
  }
});

Deno.test("detectVerbalCommitment quotes what was said in the turn it names", async () => {
  const { commitments } = await detect(SALES_CALL);
  assert.equal(commitments.length, 1);
  assertQuoted(TURNS, commitments);
});

Deno.test("detectVerbalCommitment finds nothing without a transcript", async () => {
  assert.deepEqual(await detect({ meeting: MEETING }), { detected: false, commitments: [] });
});
