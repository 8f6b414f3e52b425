import assert from "node:assert/strict";
import type { Mailbox, MailPage } from "../../../supabase/functions/_shared/ports/mailboxes.ts";
import { composeMailboxes } from "../../../supabase/functions/_shared/providers/mailboxes/compose.ts";
import type { VendorServer } from "../../support/vendors/server.ts";
import { createDesk } from "../../support/vendors/deliveries.ts";
import {
  type BoxMail,
  boxMail,
  type GraphBoxes,
  serveGmailBoxes,
  serveGraphBoxes,
} from "../../support/vendors/mailboxes.ts";

const TOPIC = "projects/fleet-test/topics/gmail";
const CONNECTED = "2026-11-20T00:00:00.000Z";
/** Token "t1" belongs to organisation "org-1", whose connection goes by the same name. */
const BOX = {
  connection_id: "org-1",
  org_id: "org-1",
  user_id: "u1",
  account: "maya.chen@northwind.example",
  cursor: null,
  subscription_id: null,
  connected_at: CONNECTED,
};

function open(
  provider: Mailbox["provider"],
  url: string,
  options: {
    readonly topic?: string | null;
    readonly now?: number;
    /** Whether no other run stored a watch meanwhile. */
    readonly isFirst?: boolean;
  } = {},
) {
  const desk = createDesk({ "org-1": "t1" });
  const saved: unknown[] = [];
  const hashes: string[] = [];
  const bells: string[] = [];
  const mailboxes = composeMailboxes({
    env: { GMAIL_PUBSUB_TOPIC: options.topic === null ? undefined : options.topic ?? TOPIC },
    clock: { now: () => options.now ?? Date.now() },
    vendor: (name, area) => desk.vendor(name, url, area),
    functionsUrl: "https://ref.supabase.co/functions/v1",
    ring: () => {
      bells.push("sweep");
      return Promise.resolve();
    },
    store: {
      find: () => Promise.reject(new Error("Not asked here")),
      store: () => Promise.reject(new Error("Not asked here")),
      advance: () => Promise.resolve(true),
      prepareWatch: (_mailbox, hash) => {
        hashes.push(hash);
        return Promise.resolve("endpoint-1");
      },
      saveWatch: (_mailbox, watch) => {
        saved.push(watch);
        return Promise.resolve(options.isFirst ?? true);
      },
    },
  });
  const signal = new AbortController().signal;
  const box: Mailbox = { ...BOX, provider };
  return {
    saved,
    hashes,
    bells,
    desk,
    advance: (events: number, has_more: boolean) =>
      mailboxes.advance(box, {
        cursor: "1",
        has_more,
        events: Array.from({ length: events }, (_, at) => ({
          user_id: "u1",
          type: "email_received",
          payload: {},
          idempotency_key: `k${at}`,
        })),
      }),
    read: (cursor: string | null, limit = 100, more: Partial<Mailbox> = {}) =>
      mailboxes.readNew({ ...box, cursor, ...more }, { limit, signal }),
    watch: (more: Partial<Mailbox> = {}, isLost = false) =>
      mailboxes.watch({ ...box, ...more }, { isLost, signal }),
    stop: (more: Partial<Mailbox> = {}) => mailboxes.stop({ ...box, ...more }, signal),
  };
}

interface Case {
  readonly name: string;
  readonly provider: Mailbox["provider"];
  serve(pageSize?: number): VendorServer & {
    arrive(token: string, mail: BoxMail): unknown;
    forget(token: string): void;
  };
  readonly messagePath: string;
  readonly listPath: string;
}

const CASES: readonly Case[] = [{
  name: "Gmail",
  provider: "google",
  serve: (pageSize) => serveGmailBoxes(["t1"], { pageSize, topic: TOPIC }),
  messagePath: "/messages/",
  listPath: "/history",
}, {
  name: "Outlook",
  provider: "microsoft",
  serve: () => serveGraphBoxes(["t1"]),
  messagePath: "/me/messages/",
  listPath: "/delta",
}];

type Opened = ReturnType<typeof open>;
const subjects = (page: MailPage | null) => page!.mails.map(({ subject }) => subject);

