import assert from "node:assert/strict";
import { nextRunAt } from "../../../local/cron.ts";

const NOON = Date.UTC(2026, 2, 1, 12, 0, 0);

Deno.test("nextRunAt() reads the forms of pg_cron, in UTC, and milliseconds for tests", () => {
  const cases: readonly (readonly [string, number])[] = [
    ["10 seconds", NOON + 10_000],
    ["1 second", NOON + 1000],
    ["250 ms", NOON + 250],
    ["* * * * *", NOON + 60_000],
    ["30 13 * * *", NOON + 90 * 60_000],
    ["0 0 2 3 *", NOON + 12 * 3_600_000],
  ];
  for (const [schedule, expected] of cases) {
    assert.deepEqual([schedule, nextRunAt(schedule, NOON)], [schedule, expected]);
  }
});

Deno.test("nextRunAt() refuses what is no schedule", () => {
  assert.throws(() => nextRunAt("every now and then", NOON));
});
