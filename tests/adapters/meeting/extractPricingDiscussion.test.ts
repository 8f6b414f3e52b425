import assert from "node:assert/strict";
import {
  extractPricingDiscussion,
} from "../../../supabase/functions/_shared/orchestrator/adapters/meeting/extractPricingDiscussion.ts";
import { readingRun, type ReadingWorld, runSkill } from "../readingRun.ts";
import { assertQuoted, DANA, INJECTION, MEETING, SALES_CALL, saying, TURNS } from "./salesCall.ts";

function pricing(world: ReadingWorld, parts: { outputs?: object; context?: object } = {}) {
  return runSkill(extractPricingDiscussion, readingRun(world).ctx, parts);
}

type AmountCase = readonly [
  line: string,
  value: number,
  currency: string | null,
  unit: string | null,
  per: string | null,
];
const AMOUNTS: readonly AmountCase[] = [
  ["It costs twelve hundred dollars a month.", 1200, "USD", null, "a month"],
  ["The price is forty pounds per truck.", 40, "GBP", null, "per truck"],
  ["The fee is $1,200. Yes, $1,200.", 1200, "USD", null, null],
  ["I can do ten percent off.", 10, null, "%", null],
  ["That's fine. The price is eighteen lakh rupees.", 1_800_000, "INR", null, null],
  ["It is six dollars fifty per bed.", 6.5, "USD", null, "per bed"],
  ["It was four pounds and twenty five pence a call.", 4.25, "GBP", null, "a call"],
  ["The offer is two point four million shillings.", 2_400_000, "KES", null, null],
  ["You pay in instalments at eight percent.", 8, null, "%", null],
];

for (const [line, value, currency, unit, per] of AMOUNTS) {
  Deno.test(`extractPricingDiscussion reads “${line}” once, with its currency`, async () => {
    const { amounts } = await pricing(saying(`Dana Whitfield: ${line}`));
    assert.deepEqual(
      amounts.map((amount) => [amount.value, amount.currency, amount.unit, amount.per]),
      [[value, currency, unit, per]],
    );
  });
}

Deno.test("extractPricingDiscussion takes an unsaid currency from the deal", async () => {
  const { amounts } = await pricing(saying("Dana Whitfield: The price is forty per truck."), {
    context: { deal: { currency: "EUR" } },
  });
  assert.equal(amounts[0].currency, "EUR");
});

Deno.test("extractPricingDiscussion hears a price said again in short", async () => {
  const { amounts } = await pricing(saying(
    "Marcus Oyelaran: We pay six dollars fifty a bed now.",
    "Dana Whitfield: The quote stays at six fifty for both homes.",
  ));
  assert.deepEqual(amounts.map(({ value }) => value), [6.5]);
});

Deno.test("extractPricingDiscussion keeps the terms that stand beside a price", async () => {
  const said = "I can do five percent off if you pay annually in advance.";
  const { terms } = await pricing(saying(`Dana Whitfield: ${said}`));
  assert.deepEqual(terms, [said]);
});

const NO_PRICE: readonly (readonly [what: string, line: string])[] = [
  ["savings", "Marcus Oyelaran: We save two million dollars a year in fuel."],
  ["a fine", "Marcus Oyelaran: We paid a fine of ten thousand dollars."],
  ["counts", "Marcus Oyelaran: We have 300 trucks and ninety percent uptime."],
  ["orders to a machine", INJECTION],
];

for (const [what, line] of NO_PRICE) {
  Deno.test(`extractPricingDiscussion takes ${what} for no price`, async () => {
    assert.deepEqual(await pricing(saying(line)), {
      discussed: false,
      amounts: [],
      terms: [],
      evidence: [],
    });
  });
}

Deno.test("extractPricingDiscussion hears a question about price without a figure", async () => {
  const { discussed, amounts } = await pricing(saying("Marcus Oyelaran: How much is it?"));
  assert.deepEqual([discussed, amounts], [true, []]);
});

Deno.test("extractPricingDiscussion does not count what colleagues ask one another", async () => {
  const world = saying("Dana Whitfield: How much is it?");
  const output = await pricing({ ...world, meeting: { ...MEETING, attendees: [DANA] } });
  assert.equal(output.discussed, false);
});

Deno.test("extractPricingDiscussion takes up the price requests of detect-intents", async () => {
  const world = saying("Marcus Oyelaran: Send over whatever your finance people have.");
  const intents = [{ intent: "pricing_request", turn: 0 }, { intent: "pricing_request", turn: 9 }];
  const output = await pricing(world, { outputs: { "detect-intents": { intents } } });
  assert.deepEqual(output.evidence.map(({ turn }) => turn), [0]);
});

Deno.test("extractPricingDiscussion survives a missing or strange earlier output", async () => {
  const { amounts } = await pricing(SALES_CALL);
  for (const earlier of [null, { intents: "many" }]) {
    const output = await pricing(SALES_CALL, { outputs: { "detect-intents": earlier } });
    assert.deepEqual(output.amounts, amounts);
  }
});

Deno.test("extractPricingDiscussion quotes what was said in the turn it names", async () => {
  const { amounts, evidence } = await pricing(SALES_CALL);
  assert.equal(amounts.length, 1);
  assertQuoted(TURNS, [...amounts, ...evidence]);
});
