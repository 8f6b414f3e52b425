import assert from "node:assert/strict";
import fc from "fast-check";
import {
  parsePath,
  readPath,
  resolveMapping,
} from "../../../../supabase/functions/_shared/orchestrator/core/mapping.ts";
import type { JsonObject } from "../../../../supabase/functions/_shared/orchestrator/types.ts";

const SCOPE = {
  event: { payload: { deal_id: "d1", zero: 0, no: false, nothing: null } },
  outputs: {
    "detect-intents": { intents: [{ quote: "yes" }, { quote: "no" }] },
    plain: { "odd key": 1 },
  },
};

const PARSED: readonly (readonly [string, readonly (string | number)[]])[] = [
  ["event", ["event"]],
  ["event.payload.deal_id", ["event", "payload", "deal_id"]],
  ["output.items[0].id", ["output", "items", 0, "id"]],
  ["outputs['detect-intents'].intents[1]", ["outputs", "detect-intents", "intents", 1]],
  ["_a._b", ["_a", "_b"]],
];

for (const [path, expected] of PARSED) {
  Deno.test(`parsePath() reads ${path}`, () => {
    assert.deepEqual(parsePath(path), expected);
  });
}

const REFUSED: readonly string[] = [
  "",
  ".event",
  "event.",
  "event..payload",
  "[0]",
  "['event']",
  "0event",
  "event payload",
  "event[-1]",
  "event[1.5]",
  "event[x]",
  "event[1234567]",
  'event["a"]',
  "event['a",
  "event['a'b']",
  "event.a-b",
  "event.*",
  "event.a()",
  "event.__proto__.x",
  "event['__proto__']",
  "event.constructor",
  "event['prototype']",
  "constructor.prototype",
  `event${".a".repeat(32)}`,
];

for (const path of REFUSED) {
  Deno.test(`parsePath() refuses ${path.length > 40 ? "33 segments" : JSON.stringify(path)}`, () => {
    assert.throws(() => parsePath(path), { code: "invalid_path" });
  });
}

Deno.test("parsePath() reads any text as a path or refuses it, nothing else", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
    try {
      assert.ok(parsePath(text).length > 0);
    } catch (error) {
      assert.equal((error as { code?: string }).code, "invalid_path");
    }
  }));
});

const READ: readonly (readonly [string, unknown])[] = [
  ["event.payload.deal_id", "d1"],
  ["event.payload.zero", 0],
  ["event.payload.no", false],
  ["event.payload.nothing", null],
  ["outputs['detect-intents'].intents[1].quote", "no"],
  ["outputs.plain['odd key']", 1],
  ["event.payload.missing", undefined],
  ["event.payload.missing.deeper", undefined],
  ["event.payload.nothing.deeper", undefined],
  ["outputs['detect-intents'].intents[2]", undefined],
  ["event.payload.deal_id.length", undefined],
  ["other", undefined],
];

for (const [path, expected] of READ) {
  Deno.test(`readPath() finds ${JSON.stringify(expected)} at ${path}`, () => {
    assert.deepEqual(readPath(path, SCOPE), expected);
  });
}

for (const path of ["event.toString", "event.hasOwnProperty", "event.payload.valueOf"]) {
  Deno.test(`readPath() does not see the inherited ${path}`, () => {
    assert.equal(readPath(path, SCOPE), undefined);
  });
}

Deno.test("readPath() does not see properties of a polluted prototype", () => {
  const scope = { event: Object.create({ secret: "s" }) };
  assert.equal(readPath("event.secret", scope), undefined);
});

const RULES: readonly (readonly [string, JsonObject, JsonObject])[] = [
  ["a path as text", { a: "event.payload.deal_id" }, { a: "d1" }],
  ["a path in an object", { a: { path: "event.payload.deal_id" } }, { a: "d1" }],
  ["a fixed value", { a: { value: "event.payload.deal_id" } }, { a: "event.payload.deal_id" }],
  ["a fixed null", { a: { value: null } }, { a: null }],
  ["a default where the path leads nowhere", { a: { path: "event.x", default: 5 } }, { a: 5 }],
  [
    "a default where the value is null",
    { a: { path: "event.payload.nothing", default: 5 } },
    { a: 5 },
  ],
  ["0 and not its default", { a: { path: "event.payload.zero", default: 5 } }, { a: 0 }],
  ["false and not its default", { a: { path: "event.payload.no", default: true } }, { a: false }],
  ["null without a default", {
    a: { path: "event.payload.nothing" },
    b: "event.payload.nothing",
  }, { a: null, b: null }],
  ["nothing for a path that leads nowhere", { a: "event.x", b: { path: "event.x" } }, {}],
  ["nothing for an empty mapping", {}, {}],
];

for (const [name, mapping, expected] of RULES) {
  Deno.test(`resolveMapping() gives ${name}`, () => {
    assert.deepEqual(resolveMapping(mapping, SCOPE), expected);
  });
}

for (const rule of [7, null, true, ["event"], {}, { paths: "event" }, { default: 1 }]) {
  Deno.test(`resolveMapping() refuses the rule ${JSON.stringify(rule)}`, () => {
    assert.throws(() => resolveMapping({ a: rule } as JsonObject, SCOPE), {
      code: "invalid_mapping",
    });
  });
}

for (const key of ["__proto__", "constructor", "prototype"]) {
  Deno.test(`resolveMapping() refuses to map to ${key}`, () => {
    const mapping = JSON.parse(`{"${key}": {"value": {"polluted": true}}}`);
    assert.throws(() => resolveMapping(mapping, SCOPE), { code: "invalid_mapping" });
  });
}
