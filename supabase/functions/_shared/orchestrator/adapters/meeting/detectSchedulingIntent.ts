import { Temporal } from "temporal-polyfill";
import { z } from "zod";
import { loadDateFinder } from "../calendar/_dates.ts";
import type { FindDates } from "../calendar/_days.ts";
import { readDuration, readSchedulingWishes } from "../calendar/_request.ts";
import { isKnownZone } from "../calendar/_zones.ts";
import { DETECT_SCHEDULING_INTENT } from "../../../prompts/detectSchedulingIntent.v1.ts";
import { defineAdapter, type SkillRun } from "../defineAdapter.ts";
import { askAboutMeeting, peopleFor } from "./_byModel.ts";
import { EvidenceSchema, quoteOf } from "./_evidence.ts";
import { loadMeetingTalk, type MeetingTalk } from "./_meetingTalk.ts";
import { findSchedulingTalk, type SchedulingTalk } from "./_schedulingTalk.ts";

const Input = z.object({
  payload: z.object({ meeting_id: z.string().min(1) }),
  outputs: z.object({
    "detect-intents": z.object({
      intents: z.array(z.object({ intent: z.string(), turn: z.number(), actionable: z.boolean() })),
    }).nullish().catch(null),
  }),
});

/** Output of `detect-scheduling-intent`. */
export const DetectSchedulingIntentOutput = z.object({
  has_scheduling_intent: z.boolean(),
  /** The words that carry the time; null without an agreement. */
  trigger_phrase: z.string().nullable(),
  turn: z.number().int().nullable(),
  /** Null when no length was named. */
  duration_minutes: z.number().int().nullable(),
  /** Starts named to the minute, ISO with offset; empty when the meeting's own start is unknown. */
  slots: z.array(z.object({ start: z.string() })),
  confidence: z.number().min(0).max(1),
  evidence: z.array(EvidenceSchema),
});
export type DetectSchedulingIntentOutput = z.output<typeof DetectSchedulingIntentOutput>;

const MAX_EVIDENCE = 10;
const MAX_SLOTS = 6;
const NONE: DetectSchedulingIntentOutput = {
  has_scheduling_intent: false,
  trigger_phrase: null,
  turn: null,
  duration_minutes: null,
  slots: [],
  confidence: 0,
  evidence: [],
};

/** `detect-scheduling-intent`: did the meeting agree on a further one that is still to be booked? */
export const detectSchedulingIntent = defineAdapter({
  skill: "detect-scheduling-intent",
  effectMode: "pure",
  cpuMs: 150,
  input: Input,
  output: DetectSchedulingIntentOutput,
  async run(input, ctx) {
    const talk = await loadMeetingTalk(ctx, input.payload.meeting_id);
    const agreedTurns = (input.outputs["detect-intents"]?.intents ?? [])
      .filter((intent) => intent.intent === "schedule_meeting" && intent.actionable)
      .map((intent) => intent.turn);
    const findDates = await loadDateFinder();
    const byModel = await askForScheduling(talk, findDates, ctx);
    return {
      output: byModel?.output ?? readScheduling(talk, agreedTurns, { findDates }),
      engine: byModel?.engine ?? "rules",
    };
  },
});

const ModelScheduling = z.object({
  agreements: z.array(z.object({
    turn: z.number().int(),
    quote: z.string(),
    duration_minutes: z.number().int().min(5).max(480).nullable(),
    confidence: z.number().min(0).max(1),
  })),
});

