import assert from "node:assert/strict";
import type { Mailbox, MailPage } from "../../../supabase/functions/_shared/ports/mailboxes.ts";
import type { VendorServer } from "../../support/vendors/server.ts";
import {
  type BoxMail,
  boxMail,
  serveGmailBoxes,
  serveGraphBoxes,
} from "../../support/vendors/mailboxes.ts";
import { open, TOPIC } from "./_mailbox.ts";

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

Deno.test("Gmail: own, thrown away and unfinished mails are no news", async () => {
  await using server = serveGmailBoxes(["t1"]);
  const box = open("google", server.url);
  const { cursor } = (await box.read(null))!;
  for (const label of ["SENT", "DRAFT", "SPAM", "TRASH", "CHAT"]) {
    server.arrive("t1", boxMail({ labels: ["INBOX", label] }));
  }
  assert.deepEqual(subjects(await box.read(cursor)), []);
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
