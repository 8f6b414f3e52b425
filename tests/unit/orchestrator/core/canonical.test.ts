import assert from "node:assert/strict";
import fc from "fast-check";
import canonicalize from "canonicalize";
import { canonicalSha256 } from "../../../../supabase/functions/_shared/orchestrator/core/canonical.ts";

/** Text as RFC 8785 wants it, from its sections 3.2.2 and 3.2.3 and the numbers of appendix B. */
const CASES: readonly (readonly [string, unknown, string])[] = [
  [
    "literals, numbers and escapes (3.2.2)",
    {
      numbers: [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
      string: "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      literals: [null, true, false],
    },
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  ],
  [
    "keys by UTF-16 units (3.2.3)",
    {
      "\u20ac": "Euro Sign",
      "\r": "Carriage Return",
      "\ufb33": "Hebrew Letter Dalet With Dagesh",
      "1": "One",
      "\ud83d\ude00": "Emoji: Grinning Face",
      "\u0080": "Control",
      "\u00f6": "Latin Small Letter O With Diaeresis",
    },
    '{"\\r":"Carriage Return","1":"One","\u0080":"Control","ö":"Latin Small Letter O With Diaeresis","€":"Euro Sign","😀":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
  ],
  ["minus zero as zero", -0, "0"],
  ["the smallest number", 5e-324, "5e-324"],
  ["a large whole number", 9007199254740992, "9007199254740992"],
  ["from 1e21 on an exponent", [1e21, 999999999999999900000], "[1e+21,999999999999999900000]"],
  ["an array in its order", [3, 1, 2], "[3,1,2]"],
  ["null", null, "null"],
];

for (const [name, value, text] of CASES) {
  Deno.test(`canonicalSha256() hashes the RFC 8785 text of ${name}`, async () => {
    assert.equal(canonicalSha256(value), await sha256(text));
  });
}

Deno.test("canonicalSha256() is the known digest of the empty object, in lower-case hex", () => {
  assert.equal(
    canonicalSha256({}),
    "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
  );
});

Deno.test("canonicalSha256() does not depend on the order of keys", () => {
  fc.assert(fc.property(
    fc.dictionary(fc.string(), fc.integer(), { noNullPrototype: true }),
    (value) => {
      const reversed = Object.fromEntries(Object.entries(value).reverse());
      assert.equal(canonicalSha256(value), canonicalSha256(reversed));
    },
  ));
});

Deno.test("canonicalSha256() survives the way through JSON text", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    const text = canonicalize(value)!;
    assert.equal(canonicalSha256(JSON.parse(text)), canonicalSha256(value));
  }));
});

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex();
}