/** Reads until nothing is left, as runs do one after the other. */
async function readAll(box: Opened, cursor: string | null, limit: number) {
  const seen: string[] = [];
  for (let at = 0; at < 50; at++) {
    const page = (await box.read(cursor, limit))!;
    seen.push(...subjects(page));
    cursor = page.cursor;
    if (!page.has_more) return { seen, cursor };
  }
  throw new Error("The mailbox has no end");
}

for (const { name, provider, serve, messagePath, listPath } of CASES) {
  Deno.test(`${name}: the first reading starts at the connection, the next at its cursor`, async () => {
    await using server = serve();
    server.arrive("t1", boxMail({ receivedAt: "2026-11-01T00:00:00Z" }));
    const box = open(provider, server.url);
    const first = (await box.read(null))!;
    assert.deepEqual(subjects(first), []);
    const mail = boxMail();
    server.arrive("t1", mail);
    const second = (await box.read(first.cursor))!;
    assert.deepEqual([subjects(second), second.has_more, second.is_resync], [
      [mail.subject],
      false,
      false,
    ]);
    assert.deepEqual(subjects(await box.read(second.cursor)), []);
  });

  Deno.test(`${name}: a mail comes whole: ids, people, words, time`, async () => {
    await using server = serve();
    const box = open(provider, server.url);
    const { cursor } = (await box.read(null))!;
    const mail = boxMail({
      from: '"Raman, Priya" <priya@customer.example>',
      subject: "Grüße",
      text: "Ein Satz — mit 😀.",
      headers: { "In-Reply-To": "<ours@northwind.example>", "Auto-Submitted": "auto-replied" },
      receivedAt: "2026-11-26T09:30:00.000Z",
    });
    server.arrive("t1", mail);
    const [read] = (await box.read(cursor))!.mails;
    assert.deepEqual(read, {
      message_id: mail.messageId,
      thread_id: provider === "google" ? `t-${mail.id}` : `c-${mail.id}`,
      in_reply_to: "<ours@northwind.example>",
      from_email: "priya@customer.example",
      to_emails: ["maya.chen@northwind.example"],
      cc_emails: [],
      subject: "Grüße",
      body_text: "Ein Satz — mit 😀.",
      received_at: "2026-11-26T09:30:00.000Z",
      ignored_reason: "auto_reply",
    });
  });

  for (const [count, limit, pageSize] of [[23, 5, 4], [23, 100, 7], [250, 100, 100]] as const) {
    Deno.test(`${name}: ${count} mails come in readings of ${limit}, each once and in order`, async () => {
      await using server = serve(pageSize);
      const box = open(provider, server.url);
      const { cursor } = (await box.read(null))!;
      const mails = Array.from({ length: count }, () => boxMail());
      for (const mail of mails) server.arrive("t1", mail);
      const { seen } = await readAll(box, cursor, limit);
      assert.deepEqual(seen, mails.map(({ subject }) => subject));
    });
  }

  Deno.test(`${name}: a cursor that was forgotten brings the days since the connection again, then goes on`, async () => {
    await using server = serve();
    const box = open(provider, server.url);
    const { cursor } = (await box.read(null))!;
    server.arrive("t1", boxMail({ receivedAt: "2026-11-01T00:00:00.000Z", subject: "before us" }));
    const missed = Array.from({ length: 12 }, () => boxMail());
    for (const mail of missed) server.arrive("t1", mail);
    server.forget("t1");
    const first = (await box.read(cursor, 5))!;
    assert.equal(first.is_resync, true);
    const rest = await readAll(box, first.cursor, 5);
    assert.deepEqual(
      [...subjects(first), ...rest.seen].sort(),
      missed.map(({ subject }) => subject).sort(),
    );
    const later = boxMail();
    server.arrive("t1", later);
    assert.deepEqual(subjects(await box.read(rest.cursor)), [later.subject]);
  });

  Deno.test(`${name}: a mail that is gone before it is read is passed over`, async () => {
    await using server = serve();
    const box = open(provider, server.url);
    const { cursor } = (await box.read(null))!;
    const [gone, there] = [boxMail(), boxMail()];
    server.arrive("t1", gone);
    server.arrive("t1", there);
    server.fail(`${messagePath}${gone.id}`, "gone");
    assert.deepEqual(subjects(await box.read(cursor)), [there.subject]);
  });

  Deno.test(`${name}: a mail of five megabytes is kept by its headers and its beginning`, async () => {
    await using server = serve();
    const box = open(provider, server.url);
    const { cursor } = (await box.read(null))!;
    server.arrive("t1", boxMail({ text: "Please see below.", padding: 5 * 1024 * 1024 }));
    const [mail] = (await box.read(cursor))!.mails;
    assert.equal(mail.body_text, "Please see below.");
  });

  for (
    const [fault, code] of [
      ["500", "mailbox_unavailable"],
      ["html", "mailbox_bad_answer"],
      ["redirect", "mailbox_unavailable"],
      ["drop", "mailbox_unavailable"],
      [{ retryAfter: "37" }, "mailbox_rate_limited"],
    ] as const
  ) {
    for (const path of [listPath, messagePath]) {
      Deno.test(`${name}: ${JSON.stringify(fault)} at ${path} is ${code}, and the next reading finds the mail`, async () => {
        await using server = serve();
        const box = open(provider, server.url);
        const { cursor } = (await box.read(null))!;
        const mail = boxMail();
        server.arrive("t1", mail);
        server.fail(path, fault);
        await assert.rejects(
          box.read(cursor),
          typeof fault === "object" ? { code, retryAfterMs: 37_000 } : { code },
        );
        assert.deepEqual(subjects(await box.read(cursor)), [mail.subject]);
      });
    }
  }

  Deno.test(`${name}: another account than the mailbox's reads nothing, watches nothing, stops nothing`, async () => {
    await using server = serve();
    const box = open(provider, server.url);
    const other = { connection_id: "an older connection" };
    assert.equal(await box.read(null, 100, other), null);
    assert.deepEqual(await box.watch(other), { status: "gone", expires_at: null });
    await box.stop(other);
    assert.equal(server.seen.length, 0);
  });

  Deno.test(`${name}: a credential that is refused asks its owner to reconnect`, async () => {
    await using server = provider === "google"
      ? serveGmailBoxes(["other"])
      : serveGraphBoxes(["other"]);
    const box = open(provider, server.url);
    await assert.rejects(box.read("1"), { code: "reconnect_required" });
    assert.deepEqual(box.desk.refused, ["t1"]);
  });
}

