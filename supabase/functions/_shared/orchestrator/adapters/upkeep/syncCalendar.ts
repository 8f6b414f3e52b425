import { z } from "zod";
import { defineAdapter } from "../defineAdapter.ts";

const Input = z.object({ payload: z.object({ connection_id: z.uuid() }) });

export const SyncCalendarOutput = z.object({
  /** `gone`: the calendar is no longer connected. */
  status: z.enum(["synced", "gone"]),
  /** By what became of the events: inserted, updated, unchanged, cancelled, unknown. */
  counts: z.record(z.string(), z.number().int()),
  /** All that lies ahead was read, not only what changed. */
  is_full: z.boolean(),
});

/** A statement's worth; storing is idempotent, so a reading that breaks off between two is only repeated. */
const BATCH = 100;

/**
 * `sync-calendar`: reads what changed in a member's calendar since its cursor. Events are stored first, then the cursor
 * moves; a repeat, or another reading at the same time, finds the same events under the same ids.
 */
export const syncCalendar = defineAdapter({
  skill: "sync-calendar",
  effectMode: "db",
  cpuMs: 150,
  input: Input,
  output: SyncCalendarOutput,
  async run({ payload }, ctx) {
    ctx.signal.throwIfAborted();
    const { calendarFeeds } = ctx.ports;
    const feed = await calendarFeeds.find(ctx.orgId, payload.connection_id);
    const read = feed === null ? null : await calendarFeeds.readChanges(feed, ctx.signal);
    if (feed === null || read === null) {
      return { output: { status: "gone" as const, counts: {}, is_full: false }, engine: "code" };
    }
    const counts: Record<string, number> = {};
    for (let at = 0; at < read.changes.length; at += BATCH) {
      ctx.signal.throwIfAborted();
      const stored = await calendarFeeds.store(feed, read.changes.slice(at, at + BATCH));
      for (const [word, count] of Object.entries(stored)) {
        counts[word] = (counts[word] ?? 0) + count;
      }
    }
    ctx.signal.throwIfAborted();
    await calendarFeeds.advance(feed, read.cursor);
    return {
      output: { status: "synced" as const, counts, is_full: read.is_full },
      engine: "code",
    };
  },
});
