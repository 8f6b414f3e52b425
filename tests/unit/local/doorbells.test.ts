import assert from "node:assert/strict";
import { classifyRequest } from "../../../local/doorbells.ts";

function classify(body: string, functionName = "agent-orchestrator", method = "POST") {
  return classifyRequest(functionName, method, new TextEncoder().encode(body));
}

Deno.test("classifyRequest() tells doorbells from what carries something", () => {
  const cases: readonly (readonly [string, string, string | null, boolean])[] = [
    ['{"resume_job_id": "j"}', "resume", "j", true],
    ['{"resume_job_id": "j", "approval_data": null}', "resume", "j", true],
    ['{"resume_job_id": "j", "approval_data": {"decision": "approve"}}', "resume", "j", false],
    ['{"event_id": "e"}', "event", "e", true],
    ['{"event_id": 5}', "event", null, true],
    ['{"action": "sweep"}', "sweep", null, false],
    ['{"type": "meeting_ended"}', "start", null, false],
    ['{"action": "dance"}', "other", null, false],
    ["null", "other", null, false],
    ["[]", "other", null, false],
    ["not json", "other", null, false],
  ];
  for (const [body, kind, id, isBell] of cases) {
    assert.deepEqual([body, classify(body)], [body, { kind, id, isBell }]);
  }
});

Deno.test("classifyRequest() looks at the orchestrator's POSTs only", () => {
  const bell = '{"resume_job_id": "j"}';
  assert.equal(classify(bell, "webhook-meeting").kind, "other");
  assert.equal(classify(bell, "agent-orchestrator", "PUT").isBell, false);
});