Deno.test("a reading that found something rings once, one that found nothing does not", async () => {
  const box = open("google", "http://127.0.0.1:9");
  await box.advance(0, false);
  assert.deepEqual(box.bells, []);
  await box.advance(3, false);
  await box.advance(0, true);
  assert.deepEqual(box.bells, ["sweep", "sweep"]);
});

Deno.test("Gmail: a watch is renewed by the call that makes it, and its answer is kept as text", async () => {
  await using server = serveGmailBoxes(["t1"], { topic: TOPIC });
  const box = open("google", server.url);
  for (let at = 0; at < 2; at++) {
    const { status, expires_at } = await box.watch();
    assert.equal(status, "watching");
    assert.equal(Date.parse(expires_at!), server.watchOf("t1")!.expiration);
    assert.deepEqual(box.saved[at], {
      cursor: "9007199254740993",
      expiresAt: expires_at,
      subscriptionId: null,
      clientStateSha256: null,
      catchesUp: true,
    });
  }
  assert.deepEqual(server.seen[0].body, {
    topicName: TOPIC,
    labelIds: ["INBOX"],
    labelFilterBehavior: "INCLUDE",
  });
  await box.stop();
  assert.equal(server.watchOf("t1"), null);
});

Deno.test("Gmail: without a topic nobody watches, and the cursor is kept for the hourly reading", async () => {
  await using server = serveGmailBoxes(["t1"]);
  const box = open("google", server.url, { topic: null });
  assert.deepEqual(await box.watch(), { status: "not_configured", expires_at: null });
  assert.deepEqual(box.saved, [{
    cursor: "9007199254740993",
    expiresAt: null,
    subscriptionId: null,
    clientStateSha256: null,
    catchesUp: true,
  }]);
});

