import { Temporal } from "temporal-polyfill";
import { z } from "zod";
import type { CrmCalendarEvent } from "../../../ports/mod.ts";
import { NotFoundError, ValidationError } from "../../core/errors.ts";
import { defineAdapter } from "../defineAdapter.ts";
import type { DayWindow } from "./_request.ts";
import { findSlots, type Interval, type RankedSlot, type SlotQuery } from "./_slots.ts";
import { firstKnownZone, isKnownZone } from "./_zones.ts";

/** More than this is a list to study, not a choice. */
const MAX_SLOTS = 6;
/** A search further ahead would read half a year of calendar rows for a meeting nobody has in mind. */
const MAX_HORIZON_DAYS = 90;
const DEFAULT_DURATION_MINUTES = 30;
const DEFAULT_TIMEFRAME_DAYS = 5;

const minutes = z.number().int().min(5).max(480);

/** The slice of parse-scheduling-request's output that this skill reads. */
const ParsedRequest = z.object({
  duration_minutes: minutes,
  timeframe_days: z.number().int().min(0),
  timezone: z.string(),
  window: z.object({ from: z.iso.date(), to: z.iso.date() }).nullish(),
  preferences: z.object({
    time_of_day: z.enum(["morning", "afternoon", "evening"]).optional(),
    between: z.object({ from: z.string(), to: z.string() }).optional(),
    days: z.array(z.number()).optional(),
    avoid_days: z.array(z.number()).optional(),
    exact: z.array(z.string()).optional(),
  }),
});
type ParsedRequest = z.output<typeof ParsedRequest>;

const Input = z.object({
  payload: z.object({
    duration_minutes: minutes.nullish().catch(null),
    days_ahead: z.number().int().min(1).max(MAX_HORIZON_DAYS).nullish().catch(null),
    prospect_timezone: z.string().nullish(),
  }),
  outputs: z.object({ "parse-scheduling-request": ParsedRequest.nullish() }),
  context: z.object({ contact: z.object({ id: z.string() }).nullish() }),
  params: z.object({
    /** Minutes to keep free before and after other meetings. */
    buffer_minutes: z.number().int().min(0).max(120).default(0),
  }).default({ buffer_minutes: 0 }),
});

const Slot = z.object({
  /** ISO with the offset of the rep's zone. */
  start: z.string(),
  end: z.string(),
  score: z.number(),
  /** In the rep's zone: `Thu 19 Mar, 13:00–14:00`. */
  label: z.string(),
  /** The same time for the prospect, when their zone is known and differs. */
  timezone_note: z.string().optional(),
  day_type: z.enum(["today", "tomorrow", "this_week", "next_week", "later"]),
  time_quality: z.enum(["excellent", "good", "fair", "poor"]),
  /** True when the people named this very start. */
  asked_for: z.boolean(),
});

/** Output of `find-available-slots`. `slots` is best first; empty when nothing is free. */
export const FindAvailableSlotsOutput = z.object({
  success: z.boolean(),
  slots: z.array(Slot).max(MAX_SLOTS),
  total_candidates: z.number().int(),
  duration_minutes: z.number().int(),
  user_timezone: z.string(),
  prospect_timezone: z.string().optional(),
  /** Local days searched, both included. */
  window: z.object({ from: z.string(), to: z.string() }),
  busy_count: z.number().int(),
  message: z.string().nullable(),
});
export type FindAvailableSlotsOutput = z.output<typeof FindAvailableSlotsOutput>;

