import { Temporal } from "temporal-polyfill";
import { z } from "zod";
import type { CrmMeeting, TranscriptTurn } from "../../../ports/mod.ts";
import { cut } from "../../core/cut.ts";
import { defineAdapter, type SkillRun } from "../defineAdapter.ts";
import { ownWords } from "../email/_body.ts";
import { heardTurns, squash } from "../meeting/_heard.ts";
import { loadDateFinder } from "./_dates.ts";
import {
  type DayWindow,
  readDuration,
  readSchedulingWishes,
  type SchedulingWishes,
} from "./_request.ts";
import { firstKnownZone, isKnownZone } from "./_zones.ts";

/** What the spec gives where the text is silent. */
export const DEFAULT_DURATION_MINUTES = 30;
export const DEFAULT_TIMEFRAME_DAYS = 5;

const optionalText = z.string().max(8_000).nullish();

const Input = z.object({
  payload: z.object({
    scheduling_text: optionalText,
    trigger_phrase: optionalText,
    quote: optionalText,
    body: z.string().nullish(),
    email_id: z.uuid().nullish().catch(null),
    duration_minutes: z.number().int().min(5).max(480).nullish().catch(null),
    days_ahead: z.number().int().min(1).max(90).nullish().catch(null),
    timezone: z.string().nullish(),
    meeting_id: z.string().nullish(),
    turn: z.number().int().nonnegative().nullish().catch(null),
  }),
  context: z.object({ user: z.object({ timezone: z.string() }).nullish() }),
});

const dayWindow = z.object({ from: z.iso.date(), to: z.iso.date() });

/** Output of `parse-scheduling-request`. Weekdays are ISO (1 is Monday), days are local to `timezone`. */
export const ParseSchedulingRequestOutput = z.object({
  duration_minutes: z.number().int(),
  /** The horizon as worded: "next week" is 7, "this week" 5, "tomorrow" 2, "today" 1. */
  timeframe_days: z.number().int(),
  timezone: z.string(),
  /** The days that the wording leaves open; null when `timeframe_days` from now says it all. */
  window: dayWindow.nullable(),
  preferences: z.object({
    time_of_day: z.enum(["morning", "afternoon", "evening"]).optional(),
    between: z.object({ from: z.string(), to: z.string() }).optional(),
    days: z.array(z.number().int().min(1).max(7)).optional(),
    avoid_days: z.array(z.number().int().min(1).max(7)).optional(),
    /** Starts named to the minute, ISO with offset. */
    exact: z.array(z.string()).optional(),
  }),
  /** Which of the values were not said and are the defaults. */
  defaulted: z.array(z.enum(["duration_minutes", "timeframe_days"])),
  /** The words that the values were read from; `turn` when they lie in a stored transcript. */
  evidence: z.array(z.object({ turn: z.number().int().nullable(), quote: z.string() })),
});
export type ParseSchedulingRequestOutput = z.output<typeof ParseSchedulingRequestOutput>;

/** A request's words: the request itself first, then what was said around it. */
interface Passage {
  readonly turn: number | null;
  readonly text: string;
}

/** How far around the request the people may have named its length or its hour. */
const TURNS_BEFORE = 4;
const TURNS_AFTER = 3;
const QUOTE_LIMIT = 300;

/** The turns around the one that holds `quote` (or `turn`), nearest first; none when it is not found. */
export function surroundingPassages(
  turns: readonly TranscriptTurn[],
  quote: string,
  turn: number | null,
): readonly Passage[] {
  const wanted = squeeze(quote);
  const at = turn !== null && turn < turns.length
    ? turn
    : turns.findIndex((candidate) =>
      wanted.length >= 8 && squeeze(candidate.text).includes(wanted)
    );
  if (at < 0) return [];
  const from = Math.max(0, at - TURNS_BEFORE);
  return turns
    .slice(from, at + TURNS_AFTER + 1)
    .map((candidate, index) => ({ turn: from + index, text: candidate.text }))
    .sort((a, b) => Math.abs(a.turn - at) - Math.abs(b.turn - at) || a.turn - b.turn);
}

function squeeze(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim();
}

/** The request's own words decide; what they leave open is taken from the talk around them. */
export function combineWishes(
  own: SchedulingWishes,
  around: SchedulingWishes | null,
): SchedulingWishes {
  if (!around) return own;
  const named = own.exact.length > 0 || own.days.length > 0 || own.window !== null;
  const when = named && own.exact.length > 0 ? own : mergeDays(own, around);
  return {
    ...when,
    duration_minutes: own.duration_minutes ?? around.duration_minutes,
    timezone: own.timezone ?? around.timezone,
  };
}

function mergeDays(own: SchedulingWishes, around: SchedulingWishes): SchedulingWishes {
  // "Thursday" in the request and "Thursday at one" beside it name the same meeting; "Friday" does not.
  const agreeing = around.exact.filter((start) =>
    own.days.length === 0 ||
    own.days.includes(Temporal.PlainDate.from(start.slice(0, 10)).dayOfWeek)
  );
  const exact = own.exact.length > 0 ? own.exact : agreeing;
  const window = own.window ?? around.window;
  return {
    ...own,
    exact,
    days: own.days.length > 0 ? own.days : around.days,
    avoid_days: own.avoid_days.length > 0 ? own.avoid_days : around.avoid_days,
    time_of_day: own.time_of_day ?? around.time_of_day,
    between: own.between ?? around.between,
    window,
    timeframe_days: own.timeframe_days ?? around.timeframe_days,
  };
}