Deno.test("Gmail: own, thrown away and unfinished mails are no news", async () => {
  await using server = serveGmailBoxes(["t1"]);
  const box = open("google", server.url);
  const { cursor } = (await box.read(null))!;
  for (const label of ["SENT", "DRAFT", "SPAM", "TRASH", "CHAT"]) {
    server.arrive("t1", boxMail({ labels: ["INBOX", label] }));
  }
  assert.deepEqual(subjects(await box.read(cursor)), []);
});

const subscription = (server: GraphBoxes) => server.subscriptionsOf("t1")[0];

Deno.test("Outlook: a subscription names our door twice and carries a secret of which only the hash is kept", async () => {
  await using server = serveGraphBoxes(["t1"]);
  const box = open("microsoft", server.url);
  const { status, expires_at } = await box.watch();
  assert.equal(status, "watching");
  const made = subscription(server);
  const door = "https://ref.supabase.co/functions/v1/webhook-email/endpoint-1";
  assert.deepEqual([made.notificationUrl, made.lifecycleNotificationUrl], [door, door]);
  assert.match(made.clientState, /^[0-9a-f]{64}$/);
  assert.notEqual(box.hashes[0], made.clientState);
  assert.deepEqual(box.saved, [{
    subscriptionId: made.id,
    clientStateSha256: box.hashes[0],
    cursor: null,
    expiresAt: expires_at,
    catchesUp: true,
  }]);
});

Deno.test("Outlook: a known subscription is renewed, with the secret it has", async () => {
  await using server = serveGraphBoxes(["t1"]);
  await open("microsoft", server.url).watch();
  const before = { ...subscription(server) };
  const box = open("microsoft", server.url, { now: Date.now() + 3_600_000 });
  await box.watch({ subscription_id: before.id });
  const after = subscription(server);
  assert.deepEqual([after.id, after.clientState], [before.id, before.clientState]);
  assert.ok(after.expirationDateTime > before.expirationDateTime);
  assert.deepEqual([box.hashes, (box.saved[0] as { catchesUp: boolean }).catchesUp], [[], false]);
});

for (const isLost of [true, false]) {
  Deno.test(`Outlook: a subscription that ${isLost ? "we were told is lost" : "Graph no longer knows"} is made anew and caught up`, async () => {
    await using server = serveGraphBoxes(["t1"]);
    const first = open("microsoft", server.url);
    await first.watch();
    const before = subscription(server);
    server.drop("t1");
    const box = open("microsoft", server.url);
    await box.watch({ subscription_id: before.id }, isLost);
    const after = subscription(server);
    assert.notEqual(after.id, before.id);
    assert.notEqual(after.clientState, before.clientState);
    assert.deepEqual((box.saved[0] as { catchesUp: boolean }).catchesUp, true);
    assert.equal(server.seen.some(({ method }) => method === "PATCH"), !isLost);
  });
}

Deno.test("Outlook: a subscription that came second is deleted again", async () => {
  await using server = serveGraphBoxes(["t1"]);
  const box = open("microsoft", server.url, { isFirst: false });
  await box.watch();
  assert.deepEqual(server.seen.map(({ method }) => method), ["POST", "DELETE"]);
  assert.deepEqual(server.subscriptionsOf("t1"), []);
});

Deno.test("Outlook: a subscription that ends is deleted; one that is gone is none to delete", async () => {
  await using server = serveGraphBoxes(["t1"]);
  const box = open("microsoft", server.url);
  await box.watch();
  const { id } = subscription(server);
  await box.stop({ subscription_id: id });
  assert.deepEqual(server.subscriptionsOf("t1"), []);
  await box.stop({ subscription_id: id });
  await box.stop();
});

Deno.test("Outlook: our credential follows no link to another host", async () => {
  await using server = serveGraphBoxes(["t1"]);
  const box = open("microsoft", server.url);
  const { cursor } = (await box.read(null))!;
  // The server's links all name another host; every request came here.
  assert.match(cursor, /deltatoken/);
  await box.read(cursor);
  assert.equal(server.seen.length, 2);
});
