import type { FeedPort } from "../../ports/feed.ts";
import { callOne, type SqlDeps } from "./call.ts";

/** Lines of `fleet_activity`. */
export function createFeedStore(deps: SqlDeps): FeedPort {
  return {
    async post(item) {
      const row = {
        org_id: item.orgId,
        user_id: item.userId,
        job_id: item.jobId,
        event_type: item.eventType,
        title: item.title,
        summary: item.summary,
        effect_key: item.effectKey,
      };
      await callOne<boolean>(
        deps,
        "write to the feed",
        (sql) => sql`select fleet.post_activity(${sql.json(row)}::jsonb) as value`,
      );
    },
  };
}
