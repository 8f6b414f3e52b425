import assert from "node:assert/strict";
import { showApproval } from "../../../supabase/functions/_shared/orchestrator/adapters/approvals/_show.ts";
import type { AskedApproval } from "../../../supabase/functions/_shared/ports/approvals.ts";
import { readingRun, USER } from "../readingRun.ts";

const APPROVAL = {
  id: "00000000-0000-4000-8000-000000000001",
  org_id: "org",
  action_type: "send_email",
  preview: "Send it",
  proposed: { to: "bo@x.example" },
  content_sha256: "0".repeat(64),
  engine: "code",
  status: "pending",
  escalated_at: null,
  decided_by: null,
  decided_at: null,
  decision: null,
  acts_at: null,
  is_undoable: false,
  is_over: false,
  round: 0,
  can_revise: false,
  version: 1,
  expires_at: "2026-06-01T10:00:00Z",
  asked: [{ user_id: USER, message_ref: "1.1", notification_id: null }],
} as unknown as AskedApproval;
const REJECTED: AskedApproval = {
  ...APPROVAL,
  status: "rejected",
  decided_at: "2026-05-31T10:00:00Z",
  version: 2,
};

Deno.test("showApproval() writes again when the approval moved on while it wrote, over whatever others wrote", async () => {
  /** What the message says, and the effect keys that Slack's carrier has done: done ones are not done again. */
  let message = "";
  const done = new Set<string>();
  const writer = (jobId: string, reads: AskedApproval[]) => {
    const { ctx } = readingRun({});
    return {
      ...ctx,
      jobId,
      ports: {
        ...ctx.ports,
        approvals: {
          read: () => Promise.resolve(reads.shift() ?? REJECTED),
          ask: () => Promise.resolve({ refusal: null, link: null }),
          noteInApp: () => Promise.resolve(),
        },
        slack: {
          ...ctx.ports.slack,
          updateMessage: (
            { text }: { text: string },
            _posted: unknown,
            meta: { effectKey: string },
          ) => {
            if (!done.has(meta.effectKey)) message = text;
            done.add(meta.effectKey);
            return Promise.resolve({
              status: "sent" as const,
              delivery_id: "",
              provider_ref: "1.1",
              via: "",
            });
          },
        },
      },
    };
  };
  await showApproval(writer("newer", []), REJECTED, []);
  assert.match(message, /Rejected/);
  // Read before the decision, written after the other's message.
  await showApproval(writer("older", []), APPROVAL, []);
  assert.match(message, /Rejected/);
});

Deno.test("showApproval() gives up looking at a question that never rests", async () => {
  const { ctx } = readingRun({});
  let version = 1, writes = 0;
  await showApproval(
    {
      ...ctx,
      ports: {
        ...ctx.ports,
        approvals: {
          read: () => Promise.resolve({ ...APPROVAL, version: ++version }),
          ask: () => Promise.resolve({ refusal: null, link: null }),
          noteInApp: () => Promise.resolve(),
        },
        slack: {
          ...ctx.ports.slack,
          updateMessage: () => {
            writes++;
            return Promise.resolve({ status: "sent", delivery_id: "", provider_ref: "", via: "" });
          },
        },
      },
    },
    APPROVAL,
    [],
  );
  assert.equal(writes, 6);
});