/** `find-available-slots`: free times in the rep's calendar rows, best first. */
export const findAvailableSlots = defineAdapter({
  skill: "find-available-slots",
  effectMode: "pure",
  cpuMs: 15,
  input: Input,
  output: FindAvailableSlotsOutput,
  async run(input, ctx) {
    if (!ctx.userId) {
      throw new ValidationError("no_user", "Cannot find free times: the run has no user");
    }
    const { crm, clock } = ctx.ports;
    const user = await crm.getUser(ctx.orgId, ctx.userId);
    if (!user) {
      throw new NotFoundError("user_not_found", "Cannot find free times: no such user");
    }
    const request = input.outputs["parse-scheduling-request"] ?? null;
    const timezone = firstKnownZone([user.timezone, request?.timezone]);
    const now = clock.now();
    const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timezone)
      .toPlainDate();
    const { window, passed } = searchWindow(request, input.payload.days_ahead ?? null, today);
    if (passed) ctx.warn("The days asked for have passed; the next ones were searched instead");

    const contact = !input.payload.prospect_timezone && input.context.contact
      ? await crm.getContact(ctx.orgId, input.context.contact.id)
      : null;
    const prospectZone = input.payload.prospect_timezone ?? contact?.timezone ?? null;
    const prospectTimezone = prospectZone && isKnownZone(prospectZone) ? prospectZone : null;

    ctx.signal.throwIfAborted();
    const range = readRange(window, timezone);
    const events = await crm.listCalendarEvents(ctx.orgId, ctx.userId, range);
    const connected = await ctx.ports.calendar.listBusy({
      orgId: ctx.orgId,
      userId: ctx.userId,
      from: range.fromIso,
      to: range.toIso,
      signal: ctx.signal,
    });
    ctx.signal.throwIfAborted();
    const busy = [
      ...busyIntervals(events, timezone),
      ...connected.map(({ starts_at, ends_at }) => ({
        start: Date.parse(starts_at),
        end: Date.parse(ends_at),
      })),
    ];
    const durationMinutes = request?.duration_minutes ?? input.payload.duration_minutes ??
      DEFAULT_DURATION_MINUTES;
    const query: SlotQuery = {
      now,
      timezone,
      prospectTimezone,
      workingHours: user.working_hours,
      window,
      durationMinutes,
      bufferMinutes: input.params.buffer_minutes,
      busy,
      wishes: readWishes(request, passed, timezone),
      limit: MAX_SLOTS,
    };
    const { slots, candidates } = findSlots(query);
    return {
      output: {
        success: slots.length > 0,
        slots: slots.map((slot) => describeSlot(slot, timezone, prospectTimezone)),
        total_candidates: candidates,
        duration_minutes: durationMinutes,
        user_timezone: timezone,
        ...(prospectTimezone ? { prospect_timezone: prospectTimezone } : {}),
        window,
        busy_count: busy.length,
        message: slots.length > 0
          ? null
          : `No free ${durationMinutes} minutes from ${window.from} to ${window.to}`,
      },
      engine: "code",
    };
  },
});

/**
 * Local days to search: those that the request leaves open, else its horizon from today. Days that lie
 * wholly in the past (an old meeting replayed) give way to the same horizon from today.
 */
export function searchWindow(
  request: Pick<ParsedRequest, "timeframe_days" | "window"> | null,
  daysAhead: number | null,
  today: Temporal.PlainDate,
): { readonly window: DayWindow; readonly passed: boolean } {
  const horizon = Math.min(
    MAX_HORIZON_DAYS,
    request?.timeframe_days ?? daysAhead ?? DEFAULT_TIMEFRAME_DAYS,
  );
  const fallback = { from: today.toString(), to: today.add({ days: horizon }).toString() };
  if (!request?.window) return { window: fallback, passed: false };
  const from = Temporal.PlainDate.from(request.window.from);
  const to = Temporal.PlainDate.from(request.window.to);
  if (Temporal.PlainDate.compare(to, today) < 0) {
    const days = Math.max(DEFAULT_TIMEFRAME_DAYS, Math.min(horizon, from.until(to).days));
    return { window: { from: fallback.from, to: today.add({ days }).toString() }, passed: true };
  }
  const last = today.add({ days: MAX_HORIZON_DAYS + 60 });
  return {
    window: {
      from: (Temporal.PlainDate.compare(from, today) < 0 ? today : from).toString(),
      to: (Temporal.PlainDate.compare(to, last) > 0 ? last : to).toString(),
    },
    passed: false,
  };
}

