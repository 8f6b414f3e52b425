import { z } from "zod";
import type { Vendor, VendorSession } from "../http/vendor.ts";
import type { Letter, MailCarrier } from "./carrier.ts";

const Message = z.object({ id: z.string().min(1), isDraft: z.boolean() });
const Messages = z.object({ value: z.array(Message) });
/** An id that stays when the mail moves from the drafts to the sent ones. */
const IMMUTABLE = { prefer: 'IdType="ImmutableId"' };

/**
 * Microsoft Graph: a draft under our own Message-ID, then its sending. A repeated attempt finds the draft, or the
 * mail that is no draft any more (`reconcile`).
 */
export function createGraphCarrier(graph: Vendor): MailCarrier {
  return async (letter, meta) => {
    const session = await graph.open({
      orgId: meta.orgId,
      userId: letter.mail.from_user_id,
      signal: meta.signal,
    });
    // A member may have connected the calendar alone.
    const may = (scope: string) => session?.credential.scopes.includes(scope);
    if (session === null || !may("Mail.Send") || !may("Mail.ReadWrite")) return null;
    const { messageId } = letter;
    return {
      name: "Outlook",
      effectMode: "reconcile",
      async find() {
        const known = await findMessage(session, messageId);
        return known === null || known.isDraft ? null : known.id;
      },
      async send() {
        const draft = await findMessage(session, messageId) ?? await createDraft(session, letter);
        if (draft.isDraft) {
          await session.call({
            method: "POST",
            path: `/v1.0/me/messages/${encodeURIComponent(draft.id)}/send`,
            headers: IMMUTABLE,
          });
        }
        return draft.id;
      },
    };
  };
}

async function findMessage(session: VendorSession, messageId: string) {
  const { value } = await session.read(Messages, {
    method: "GET",
    path: "/v1.0/me/messages",
    query: {
      $filter: `internetMessageId eq '${messageId.replaceAll("'", "''")}'`,
      $select: "id,isDraft",
      $top: "1",
    },
    headers: IMMUTABLE,
  });
  return value[0] ?? null;
}

async function createDraft(session: VendorSession, { mail, messageId }: Letter) {
  const content = {
    internetMessageId: messageId,
    subject: mail.subject,
    body: { contentType: "text", content: mail.body_text },
    toRecipients: mail.to.map(recipient),
    ccRecipients: (mail.cc ?? []).map(recipient),
  };
  const answered = mail.in_reply_to ? await findMessage(session, mail.in_reply_to) : null;
  if (answered === null) {
    return await session.read(Message, {
      method: "POST",
      path: "/v1.0/me/messages",
      headers: IMMUTABLE,
      body: content,
    });
  }
  // Only a reply made by Graph stays in its conversation; it is then given our words and our id.
  const reply = await session.read(Message, {
    method: "POST",
    path: `/v1.0/me/messages/${encodeURIComponent(answered.id)}/createReply`,
    headers: IMMUTABLE,
  });
  return await session.read(Message, {
    method: "PATCH",
    path: `/v1.0/me/messages/${encodeURIComponent(reply.id)}`,
    headers: IMMUTABLE,
    body: content,
  });
}

function recipient(address: string) {
  return { emailAddress: { address } };
}
