import assert from "node:assert/strict";
import { composeMeeting, sendSigned } from "../../cli/demoMeeting.ts";
import { followRuns } from "../../cli/demoRuns.ts";
import { readTranscriptFile } from "../../cli/transcripts.ts";
import { shareRuns } from "../support/runs.ts";

const MEETINGS = new URL("../../../shared/data/meetings/", import.meta.url).pathname;
const NAMES = ["Bdb001", "ES2002a", "ES2002b", "ES2002c"];
const isAbsent = !await Deno.stat(MEETINGS).then(() => true, () => false);
const shared = shareRuns();

for (const name of NAMES) {
  Deno.test({
    name: `meeting_ended runs the real transcript ${name} within the CPU limit` +
      (isAbsent ? " (../shared/data is absent)" : ""),
    ignore: isAbsent,
    fn: async () => {
      const stack = shared();
      const file = await readTranscriptFile(`${MEETINGS}${name}.json`);
      const identity = { now: Date.now(), newId: () => crypto.randomUUID() };
      const { body } = await composeMeeting(file, identity);
      const answer = await sendSigned(stack.status.webhooks.meeting, body, identity);
      assert.equal(answer.status, 202);
      const [meeting] = await followRuns(stack.api, answer.body.job_id!, {
        limitMs: 60_000,
        onChange: () => {},
        decide: () => Promise.resolve({ decision: "approve" }),
      });
      assert.deepEqual([meeting.status, meeting.warnings], ["completed", []]);
      assert.ok(meeting.steps.every((step) => step.skip_reason !== "not_available"));
      const kills = (await stack.log()).filter((line) => line.reason !== undefined);
      assert.deepEqual(kills, []);

      const { action_items } = meeting.steps[1].output as {
        action_items: readonly { turn: number; quote: string }[];
      };
      assert.ok(action_items.length > 0);
      for (const { turn, quote } of action_items) {
        assert.ok(file.turns[turn].text.includes(quote), `turn ${turn}: ${quote}`);
      }
    },
  });
}