/** A day more on each side: all-day rows may be stored in another zone's midnight. */
function readRange(window: DayWindow, timezone: string): { fromIso: string; toIso: string } {
  const from = Temporal.PlainDate.from(window.from).subtract({ days: 1 });
  const to = Temporal.PlainDate.from(window.to).add({ days: 2 });
  return {
    fromIso: from.toZonedDateTime(timezone).toInstant().toString(),
    toIso: to.toZonedDateTime(timezone).toInstant().toString(),
  };
}

/**
 * What blocks the rep: everything not marked `free`, tentative included. An all-day row blocks whole days
 * of the rep's zone; when it is stored from midnight UTC, its UTC dates are the days meant.
 */
export function busyIntervals(
  events: readonly CrmCalendarEvent[],
  timezone: string,
): readonly Interval[] {
  const busy: Interval[] = [];
  for (const event of events) {
    if (event.busy_status === "free") continue;
    const start = Temporal.Instant.from(event.starts_at);
    const end = Temporal.Instant.from(event.ends_at);
    if (!event.is_all_day) {
      busy.push({ start: start.epochMilliseconds, end: end.epochMilliseconds });
      continue;
    }
    const isUtcMidnight = start.epochMilliseconds % 86_400_000 === 0;
    const zone = isUtcMidnight ? "UTC" : timezone;
    const first = start.toZonedDateTimeISO(zone).toPlainDate();
    const stated = end.toZonedDateTimeISO(zone).toPlainDate();
    const last = Temporal.PlainDate.compare(stated, first) > 0 ? stated : first.add({ days: 1 });
    busy.push({
      start: first.toZonedDateTime(timezone).epochMilliseconds,
      end: last.toZonedDateTime(timezone).epochMilliseconds,
    });
  }
  return busy;
}

function readWishes(
  request: ParsedRequest | null,
  passed: boolean,
  timezone: string,
): SlotQuery["wishes"] {
  const preferences = request?.preferences ?? {};
  return {
    timezone: firstKnownZone([request?.timezone, timezone]),
    timeOfDay: preferences.time_of_day ?? null,
    between: preferences.between ?? null,
    days: preferences.days ?? [],
    avoidDays: preferences.avoid_days ?? [],
    exact: passed
      ? []
      : (preferences.exact ?? []).map((start) => Temporal.Instant.from(start).epochMilliseconds),
  };
}

function describeSlot(
  slot: RankedSlot,
  timezone: string,
  prospectTimezone: string | null,
): z.output<typeof Slot> {
  const start = Temporal.Instant.fromEpochMilliseconds(slot.start);
  const end = Temporal.Instant.fromEpochMilliseconds(slot.end);
  const local = start.toZonedDateTimeISO(timezone);
  const theirs = prospectTimezone ? start.toZonedDateTimeISO(prospectTimezone) : null;
  const differs = theirs !== null && theirs.offsetNanoseconds !== local.offsetNanoseconds;
  return {
    start: iso(local),
    end: iso(end.toZonedDateTimeISO(timezone)),
    score: slot.score,
    label: `${dayLabel(local)}, ${clockLabel(local)}–${
      clockLabel(end.toZonedDateTimeISO(timezone))
    }`,
    ...(theirs && differs
      ? { timezone_note: `${dayLabel(theirs)}, ${clockLabel(theirs)} in ${prospectTimezone}` }
      : {}),
    day_type: slot.dayType,
    time_quality: slot.quality,
    asked_for: slot.asked,
  };
}

function iso(at: Temporal.ZonedDateTime): string {
  return at.toString({ timeZoneName: "never", smallestUnit: "second" });
}

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

function dayLabel(at: Temporal.ZonedDateTime): string {
  return `${DAYS[at.dayOfWeek - 1]} ${at.day} ${MONTHS[at.month - 1]}`;
}

function clockLabel(at: Temporal.ZonedDateTime): string {
  return `${String(at.hour).padStart(2, "0")}:${String(at.minute).padStart(2, "0")}`;
}
