import assert from "node:assert/strict";
import { createApi, type DecisionBody } from "../../../cli/api.ts";
import { decide } from "../../../cli/commands/decide.ts";
import { EXIT, UsageError } from "../../../cli/usage.ts";
import { serveVendor } from "../../support/vendors/server.ts";

const APPROVAL = "0a000000-0000-4000-8000-000000000001";
const RUN = "0a000000-0000-4000-8000-000000000002";
const ASSIGNEE = "0a000000-0000-4000-8000-000000000003";
const OTHER = "0a000000-0000-4000-8000-000000000004";

/** The command against an orchestrator that knows one approval: what it was sent and what it printed. */
async function run(
  decision: DecisionBody["decision"],
  options: Readonly<Record<string, string>> = {},
  more: { readonly isJson?: boolean; readonly assignee?: string | null } = {},
) {
  const { isJson = false, assignee = ASSIGNEE } = more;
  await using server = serveVendor(({ method, query, body }) => {
    if (method === "GET") {
      if (query.approval_id !== APPROVAL) return new Response("{}", { status: 404 });
      return Response.json({
        id: RUN,
        approvals: [{ id: APPROVAL, assignee_user_id: assignee }],
      });
    }
    const isHeld = body.approval_data.decision === "approve";
    return Response.json({
      job_id: RUN,
      status: "queued",
      acts_at: isHeld ? "2027-01-01T00:00:30Z" : null,
    });
  });
  const printed: unknown[] = [];
  const exit = await decide(decision).run({
    words: [APPROVAL],
    options,
    isJson,
    api: createApi({ functionsUrl: server.url, secretKey: "sb_secret_x" }),
    print: (value) => void printed.push(value),
  });
  return { exit, printed, sent: server.seen.filter(({ method }) => method === "POST") };
}

Deno.test("fleet revise sends the feedback as its assignee and says that it was sent back", async () => {
  const { exit, printed, sent } = await run("revise", { feedback: "shorter" });
  assert.deepEqual(sent.map(({ body }) => body), [{
    resume_job_id: RUN,
    approval_data: {
      approval_id: APPROVAL,
      decision: "revise",
      decided_by: ASSIGNEE,
      comment: "shorter",
    },
  }]);
  assert.equal(exit, EXIT.ok);
  assert.match(String(printed[0]), new RegExp(`^sent back by ${ASSIGNEE}; run ${RUN} `));
});

Deno.test("fleet revise without feedback asks for it and sends nothing", async () => {
  await assert.rejects(run("revise"), UsageError);
});

Deno.test("fleet undo takes back by whom --by names, with neither comment nor edits", async () => {
  const { printed, sent } = await run("undo", { by: OTHER });
  assert.deepEqual(sent.map(({ body }) => body.approval_data), [
    { approval_id: APPROVAL, decision: "undo", decided_by: OTHER },
  ]);
  assert.match(String(printed[0]), new RegExp(`^taken back by ${OTHER}; `));
});

Deno.test("fleet approve says until when it can be taken back, and --json gives the answer itself", async () => {
  const held = await run("approve", { edits: '{"subject": "S"}' });
  assert.deepEqual(held.sent[0].body.approval_data.edits, { subject: "S" });
  assert.match(String(held.printed[0]), /, acts at 2027-01-01T00:00:30Z$/);
  const { printed } = await run("undo", {}, { isJson: true });
  assert.deepEqual(printed, [{ job_id: RUN, status: "queued", acts_at: null }]);
});

Deno.test("an approval without an assignee is decided by nobody in silence", async () => {
  await assert.rejects(run("undo", {}, { assignee: null }), UsageError);
});
