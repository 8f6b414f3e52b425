import type { MailboxNotices, WebhookEndpoint } from "../_shared/orchestrator/api.ts";
import type { GoodNotice } from "../_shared/http/graphNotice.ts";
import { canonicalSha256 } from "../_shared/orchestrator/core/canonical.ts";

/** A repeat of a lifecycle notice, which has no id, comes within this time. */
const LIFECYCLE_WINDOW_MS = 60_000;

/**
 * Notices of one batch by mailbox: changes become one reading, whatever their number. What the lifecycle asks for:
 * `missed` a reading, `reauthorizationRequired` a renewal, `subscriptionRemoved` a new subscription.
 */
export function graphNotices(
  endpoint: WebhookEndpoint,
  good: readonly GoodNotice[],
  now: number,
): MailboxNotices {
  const changed = new Map<string, GoodNotice[]>();
  const notices: MailboxNotices["notices"][number][] = [];
  for (const one of good) {
    const { notice, watch } = one;
    const event = notice.lifecycleEvent;
    if (!event) {
      changed.set(watch.connection_id, [...changed.get(watch.connection_id) ?? [], one]);
      continue;
    }
    const isMissed = event === "missed";
    const type = isMissed ? "mailbox_changed" : "watch_due";
    notices.push({
      mailbox: watch,
      type,
      payload: {
        reason: isMissed
          ? "missed"
          : event === "subscriptionRemoved"
          ? "subscription_removed"
          : "reauthorization_required",
      },
      idempotency_key: `${type}:${watch.connection_id}:${event.slice(0, 40)}:${
        Math.floor(now / LIFECYCLE_WINDOW_MS)
      }`,
    });
  }
  for (const [connectionId, items] of changed) {
    // Graph's identity of a change: subscription, resource, kind and version.
    const identity = items.map(({ notice }) =>
      [
        notice.subscriptionId,
        notice.resourceData?.id ?? notice.resource ?? "",
        notice.changeType ?? "",
        notice.resourceData?.["@odata.etag"] ?? "",
      ].join("\n")
    ).sort();
    notices.push({
      mailbox: items[0].watch,
      type: "mailbox_changed",
      payload: { reason: "notice" },
      idempotency_key: `mailbox_changed:${connectionId}:${canonicalSha256(identity)}`,
    });
  }
  return { endpoint, notices };
}