/** `parse-scheduling-request`: duration, horizon and wishes out of free text. */
export const parseSchedulingRequest = defineAdapter({
  skill: "parse-scheduling-request",
  effectMode: "pure",
  cpuMs: 60,
  input: Input,
  output: ParseSchedulingRequestOutput,
  async run(input, ctx) {
    const { payload, context } = input;
    const meeting = payload.meeting_id
      ? await ctx.ports.crm.getMeeting(ctx.orgId, payload.meeting_id)
      : null;
    const mail = payload.email_id
      ? await ctx.ports.crm.findEmail(ctx.orgId, { id: payload.email_id })
      : null;
    const words = mail === null ? null : `${mail.subject ?? ""}. ${ownWords(mail.body_text ?? "")}`;
    const request = requestText([
      payload.scheduling_text,
      payload.trigger_phrase,
      payload.quote,
      payload.body,
      words,
    ]);
    const around = payload.meeting_id && meeting
      ? surroundingPassages(
        heardTurns(await ctx.ports.crm.getTranscript(ctx.orgId, payload.meeting_id)),
        request,
        payload.turn ?? null,
      )
      : [];
    ctx.signal.throwIfAborted();

    if (payload.timezone && !isKnownZone(payload.timezone)) {
      ctx.warn("The payload's timezone is not an IANA zone; the user's is used");
    }
    const timezone = firstKnownZone([payload.timezone, context.user?.timezone, meeting?.timezone]);
    const options = {
      reference: mail?.sent_at
        ? Temporal.Instant.from(mail.sent_at).toZonedDateTimeISO(timezone)
        : referenceTime(meeting, payload.meeting_id ?? null, timezone, ctx),
      findDates: await loadDateFinder(),
    };
    const own = readSchedulingWishes(request, options);
    const talk = around.map((passage) => passage.text);
    const nearby = around.length > 0
      // In spoken order, so that "an hour, no, make it thirty" keeps its end.
      ? readSchedulingWishes(inSpokenOrder(around), options)
      : null;
    const wishes = combineWishes(own, nearby);
    return {
      output: buildOutput(wishes, {
        timezone: wishes.timezone ?? timezone,
        payload,
        evidence: evidenceFor(request, around, own, talk),
      }),
      engine: "rules",
    };
  },
});

function inSpokenOrder(passages: readonly Passage[]): string {
  return [...passages].sort((a, b) => (a.turn ?? 0) - (b.turn ?? 0))
    .map((passage) => passage.text).join(". ");
}

function requestText(parts: readonly (string | null | undefined)[]): string {
  const texts = parts
    .map((text) => squash(text?.trim().slice(0, 8_000) ?? ""))
    .filter((text) => text !== "");
  const kept: string[] = [];
  for (const text of texts) {
    if (!kept.some((known) => squeeze(known).includes(squeeze(text)))) kept.push(text);
  }
  return kept.join(". ");
}

/**
 * When the words were spoken. Null when they come from a meeting whose start is unknown: then a weekday
 * stays a wish and never becomes a guessed date.
 */
function referenceTime(
  meeting: CrmMeeting | null,
  meetingId: string | null,
  timezone: string,
  ctx: SkillRun,
): Temporal.ZonedDateTime | null {
  if (meeting?.started_at) {
    return Temporal.Instant.from(meeting.started_at).toZonedDateTimeISO(timezone);
  }
  if (meetingId) return null;
  return Temporal.Instant.fromEpochMilliseconds(ctx.ports.clock.now()).toZonedDateTimeISO(timezone);
}

function evidenceFor(
  request: string,
  around: readonly Passage[],
  own: SchedulingWishes,
  talk: readonly string[],
): ParseSchedulingRequestOutput["evidence"] {
  const evidence: ParseSchedulingRequestOutput["evidence"] = [];
  if (request) evidence.push({ turn: null, quote: cut(request, QUOTE_LIMIT) });
  if (own.duration_minutes === null) {
    const at = talk.findIndex((text) => readDuration(text) !== null);
    const passage = around[at];
    if (passage) evidence.push({ turn: passage.turn, quote: cut(passage.text, QUOTE_LIMIT) });
  }
  return evidence;
}

interface OutputParts {
  readonly timezone: string;
  readonly payload: {
    readonly duration_minutes?: number | null;
    readonly days_ahead?: number | null;
  };
  readonly evidence: ParseSchedulingRequestOutput["evidence"];
}

function buildOutput(wishes: SchedulingWishes, parts: OutputParts): ParseSchedulingRequestOutput {
  const duration = wishes.duration_minutes ?? parts.payload.duration_minutes ?? null;
  const timeframe = wishes.timeframe_days ?? parts.payload.days_ahead ?? null;
  const window: DayWindow | null = wishes.window;
  const defaulted: ParseSchedulingRequestOutput["defaulted"] = [];
  if (duration === null) defaulted.push("duration_minutes");
  if (timeframe === null) defaulted.push("timeframe_days");
  return {
    duration_minutes: duration ?? DEFAULT_DURATION_MINUTES,
    timeframe_days: timeframe ?? DEFAULT_TIMEFRAME_DAYS,
    timezone: parts.timezone,
    window,
    preferences: {
      ...(wishes.time_of_day ? { time_of_day: wishes.time_of_day } : {}),
      ...(wishes.between ? { between: wishes.between } : {}),
      ...(wishes.days.length > 0 ? { days: [...wishes.days] } : {}),
      ...(wishes.avoid_days.length > 0 ? { avoid_days: [...wishes.avoid_days] } : {}),
      ...(wishes.exact.length > 0 ? { exact: [...wishes.exact] } : {}),
    },
    defaulted,
    evidence: parts.evidence,
  };
}
