import assert from "node:assert/strict";
import {
  figuresOf,
  keepKnownFigures,
} from "../../../../supabase/functions/_shared/orchestrator/core/figures.ts";

for (
  const [text, figures] of [
    ["1,200.50 € in 2026", [1200.5, 2026]],
    ["40 seats at 2 400", [40, 2400]],
    ["by 2026-03-09", [2026, 3, 9]],
    ["Q3, B2B and v2 name no figure", []],
    ["8,5 %", [8.5]],
  ] as const
) {
  Deno.test(`figuresOf() reads "${text}"`, () => {
    assert.deepEqual([...figuresOf(text)], figures);
  });
}

Deno.test("keepKnownFigures() drops the sentence whose figure its material does not name", () => {
  const material = JSON.stringify({ sent: 1200, answered: 40 });
  assert.equal(
    keepKnownFigures("40 of 1,200 answered. That is 3.3 %. Well done!", material),
    "40 of 1,200 answered. Well done!",
  );
  assert.equal(keepKnownFigures("You will save 30 %", material), "");
});
