/** Who may notify as Microsoft: the handshake and the secret of each item (T5). */
import assert from "node:assert/strict";
import {
  answerHandshake,
  judgeNotices,
  readNotices,
} from "../../../supabase/functions/_shared/http/graphNotice.ts";
import type { GraphWatch } from "../../../supabase/functions/_shared/ports/mailboxes.ts";
import { sha256Hex } from "../../../supabase/functions/_shared/providers/sha256.ts";

const DOOR = "https://ref.supabase.co/functions/v1/webhook-email/e1";
const handshake = (query: string) => answerHandshake(new URL(`${DOOR}${query}`));

const ECHOED: readonly string[] = [
  "abc",
  "Validation: Testing client application reachability for subscription Request-Id: 522a8e7e",
  "a b+c&d=e",
  "<script>alert(1)</script>",
  '"><img src=x onerror=alert(1)>',
  "ünïcödé 😀",
  "x".repeat(2048),
];

for (const token of ECHOED) {
  Deno.test(`answerHandshake() echoes ${token.slice(0, 40)} as plain text`, async () => {
    const response = handshake(`?validationToken=${encodeURIComponent(token)}`)!;
    assert.equal(response.status, 200);
    assert.equal(await response.text(), token);
    assert.equal(response.headers.get("content-type"), "text/plain; charset=utf-8");
    assert.equal(response.headers.get("x-content-type-options"), "nosniff");
    assert.match(response.headers.get("content-security-policy")!, /default-src 'none'/);
  });
}

const NOT_ECHOED: readonly string[] = [
  "?validationToken=",
  `?validationToken=${"x".repeat(2049)}`,
  "?validationToken=a%0D%0Ab",
  "?validationToken=%00",
  "?validationToken=a%1B%5B31m",
  "?validationToken=a&validationToken=b",
];

for (const query of NOT_ECHOED) {
  Deno.test(`answerHandshake() refuses ${query.slice(0, 40)}`, () => {
    assert.throws(() => handshake(query), { status: 400, code: "bad_validation_token" });
  });
}

Deno.test("answerHandshake() leaves requests alone that are none", () => {
  assert.equal(handshake(""), null);
  assert.equal(handshake("?validationtoken=a"), null);
});

const SECRET = "5f".repeat(32);

async function watch(more: Partial<GraphWatch> = {}): Promise<GraphWatch> {
  return {
    connection_id: "c1",
    user_id: "u1",
    subscription_id: "s1",
    client_state_sha256: await sha256Hex(SECRET),
    ...more,
  };
}

const notice = (more: Readonly<Record<string, unknown>> = {}) => ({
  subscriptionId: "s1",
  clientState: SECRET,
  changeType: "created",
  resource: "Users/u/Messages/m",
  ...more,
});

const judge = async (items: readonly unknown[], watches?: readonly GraphWatch[]) =>
  (await judgeNotices(readNotices({ value: items }), watches ?? [await watch()]))
    .map(({ watch: { connection_id } }) => connection_id);

Deno.test("judgeNotices() takes the item that carries its subscription's secret", async () => {
  assert.deepEqual(await judge([notice()]), ["c1"]);
});

const BAD_ITEMS: readonly (readonly [string, unknown])[] = [
  ["no secret", notice({ clientState: undefined })],
  ["an empty secret", notice({ clientState: "" })],
  ["null for a secret", notice({ clientState: null })],
  ["another secret", notice({ clientState: "5e".repeat(32) })],
  ["the secret cut by one", notice({ clientState: SECRET.slice(0, -1) })],
  ["the secret with one more", notice({ clientState: `${SECRET}0` })],
  ["the secret in capitals", notice({ clientState: SECRET.toUpperCase() })],
  ["the secret with a blank", notice({ clientState: ` ${SECRET}` })],
  ["a secret over Graph's limit", notice({ clientState: SECRET.repeat(5) })],
  ["a list for a secret", notice({ clientState: [SECRET] })],
  ["a number for a secret", notice({ clientState: 5 })],
  ["an unknown subscription", notice({ subscriptionId: "s2" })],
  ["no subscription", notice({ subscriptionId: undefined })],
  ["an empty subscription", notice({ subscriptionId: "" })],
  ["an object for a subscription", notice({ subscriptionId: { s1: true } })],
  ["null in place of an item", null],
  ["a text in place of an item", "s1"],
];

for (const [name, item] of BAD_ITEMS) {
  Deno.test(`judgeNotices() drops an item with ${name}, and takes the good one beside it`, async () => {
    assert.deepEqual(await judge([item]), []);
    assert.deepEqual(await judge([item, notice(), item]), ["c1"]);
  });
}

Deno.test("judgeNotices() does not take the stored hash for the secret", async () => {
  assert.deepEqual(await judge([notice({ clientState: await sha256Hex(SECRET) })]), []);
});

Deno.test("judgeNotices() keeps one subscription's secret from opening another's", async () => {
  const other = await watch({
    connection_id: "c2",
    subscription_id: "s2",
    client_state_sha256: await sha256Hex("other"),
  });
  const watches = [await watch(), other];
  const items = [
    notice({ subscriptionId: "s2" }),
    notice({ subscriptionId: "s2", clientState: "other" }),
    notice({ clientState: "other" }),
  ];
  assert.deepEqual(await judge(items, watches), ["c2"]);
});

Deno.test("judgeNotices() knows a subscription under way by its secret alone", async () => {
  const underWay = [await watch({ subscription_id: null })];
  assert.deepEqual(await judge([notice({ subscriptionId: "new" })], underWay), ["c1"]);
  assert.deepEqual(
    await judge([notice({ subscriptionId: "new", clientState: "guess" })], underWay),
    [],
  );
});

for (
  const body of [null, [], "x", {}, { value: {} }, { value: "s1" }, { value: Array(1001).fill({}) }]
) {
  Deno.test(`readNotices() refuses ${JSON.stringify(body)?.slice(0, 30)}, which is no batch`, () => {
    assert.throws(() => readNotices(body), { status: 400, code: "invalid_input" });
  });
}
