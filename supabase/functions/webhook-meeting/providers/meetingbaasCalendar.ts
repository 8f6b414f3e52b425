import { z } from "zod";
import { parseWith } from "../../_shared/http/handler.ts";
import type { CalendarDelivery } from "../../_shared/orchestrator/api.ts";
import { momentOf, textOf } from "../../_shared/providers/recordings/words.ts";
import { RecordingId } from "./bare.ts";

const Instance = z.object({
  event_id: RecordingId,
  title: z.string().nullish(),
  start: z.string(),
  end: z.string(),
  status: z.string().nullish(),
  is_all_day: z.boolean().nullish(),
});
const Instances = z.array(Instance).max(5000);
const CalendarId = z.object({ data: z.object({ calendar_id: RecordingId }) });

/** Where each event keeps its instances; others carry none. */
const CARRIERS = {
  "calendar.event_created": z.object({ data: z.object({ instances: Instances }) })
    .transform(({ data }) => data.instances),
  "calendar.event_updated": z.object({ data: z.object({ affected_instances: Instances }) })
    .transform(({ data }) => data.affected_instances),
  "calendar.event_cancelled": z.object({ data: z.object({ cancelled_instances: Instances }) })
    .transform(({ data }) => data.cancelled_instances),
  "calendar.events_synced": z.object({
    data: z.object({ events: z.array(z.object({ instances: Instances })).max(5000) }),
  }).transform(({ data }) => data.events.flatMap(({ instances }) => instances)),
};

/** Calendar events of a signed webhook: titles and times; MeetingBaaS tells neither people nor calendar uid. */
export function readCalendar(event: string, value: unknown): CalendarDelivery["calendar"] | null {
  if (!Object.hasOwn(CARRIERS, event)) return null;
  const instances = parseWith(CARRIERS[event as keyof typeof CARRIERS], value);
  const events = instances.flatMap((one) => {
    const startsAt = momentOf(one.start), endsAt = momentOf(one.end);
    if (startsAt === null || endsAt === null || endsAt <= startsAt) return [];
    return [{
      external_id: one.event_id,
      title: textOf(one.title, 500) ?? "Untitled event",
      starts_at: startsAt,
      ends_at: endsAt,
      is_all_day: one.is_all_day ?? false,
      busy_status: one.status === "tentative" ? "tentative" as const : "busy" as const,
      is_cancelled: event === "calendar.event_cancelled" || one.status === "cancelled",
    }];
  });
  return { account_id: parseWith(CalendarId, value).data.calendar_id, events };
}
