import type { MailboxNotices, NoticeAnswer, StartAnswer } from "../api.ts";
import type { Starter } from "./startEvent.ts";

/** One upkeep event for each notice; the door answers when all are rows. */
export async function noticeMailboxes(
  { endpoint, notices }: MailboxNotices,
  starter: Starter,
): Promise<NoticeAnswer> {
  const answers: StartAnswer[] = [];
  for (const { mailbox, type, payload, idempotency_key } of notices) {
    answers.push(
      await starter.start({
        type,
        org_id: endpoint.org_id,
        user_id: mailbox.user_id,
        user_source: "mailbox",
        source: `webhook:${endpoint.provider}`,
        payload: { connection_id: mailbox.connection_id, ...payload },
        mode: "live",
        idempotency_key,
      }, { cpu: null, comparesContent: false }),
    );
  }
  // Some of a batch may be new while the first is known: the sender is told that it brought something.
  const first = answers.find(({ status }) => status === "queued") ?? answers[0];
  return {
    status: first.status,
    event_id: first.event_id,
    job_id: first.job_id,
    event_ids: answers.flatMap(({ event_id }) => event_id ?? []),
  };
}
