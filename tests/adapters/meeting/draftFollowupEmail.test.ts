import assert from "node:assert/strict";
import {
  draftFollowupEmail,
  subjectFor,
} from "../../../supabase/functions/_shared/orchestrator/adapters/meeting/draftFollowupEmail.ts";
import { readingRun, runSkill } from "../readingRun.ts";
import { CONTEXT, earlier, item, PAYLOAD } from "./earlierOutputs.ts";

function draft(parts: { payload?: object; context?: object; outputs?: object } = {}) {
  return runSkill(draftFollowupEmail, readingRun().ctx, {
    payload: PAYLOAD,
    context: CONTEXT,
    ...parts,
  });
}

function wordsOf(text: string | undefined): number {
  return (text ?? "").split(/\s+/).length;
}

Deno.test("draftFollowupEmail tells both sides' to-dos with their days", async () => {
  const { email_draft } = await draft({
    outputs: earlier({
      items: [
        item(),
        item({ text: "Talk to Priya.", owner_side: "theirs", due_iso: null }),
        item({ text: "Something nobody owns", owner_side: "unknown" }),
      ],
    }),
  });
  assert.equal(email_draft?.to, "marcus@buyer.example");
  assert.match(
    email_draft.body,
    /On our side:\n- Send Marcus the pricing sheet \(by 2026-03-13\)\n/,
  );
  assert.match(email_draft.body, /On your side:\n- Talk to Priya\n/);
  assert.ok(!email_draft.body.includes("nobody owns"));
});

Deno.test("draftFollowupEmail says nothing that no earlier step found", async () => {
  const { email_draft } = await draft();
  const lost = await draft({ outputs: { "extract-action-items": "lost" } });
  assert.deepEqual(lost.email_draft, email_draft);
  assert.ok(!/side:|figures|invitation/.test(email_draft?.body ?? ""));
  assert.match(email_draft?.body ?? "", /^Hi Marcus,\n\n[^]*Dana Whitfield$/);
});

Deno.test("draftFollowupEmail mentions price and next meeting where they came up", async () => {
  const { email_draft } = await draft({
    outputs: {
      "extract-pricing-discussion": { discussed: true },
      "detect-scheduling-intent": { has_scheduling_intent: true, trigger_phrase: "Tuesday at two" },
    },
  });
  assert.match(email_draft?.body ?? "", /"Tuesday at two"/);
  assert.match(email_draft?.body ?? "", /figures we talked about/);
});

Deno.test("draftFollowupEmail keeps within 150, 75 words and 50 characters", async () => {
  const long = item({ text: "word ".repeat(80), owner_side: "ours" });
  const { email_draft, subject } = await draft({
    payload: { ...PAYLOAD, title: "A title that goes on and on ".repeat(4) },
    outputs: earlier({
      items: [...Array(6).fill(long), ...Array(6).fill({ ...long, owner_side: "theirs" })],
    }),
  });
  assert.ok(wordsOf(email_draft?.body) < 150);
  assert.ok(wordsOf(email_draft?.body_short) < 75);
  assert.ok((subject ?? "").length < 50);
  assert.match(email_draft?.body ?? "", /Best regards,\nDana Whitfield$/);
});

Deno.test("subjectFor() cuts at a word and never inside a character", () => {
  assert.equal(subjectFor(null), "Next steps from our call");
  assert.equal(
    subjectFor("Quarterly review with Harbour Freight and partners"),
    "Next steps: Quarterly review with Harbour…",
  );
  for (const title of ["😀".repeat(40), `a${"😀".repeat(40)}`]) {
    assert.ok(subjectFor(title).isWellFormed());
  }
});

Deno.test("draftFollowupEmail prints template code from a transcript as it is", async () => {
  const text = "Send {{ sender }} {%if true%}the {{ 7 | times: 6 }} keys";
  const { email_draft } = await draft({ outputs: earlier({ items: [item({ text })] }) });
  assert.ok(email_draft?.body.includes(text));
});

const NO_ADDRESS: readonly (readonly [what: string, contact: unknown])[] = [
  ["nobody", null],
  ["a contact without an address", { id: "contact-1", name: "Marcus", email: null }],
  ["an address that is none", { id: "contact-1", name: "Marcus", email: "n/a" }],
];

for (const [what, contact] of NO_ADDRESS) {
  Deno.test(`draftFollowupEmail skips ${what} and says why`, async () => {
    const output = await draft({ context: { ...CONTEXT, contact } });
    assert.deepEqual([output.email_draft, output.skipped, output.reason], [
      null,
      true,
      "no_contact_email",
    ]);
  });
}

Deno.test("draftFollowupEmail sends nothing", async () => {
  const run = readingRun();
  await runSkill(draftFollowupEmail, run.ctx, { payload: PAYLOAD, context: CONTEXT });
  assert.deepEqual(run.calls, []);
});
