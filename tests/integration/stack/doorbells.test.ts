import assert from "node:assert/strict";
import { openGateway, type TestGateway } from "../../support/stack.ts";

async function post(host: TestGateway, body: unknown): Promise<Record<string, unknown>> {
  const response = await host.call("agent-orchestrator", {
    method: "POST",
    body: JSON.stringify(body),
  });
  assert.equal(response.status, 202);
  return await response.json();
}

const DECISION = { resume_job_id: "job", approval_data: { decision: "approve" } };

Deno.test("gateway drops doorbells, and nothing else, while FLEET_WAKE is off", async () => {
  await using host = await openGateway({ wake: "off" });
  const bodies = [
    { resume_job_id: "job" },
    { event_id: "event" },
    DECISION,
    { action: "sweep" },
    { type: "meeting_ended" },
  ];
  for (const body of bodies) await post(host, body);
  assert.deepEqual(await host.bells(), bodies.slice(2));
});

Deno.test("gateway doubles doorbells, and nothing else, while FLEET_WAKE is duplicate", async () => {
  await using host = await openGateway({ wake: "duplicate" });
  await post(host, { resume_job_id: "job" });
  await post(host, DECISION);
  const bells = await host.bells();
  const count = (body: unknown) =>
    bells.filter((bell) => JSON.stringify(bell) === JSON.stringify(body)).length;
  assert.deepEqual([count({ resume_job_id: "job" }), count(DECISION)], [2, 1]);
});

Deno.test("gateway rings a fresh isolate when a used one had no room", async () => {
  await using host = await openGateway();
  const first = await post(host, { resume_job_id: "one" });
  const second = await post(host, { resume_job_id: "two" });
  assert.deepEqual([first.claimed, second.claimed], [true, true]);
  assert.notEqual(second.pid, first.pid);
  const bells = await host.bells();
  assert.deepEqual(bells.map((bell) => bell.resume_job_id), ["one", "two", "two"]);
});

Deno.test("gateway log names each request's kind and the job or event it is about", async () => {
  await using host = await openGateway();
  const { pid } = await post(host, { type: "meeting_ended" });
  await post(host, DECISION);
  await post(host, { action: "sweep" });
  await (await host.call("agent-orchestrator", { method: "POST", body: "{" })).body?.cancel();
  const lines = (await host.log()).map(({ at, ...line }) => {
    assert.match(String(at), /^\d{4}-\d\d-\d\dT.*Z$/);
    return line;
  });
  const common = { function: "agent-orchestrator", pid, status: 202 };
  assert.deepEqual(lines, [
    { ...common, kind: "start", id: "made-here" },
    { ...common, kind: "resume", id: "job" },
    { ...common, kind: "sweep", id: null },
    { ...common, kind: "other", id: null },
  ]);
});
