import assert from "node:assert/strict";
import { buildQuestion } from "../../../supabase/functions/_shared/orchestrator/adapters/approvals/_question.ts";
import { applyFeedback } from "../../../supabase/functions/_shared/orchestrator/adapters/email/_revise.ts";
import { peopleToAsk } from "../../../supabase/functions/_shared/orchestrator/adapters/approvals/_people.ts";
import {
  editsOf,
  formFieldsOf,
} from "../../../supabase/functions/_shared/orchestrator/core/approvalForm.ts";
import type { AskedApproval } from "../../../supabase/functions/_shared/ports/approvals.ts";
import type { CrmUser } from "../../../supabase/functions/_shared/ports/crm.ts";
import type { JsonObject } from "../../../supabase/functions/_shared/orchestrator/types.ts";
import { blockFault, elementsOf } from "../../support/vendors/slack.ts";

const ANN = "00000000-0000-4000-8000-00000000000a";
const READER = { zone: "Europe/Berlin", names: new Map([[ANN, "Ann <!channel>"]]) };

function asked(
  parts: Partial<AskedApproval> = {},
  proposed: JsonObject = { to: "bo@x.example", body: "Hi" },
): AskedApproval {
  return {
    id: "00000000-0000-4000-8000-000000000001",
    org_id: "00000000-0000-4000-8000-000000000002",
    job_id: "00000000-0000-4000-8000-000000000003",
    step_id: "send",
    action_type: "send_email",
    preview: "Send it",
    proposed,
    content_sha256: "0".repeat(64),
    engine: "rules",
    status: "pending",
    assignee_user_id: ANN,
    requested_by: ANN,
    approvers: null,
    escalate_to: null,
    escalated_at: null,
    decided_by: null,
    decided_at: null,
    decision: null,
    acts_at: null,
    is_undoable: false,
    is_over: false,
    round: 0,
    can_revise: true,
    version: 1,
    expires_at: "2026-06-01T10:00:00Z",
    event_type: "email_reply",
    asked: [],
    ...parts,
  };
}

const actionsOf = (approval: AskedApproval) =>
  elementsOf(buildQuestion(approval, READER).blocks).map(({ action_id }) => action_id);
const textOf = (approval: AskedApproval) => JSON.stringify(buildQuestion(approval, READER).blocks);

const settled = { decided_by: ANN, decided_at: "2026-05-31T10:00:00Z" } as const;
const STATES: readonly (readonly [string, Partial<AskedApproval>, string, readonly string[]])[] = [
  ["waits", {}, "Expires 1 Jun 2026, 12:00:00 (Europe/Berlin)", [
    "approval_approve",
    "approval_edit",
    "approval_revise",
    "approval_reject",
    "approval_open",
  ]],
  ["cannot be revised", { can_revise: false }, "Expires", [
    "approval_approve",
    "approval_edit",
    "approval_reject",
    "approval_open",
  ]],
  ["was revised three times", { round: 3 }, "(revision 3)", [
    "approval_approve",
    "approval_edit",
    "approval_reject",
    "approval_open",
  ]],
  [
    "asks about an effect",
    { action_type: "effect_unknown", can_revise: false },
    "Did this happen?",
    [
      "approval_approve",
      "approval_reject",
      "approval_open",
    ],
  ],
  ["is past its time", { is_over: true }, "Expired unanswered", []],
  [
    "can be taken back",
    { ...settled, status: "approved", is_undoable: true, acts_at: "2026-05-31T10:00:30Z" },
    "goes out 31 May 2026, 12:00:30 (Europe/Berlin)",
    ["approval_undo"],
  ],
  ["is approved", { ...settled, status: "approved" }, "Approved by", []],
  [
    "was edited",
    { ...settled, status: "approved", decision: { decision: "approve", edits: {} } },
    "Approved with changes by",
    [],
  ],
  ["is rejected", { ...settled, status: "rejected" }, "Rejected by", []],
  [
    "was sent back",
    { ...settled, status: "rejected", decision: { decision: "revise", comment: "shorter" } },
    "shorter",
    [],
  ],
  ["expired", { ...settled, decided_by: null, status: "expired" }, "Expired unanswered", []],
  [
    "went with its run",
    { ...settled, decided_by: null, status: "cancelled" },
    "Cancelled with its run",
    [],
  ],
];
for (const [name, parts, words, actions] of STATES) {
  Deno.test(`buildQuestion() of an approval that ${name}`, () => {
    assert.ok(textOf(asked(parts)).includes(words), textOf(asked(parts)));
    assert.deepEqual(actionsOf(asked(parts)), actions);
    assert.equal(blockFault(buildQuestion(asked(parts), READER).blocks), null);
  });
}

Deno.test("buildQuestion() shows a long text whole, in several sections", () => {
  const body = Array.from(
    { length: 120 },
    (_, n) => `Paragraph ${n} of the mail, which nobody cuts.`,
  ).join("\n\n");
  const { blocks } = buildQuestion(asked({}, { to: "bo@x.example", body }), READER);
  const shown = (blocks as readonly { text?: { text: string } }[]).map(({ text }) =>
    text?.text ?? ""
  ).join("");
  assert.ok(shown.includes(body));
  assert.equal(blockFault(blocks), null);
});

Deno.test("buildQuestion() lets nobody approve in Slack what does not fit there", () => {
  const approval = asked({}, { to: "bo@x.example", body: "word ".repeat(12_000) });
  assert.match(textOf(approval), /\d+ more characters do not fit here/);
  assert.deepEqual(actionsOf(approval), ["approval_revise", "approval_reject", "approval_open"]);
});

