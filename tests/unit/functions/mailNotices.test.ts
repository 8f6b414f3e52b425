/** What the mail door makes of notices whose lock was opened. */
import assert from "node:assert/strict";
import { gmailNotices, readGmailPush } from "../../../supabase/functions/webhook-email/gmail.ts";
import { graphNotices } from "../../../supabase/functions/webhook-email/microsoft.ts";
import type { GoodNotice } from "../../../supabase/functions/_shared/http/graphNotice.ts";

const ENDPOINT = {
  id: "e1",
  org_id: "o1",
  provider: "gmail",
  default_user_id: null,
  secrets: [],
};
const NOW = Date.parse("2026-11-26T10:00:30Z");

const push = (data: string, more: Readonly<Record<string, unknown>> = {}) =>
  readGmailPush(
    new TextEncoder().encode(JSON.stringify({ message: { messageId: "p1", data, ...more } })),
  );
const encode = (text: string) => btoa(text);

for (
  const [name, text] of [
    ["a number", '{"emailAddress":"a@x.example","historyId":18446744073709551615}'],
    ["a text", '{"emailAddress":"a@x.example","historyId":"18446744073709551615"}'],
    [
      "a text with blanks",
      '{ "historyId" : "18446744073709551615" , "emailAddress":"a@x.example"}',
    ],
  ]
) {
  Deno.test(`readGmailPush() keeps every digit of a history id that is ${name}`, () => {
    assert.deepEqual(push(encode(text)), {
      deliveryId: "p1",
      account: "a@x.example",
      historyId: "18446744073709551615",
    });
  });
}

Deno.test("readGmailPush() reads the base64 of addresses as well", () => {
  const data = encode('{"emailAddress":"a@x.example","historyId":1,"x":"???>>>"}')
    .replaceAll("+", "-").replaceAll("/", "_");
  assert.equal(push(data).historyId, "1");
});

const UNREADABLE: readonly (readonly [string, string])[] = [
  ["no base64", "%%%"],
  ["no JSON", encode("hello")],
  ["no object", encode("[]")],
  ["no address", encode('{"historyId":1}')],
  ["no mailbox for an address", encode('{"emailAddress":"a","historyId":1}')],
  ["no history id", encode('{"emailAddress":"a@x.example"}')],
  ["a history id of words", encode('{"emailAddress":"a@x.example","historyId":"now"}')],
  ["a negative history id", encode('{"emailAddress":"a@x.example","historyId":-1}')],
  ["bytes that are no UTF-8", btoa("\xff\xfe")],
];

for (const [name, data] of UNREADABLE) {
  Deno.test(`readGmailPush() refuses a push with ${name}`, () => {
    assert.throws(() => push(data), { status: 400, code: "invalid_input" });
  });
}

for (const message of [{}, { data: "x" }, { messageId: "p" }, { messageId: 5, data: "x" }]) {
  Deno.test(`readGmailPush() refuses the envelope ${JSON.stringify(message)}`, () => {
    const body = new TextEncoder().encode(JSON.stringify({ message }));
    assert.throws(() => readGmailPush(body), { status: 400, code: "invalid_input" });
  });
}

Deno.test("gmailNotices() makes one event for each member who connected the account", () => {
  const notice = { deliveryId: "p1", account: "a@x.example", historyId: "7" };
  const { notices } = gmailNotices(ENDPOINT, notice, [
    { connection_id: "c1", user_id: "u1" },
    { connection_id: "c2", user_id: "u2" },
  ]);
  assert.deepEqual(notices.map(({ mailbox, payload }) => [mailbox.user_id, payload]), [
    ["u1", { reason: "notice", history_id: "7" }],
    ["u2", { reason: "notice", history_id: "7" }],
  ]);
  assert.equal(new Set(notices.map((one) => one.idempotency_key)).size, 2);
});

const good = (connection: string, id: string, more: object = {}): GoodNotice => ({
  watch: {
    connection_id: connection,
    user_id: "u1",
    subscription_id: `s-${connection}`,
    client_state_sha256: "",
  },
  notice: {
    subscriptionId: `s-${connection}`,
    changeType: "created",
    resourceData: { id, "@odata.etag": `W/"${id}"` },
    ...more,
  },
});
const keysOf = (items: readonly GoodNotice[], now = NOW) =>
  graphNotices(ENDPOINT, items, now).notices.map((one) => one.idempotency_key);

Deno.test("graphNotices() makes one reading of a mailbox's changes, however many and in whatever order", () => {
  const items = [good("c1", "a"), good("c1", "b"), good("c2", "a")];
  assert.equal(keysOf(items).length, 2);
  assert.deepEqual(keysOf([...items].reverse()).sort(), keysOf(items).sort());
  assert.deepEqual(keysOf(items, NOW + 3_600_000), keysOf(items));
});

Deno.test("graphNotices() knows another mail, and another version of it, for another change", () => {
  const keys = [
    good("c1", "a"),
    good("c1", "b"),
    good("c1", "a", { resourceData: { id: "a", "@odata.etag": "2" } }),
    good("c1", "a", { changeType: "updated" }),
  ].flatMap((item) => keysOf([item]));
  assert.equal(new Set(keys).size, 4);
});

for (
  const [event, type, reason] of [
    ["missed", "mailbox_changed", "missed"],
    ["reauthorizationRequired", "watch_due", "reauthorization_required"],
    ["subscriptionRemoved", "watch_due", "subscription_removed"],
  ]
) {
  Deno.test(`graphNotices() answers ${event} with ${type}, its repeat within the minute with the same`, () => {
    const item = good("c1", "a", { lifecycleEvent: event });
    const [notice] = graphNotices(ENDPOINT, [item], NOW).notices;
    assert.deepEqual([notice.type, notice.payload], [type, { reason }]);
    assert.deepEqual(keysOf([item], NOW + 20_000), keysOf([item]));
    assert.notDeepEqual(keysOf([item], NOW + 60_000), keysOf([item]));
  });
}