/** The agreement as a model read it; hours are worked out by our own rules from the words it points at. */
async function askForScheduling(talk: MeetingTalk, findDates: FindDates, ctx: SkillRun) {
  const found = await askAboutMeeting(talk, ctx, {
    prompt: DETECT_SCHEDULING_INTENT,
    answer: ModelScheduling,
    preface: peopleFor(talk),
    listed: (value) => value.agreements,
    mayDegrade: true,
  });
  if (found === null) return null;
  const settled = [...found.items].sort((a, b) => b.confidence - a.confidence).at(0);
  const turns = new Set(found.items.map(({ turn }) => turn));
  const sentences = talk.sentences.filter(({ turn }) => turns.has(turn));
  const trigger = sentences.find(({ turn }) => turn === settled?.turn);
  if (settled === undefined || trigger === undefined) return { output: NONE, engine: found.engine };
  const { confidence, turn } = settled;
  const output: DetectSchedulingIntentOutput = {
    has_scheduling_intent: true,
    trigger_phrase: quoteOf(settled.quote),
    turn,
    duration_minutes: settled.duration_minutes,
    slots: namedStarts(
      { sentences, surroundings: sentences, trigger, confidence },
      talk,
      findDates,
    ),
    confidence,
    evidence: found.items.slice(0, MAX_EVIDENCE)
      .map((item) => ({ turn: item.turn, quote: quoteOf(item.quote) })),
  };
  return { output, engine: found.engine };
}

/** `agreedTurns`: where detect-intents heard the commitment; they decide between several agreements. */
export function readScheduling(
  talk: MeetingTalk,
  agreedTurns: readonly number[],
  options: { readonly findDates: FindDates },
): DetectSchedulingIntentOutput {
  const found = findSchedulingTalk(talk.sentences);
  const confirmed = found.find((candidate) =>
    candidate.sentences.some((sentence) => agreedTurns.includes(sentence.turn))
  );
  const agreement = confirmed ?? found[0];
  if (!agreement) return NONE;
  return {
    has_scheduling_intent: true,
    trigger_phrase: quoteOf(agreement.trigger.raw),
    turn: agreement.trigger.turn,
    duration_minutes: spokenLength(agreement),
    slots: namedStarts(agreement, talk, options.findDates),
    confidence: confirmed ? Math.min(0.98, agreement.confidence + 0.05) : agreement.confidence,
    evidence: gatherEvidence(agreement),
  };
}

function spokenLength(agreement: SchedulingTalk): number | null {
  let minutes: number | null = null;
  for (const sentence of agreement.surroundings) minutes = readDuration(sentence.plain) ?? minutes;
  return minutes;
}

function namedStarts(
  agreement: SchedulingTalk,
  talk: MeetingTalk,
  findDates: FindDates,
): DetectSchedulingIntentOutput["slots"] {
  const { started_at: startedAt, timezone } = talk.meeting;
  if (!startedAt) return [];
  const offset = /(?:Z|[+-]\d{2}:?\d{2})$/i.exec(startedAt)?.[0] ?? "UTC";
  const zone = timezone && isKnownZone(timezone) ? timezone : offset === "Z" ? "UTC" : offset;
  const reference = Temporal.Instant.from(startedAt).toZonedDateTimeISO(zone);
  const read = (words: string) => readSchedulingWishes(words, { reference, findDates }).exact;
  const offered = read(agreement.sentences.map((sentence) => sentence.plain).join(". "));
  // The sentence that settles the time comes first. Alone it may miss the week said before it.
  const settled = read(agreement.trigger.plain).map((start) =>
    offered.find((other) => isSameHourOfWeek(other, start)) ?? start
  );
  return [...new Set([...settled, ...offered])].slice(0, MAX_SLOTS).map((start) => ({ start }));
}

function isSameHourOfWeek(a: string, b: string): boolean {
  const weekday = (start: string) => Temporal.PlainDate.from(start.slice(0, 10)).dayOfWeek;
  return a.slice(10) === b.slice(10) && weekday(a) === weekday(b);
}

function gatherEvidence(agreement: SchedulingTalk): DetectSchedulingIntentOutput["evidence"] {
  const trigger = { turn: agreement.trigger.turn, quote: quoteOf(agreement.trigger.raw) };
  const others = agreement.sentences
    .filter((sentence) => sentence !== agreement.trigger)
    .map((sentence) => ({ turn: sentence.turn, quote: quoteOf(sentence.raw) }))
    .filter((evidence) => evidence.quote !== "");
  return [trigger, ...others].slice(0, MAX_EVIDENCE).sort((a, b) => a.turn - b.turn);
}
