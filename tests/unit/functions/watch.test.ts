import assert from "node:assert/strict";
import type {
  JobDetail,
  Orchestrator,
} from "../../../supabase/functions/_shared/orchestrator/api.ts";
import { watchJob } from "../../../supabase/functions/agent-orchestrator/watch.ts";

const JOB = { id: "job-1", status: "running" } as JobDetail;

function watch(): Response {
  return watchJob(JOB, {
    orchestrator: () => ({ getJob: () => Promise.resolve(JOB) }) as unknown as Orchestrator,
    clock: {
      now: () => 0,
      after: () => () => {},
      // Nothing changes while the test looks.
      sleep: () => new Promise(() => {}),
    },
    scope: { kind: "all" } as never,
    signal: new AbortController().signal,
  });
}

Deno.test("watchJob() holds a hundred streams of an isolate and gives a closed one's place away", async () => {
  const streams = Array.from({ length: 100 }, watch);
  assert.throws(watch, { status: 503, code: "busy" });
  await streams[0].body!.cancel();
  const next = watch();
  for (const { body } of [...streams.slice(1), next]) await body!.cancel();
});