const HOSTILE = [
  "<!channel>",
  "<!here|x>",
  "<@U1>",
  "<#C1>",
  "<https://evil.example|Bank>",
  "*bold* _it_ ~s~ `code`",
  "```block```",
  "&lt;!channel&gt;",
  "> quote",
  ":tada:",
  "\u202egnp.exe",
];
for (const text of HOSTILE) {
  Deno.test(`buildQuestion() keeps ${JSON.stringify(text)} out of every text that Slack reads as markup (T21)`, () => {
    const approval = asked({
      ...settled,
      preview: text,
      action_type: text,
      engine: text,
      status: "rejected",
      decision: { decision: "revise", comment: text },
    }, { to: text, subject: text, body: text, [text]: text });
    const { blocks, text: notice } = buildQuestion(approval, {
      zone: "UTC",
      names: new Map([[ANN, text]]),
    });
    const marked: string[] = [notice];
    const walk = (value: unknown): void => {
      if (typeof value !== "object" || value === null) return;
      const { type, text } = value as { type?: unknown; text?: unknown };
      if (type === "mrkdwn") marked.push(text as string);
      Object.values(value).forEach(walk);
    };
    walk(blocks);
    for (const one of marked) assert.doesNotMatch(one, /<[!@#h]|`|\u202e/);
    assert.equal(blockFault(blocks), null);
  });
}

const user = (id: string, role: CrmUser["role"]) => ({ id, role }) as CrmUser;
const MEMBERS = [
  user("a", "admin"),
  user("o", "owner"),
  user("m", "member"),
  user("r", "readonly"),
];
const PEOPLE: readonly (readonly [string, Partial<AskedApproval>, boolean, object])[] = [
  ["the assignee, else admins and owners", { assignee_user_id: "m" }, false, {
    first: ["m"],
    else: ["a", "o"],
  }],
  ["admins and owners where nobody is assigned", { assignee_user_id: null }, false, {
    first: [],
    else: ["a", "o"],
  }],
  ["exactly the listed", { approvers: ["x", "y"] }, false, { first: ["x", "y"], else: [] }],
  ["those of the role", { assignee_user_id: "m", approvers: "admin" }, false, {
    first: ["m"],
    else: ["a", "o"],
  }],
  ["on escalation the admins", { escalate_to: "admins" }, true, { first: ["a", "o"], else: [] }],
  ["on escalation the named", { escalate_to: "z" }, true, { first: ["z"], else: [] }],
];
for (const [name, parts, isEscalation, people] of PEOPLE) {
  Deno.test(`peopleToAsk() names ${name}`, () => {
    assert.deepEqual(peopleToAsk(asked(parts), MEMBERS, { isEscalation }), people);
  });
}

const MAIL = { subject: "Next steps", body: "Hi Ann,\n\nFirst.\n\nSecond point.\n\nBest,\nBo" };
const FEEDBACK: readonly (readonly [string, Partial<ReturnType<typeof applyFeedback>>])[] = [
  ['subject: "Our plan"', { subject: "Our plan", notApplied: null }],
  ["Change the subject to Our plan.", { subject: "Our plan", notApplied: null }],
  ['replace "Ann" with "Dr Lee"', { body: MAIL.body.replace("Ann", "Dr Lee"), notApplied: null }],
  ['remove "Second point."', { body: "Hi Ann,\n\nFirst.\n\n\n\nBest,\nBo", notApplied: null }],
  ['add "See you."', {
    body: "Hi Ann,\n\nFirst.\n\nSecond point.\n\nSee you.\n\nBest,\nBo",
    notApplied: null,
  }],
  ["shorter", { body: "Hi Ann,\n\nFirst.\n\nBest,\nBo", notApplied: null }],
  ["make it rhyme", { ...MAIL, notApplied: "make it rhyme" }],
  ['replace "nobody" with "x"; shorter', {
    body: "Hi Ann,\n\nFirst.\n\nBest,\nBo",
    notApplied: 'replace "nobody" with "x"',
  }],
  ['replace "First" with "First; now"; remove "Second point."', {
    body: "Hi Ann,\n\nFirst; now.\n\n\n\nBest,\nBo",
    notApplied: null,
  }],
  ['replace "Ann; shorter', { ...MAIL, body: "Hi Ann,\n\nFirst.\n\nBest,\nBo" }],
  ['replace "Ann" with "$&"', { body: MAIL.body.replace("Ann", () => "$&"), notApplied: null }],
];
for (const [feedback, expected] of FEEDBACK) {
  Deno.test(`applyFeedback() follows ${feedback} as far as it goes and says what it left`, () => {
    const answer = applyFeedback(MAIL, feedback);
    assert.deepEqual({ ...answer, ...expected }, answer);
  });
}

Deno.test("editsOf() holds what differs, and nothing that was not shown", () => {
  const slots = [{ start: "1", label: "Mon" }, { start: "2", label: "Tue" }];
  const proposed = {
    to: "a@x.example",
    subject: "S",
    send: true,
    deal_id: "d",
    slots,
    slot: slots[0],
    body: "x".repeat(3001),
  };
  assert.deepEqual(formFieldsOf(proposed).map(({ key, kind }) => [key, kind]), [
    ["to", "text"],
    ["subject", "text"],
    ["send", "yes_no"],
    ["slot", "choice"],
  ]);
  assert.deepEqual(
    editsOf(proposed, {
      to: "a@x.example",
      subject: "T",
      send: "no",
      slot: "1",
      deal_id: "e",
      body: "y",
    }),
    {
      subject: "T",
      send: false,
      slot: slots[1],
    },
  );
  assert.deepEqual(
    editsOf(proposed, { to: "a@x.example", subject: "S", send: "yes", slot: "0" }),
    {},
  );
});
