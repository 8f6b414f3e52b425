import { z } from "zod";
import { decideIntent, INTENT_ACTIONS, type IntentActions } from "../../intentActionRegistry.ts";
import { DETECT_INTENTS } from "../../../prompts/detectIntents.v1.ts";
import { CrmUpdate } from "./_commitment.ts";
import { defineAdapter, type SkillRun } from "../defineAdapter.ts";
import { askAboutMeeting, isSpoken, peopleFor } from "./_byModel.ts";
import { readSignals, type Signal } from "./_buyerSignals.ts";
import { findBuyingSignals } from "./_buyingSignals.ts";
import { mentionedDays, resolveDue } from "./_dueDate.ts";
import { EvidenceSchema, quoteOf, surest } from "./_evidence.ts";
import { loadMeetingTalk, type MeetingTalk } from "./_meetingTalk.ts";
import { intentOf } from "./_ourIntents.ts";
import { findSchedulingTalk } from "./_schedulingTalk.ts";
import { readUndertakings, type Undertaking } from "./_undertakings.ts";

const INTENTS = Object.keys(INTENT_ACTIONS) as [Intent, ...Intent[]];
export type Intent = keyof typeof INTENT_ACTIONS;

const Input = z.object({
  payload: z.object({ meeting_id: z.string().min(1) }),
  outputs: z.object({
    // Null when the classification failed or was skipped; then it closes nothing.
    "classify-call-type": z.object({ call_type_name: z.string().nullish() }).nullish().catch(null),
  }).default({}),
});

const IntentSchema = EvidenceSchema.extend({
  intent: z.enum(INTENTS),
  confidence: z.number().min(0).max(1),
  confidence_tier: z.enum(["explicit", "strong_implied", "weak_implied"]),
  /** The words that carry the commitment or the signal; one per commitment. */
  trigger_phrase: z.string().min(1),
  /** The words that carry the day; null when none was said. */
  deadline: z.string().nullable(),
  /** `YYYY-MM-DD`; null when no day was said or the meeting's start is unknown. */
  deadline_parsed: z.iso.date().nullable(),
  /** Sure and plain enough to act on; else a suggestion. */
  actionable: z.boolean(),
  /** What the organisation makes of it; hand-offs go by these. */
  slack_action: z.string(),
  crm_updates: z.array(CrmUpdate),
});
export type DetectedIntent = z.output<typeof IntentSchema>;

/** An intent with who said it, under the names that the system before this one gave (decision 0022). */
const CommitmentSchema = z.object({
  turn: z.number().int().nonnegative(),
  speaker: z.string(),
  speaker_side: z.enum(["ours", "theirs", "unknown"]),
  phrase: z.string(),
  source_quote: z.string(),
  intent: z.enum(INTENTS),
  /** Kind of task that the organisation makes of it. */
  action_type: z.string(),
  confidence: z.number().min(0).max(1),
  confidence_tier: IntentSchema.shape.confidence_tier,
  deadline: z.string().nullable(),
  deadline_parsed: z.iso.date().nullable(),
});

/** What our side is to do, in its own words. */
const FollowUpSchema = z.object({
  owner: z.string(),
  action: z.string(),
  deadline: z.string().nullable(),
  intent_type: z.enum(INTENTS),
});

const BuyingSignalSchema = EvidenceSchema.extend({
  /** The same word as `signal`. */
  type: z.enum(["go_ahead", "fit", "urgency", "budget"]),
  signal: z.enum(["go_ahead", "fit", "urgency", "budget"]),
  strength: z.enum(["strong", "moderate"]),
  confidence: z.number().min(0).max(1),
});

/** Output of `detect-intents`. Intents stand in spoken order, a repeated commitment once. */
export const DetectIntentsOutput = z.object({
  meeting_id: z.string(),
  intents: z.array(IntentSchema),
  commitments: z.array(CommitmentSchema),
  follow_up_items: z.array(FollowUpSchema),
  /** In the words that were said; null when there is nothing to tell. */
  executive_summary: z.string().nullable(),
  buying_signals: z.array(BuyingSignalSchema),
  count: z.number().int().nonnegative(),
  skipped: z.boolean(),
  /** Why a meeting was not read: among colleagues and in interviews nobody commits to a buyer. */
  reason: z.enum(["internal_meeting", "recruiting_meeting"]).nullable(),
});
export type DetectIntentsOutput = z.output<typeof DetectIntentsOutput>;

type Reading = Pick<MeetingTalk, "meeting" | "sentences" | "sides">;
type Draft = Omit<DetectedIntent, "actionable" | "slack_action" | "crm_updates">;

/** Everything the meeting commits us to or tells us about the buyer, in spoken order. */
export function findIntents(
  talk: Reading,
  actions: IntentActions = INTENT_ACTIONS,
): DetectedIntent[] {
  const time = { startedAt: talk.meeting.started_at, timezone: talk.meeting.timezone };
  const undertakings = readUndertakings({ sentences: talk.sentences, sides: talk.sides, time });
  const promised = undertakings.flatMap((undertaking) => {
    const intent = intentOf(undertaking);
    return intent === null ? [] : [fromUndertaking(intent, undertaking)];
  });
  const drafts = [
    ...promised,
    ...scheduledIntents(talk, undertakings),
    ...readSignals(talk.sentences, talk.sides, time).map((signal) => fromSignal(signal, time)),
  ];
  return decide(drafts, actions);
}

/** What the organisation makes of the findings, repetitions merged, in spoken order. */
function decide(drafts: readonly Draft[], actions: IntentActions): DetectedIntent[] {
  return mergeNeighbours(drafts)
    .flatMap((draft) => {
      const { intent, confidence, confidence_tier: tier } = draft;
      const decision = decideIntent(intent, { confidence, tier }, actions);
      if (decision !== "act" && decision !== "suggest") return [];
      const { slack_action, crm_updates } = actions[intent];
      return [{
        ...draft,
        actionable: decision === "act",
        slack_action,
        crm_updates: [...crm_updates],
      }];
    })
    .sort((a, b) => a.turn - b.turn);
}

function fromUndertaking(intent: Intent, undertaking: Undertaking): Draft {
  const { turn, quote, due, confidence, strength, owner } = undertaking;
  return {
    intent,
    turn,
    quote,
    confidence,
    confidence_tier: owner.side === "unknown" ? "weak_implied" : strength,
    trigger_phrase: quote,
    deadline: due.due_text,
    deadline_parsed: due.due_iso,
  };
}

/** One intent per meeting that is agreed on; the same time said again is the same meeting. */
function scheduledIntents(talk: Reading, undertakings: readonly Undertaking[]): Draft[] {
  const time = { startedAt: talk.meeting.started_at, timezone: talk.meeting.timezone };
  const agreed = findSchedulingTalk(talk.sentences).map(
    (scheduling): Draft & { days: string[] } => {
      const days = scheduling.sentences.flatMap((sentence) => mentionedDays(sentence.words, time));
      return {
        intent: "schedule_meeting",
        turn: scheduling.trigger.turn,
        quote: quoteOf(scheduling.trigger.raw),
        confidence: scheduling.confidence,
        confidence_tier: "explicit",
        trigger_phrase: quoteOf(scheduling.trigger.raw),
        deadline: null,
        deadline_parsed: null,
        days: days.map((day) => day.day_iso ?? day.text),
      };
    },
  );
  const known = new Set<string>();
  const distinct = agreed.filter(({ days }) => {
    const isNew = known.size === 0 || (days.length > 0 && !days.some((day) => known.has(day)));
    for (const day of days) known.add(day);
    return isNew;
  });
  if (distinct.length > 0) return distinct.map(({ days: _days, ...draft }) => draft);
  // No time was agreed, yet somebody of ours means to book one.
  const invites = undertakings.filter(({ verbClass, owner }) =>
    verbClass === "schedule" && owner.side !== "theirs"
  );
  return invites.slice(0, 1).map((invite) => fromUndertaking("schedule_meeting", invite));
}

function fromSignal(
  signal: Signal,
  time: { startedAt: string | null; timezone: string | null },
): Draft {
  const { kind, sentence, phrase, confidence, strength } = signal;
  const days = kind === "timeline_signal" ? mentionedDays(sentence.words, time) : [];
  const named = days.find((day) => day.day_iso !== null) ?? days[0];
  return {
    intent: kind,
    turn: sentence.turn,
    quote: quoteOf(sentence.raw),
    confidence,
    confidence_tier: strength,
    trigger_phrase: quoteOf(phrase),
    deadline: named?.text ?? null,
    deadline_parsed: named?.day_iso ?? null,
  };
}

/** Turns apart in which two findings of one intent speak of one thing (kinds that recur anyway). */
const SAME_BREATH = 2;
const PER_DEED: ReadonlySet<Intent> = new Set([
  "send_proposal",
  "send_content",
  "check_with_team",
  "general",
]);

function mergeNeighbours(drafts: readonly Draft[]): Draft[] {
  const kept: Draft[] = [];
  for (const draft of [...drafts].sort((a, b) => a.turn - b.turn || b.confidence - a.confidence)) {
    const at = kept.findLastIndex((known) => known.intent === draft.intent);
    const known = kept[at];
    const isSame = known !== undefined &&
      (known.quote === draft.quote ||
        (!PER_DEED.has(draft.intent) && draft.turn - known.turn <= SAME_BREATH));
    if (!isSame) kept.push(draft);
    else if (draft.confidence > known.confidence) kept[at] = draft;
  }
  return kept;
}

/** The intents with who said them; what our side is to do apart. */
function attribute(intents: readonly DetectedIntent[], talk: MeetingTalk, actions: IntentActions) {
  const speakerOf = (turn: number) => talk.sides.personOf(talk.turns[turn].speaker);
  const commitments = intents.map((found): z.output<typeof CommitmentSchema> => {
    const speaker = speakerOf(found.turn);
    const { turn, intent, confidence, confidence_tier, deadline, deadline_parsed } = found;
    return {
      turn,
      speaker: speaker.name,
      speaker_side: speaker.side,
      phrase: found.trigger_phrase,
      source_quote: found.quote,
      intent,
      action_type: actions[intent].task_type,
      confidence,
      confidence_tier,
      deadline,
      deadline_parsed,
    };
  });
  const follow_up_items = commitments.filter(({ intent, speaker_side }) =>
    speaker_side === "ours" && (PER_DEED.has(intent) || intent === "schedule_meeting")
  ).map(({ speaker, phrase, deadline_parsed, deadline, intent }) => ({
    owner: speaker,
    action: phrase,
    deadline: deadline_parsed ?? deadline,
    intent_type: intent,
  }));
  return { commitments, follow_up_items };
}

const MAX_SUMMARISED = 5;

/** What later meetings and proposals need to know, in the words that were said. */
export function summariseIntents(intents: readonly DetectedIntent[]) {
  const said = (name: string, kinds: readonly Intent[]) => {
    const quotes = intents.filter(({ intent }) => kinds.includes(intent))
      .slice(0, MAX_SUMMARISED).map(({ quote }) => `“${quote}”`);
    return quotes.length === 0 ? [] : [`${name}: ${quotes.join(" ")}`];
  };
  return {
    summary: [
      ...said("They asked about the price", ["pricing_request"]),
      ...said("They raised", ["objection_blocker", "competitive_mention"]),
      ...said("They named a date", ["timeline_signal"]),
      ...said("We promised", ["send_proposal", "send_content", "check_with_team", "general"]),
      ...said("Next", ["schedule_meeting", "stakeholder_introduction"]),
    ].join("\n"),
    commitments: intents.map(({ intent, turn, quote, confidence, deadline_parsed }) => ({
      intent,
      turn,
      quote,
      confidence,
      deadline_parsed,
    })),
    objections: intents.filter(({ intent }) => intent === "objection_blocker")
      .map(({ quote }) => ({ objection: quote, quote, resolved: false })),
  };
}

const ModelIntents = z.object({
  intents: z.array(z.object({
    turn: z.number().int(),
    quote: z.string(),
    intent: z.enum(INTENTS),
    tier: z.enum(["explicit", "strong_implied", "weak_implied"]),
    confidence: z.number().min(0).max(1),
    due_text: z.string().nullable(),
  })),
});

/** The intents as a model read them; thresholds and actions stay the organisation's, days our own rules'. */
async function askForIntents(talk: MeetingTalk, actions: IntentActions, ctx: SkillRun) {
  const found = await askAboutMeeting(talk, ctx, {
    prompt: DETECT_INTENTS,
    answer: ModelIntents,
    preface: peopleFor(talk),
    listed: (value) => value.intents,
    // It is written into the CRM and starts runs: no other engine than the chosen one.
    mayDegrade: false,
  });
  if (found === null) return null;
  const time = { startedAt: talk.meeting.started_at, timezone: talk.meeting.timezone };
  const drafts = found.items.map((item): Draft => {
    const dueSaid = item.due_text !== null &&
      isSpoken(talk, { turn: item.turn, quote: item.due_text });
    return {
      intent: item.intent,
      turn: item.turn,
      quote: quoteOf(item.quote),
      confidence: item.confidence,
      confidence_tier: item.tier,
      trigger_phrase: quoteOf(item.quote),
      deadline: dueSaid ? item.due_text : null,
      deadline_parsed: dueSaid ? resolveDue(item.quote, time).due_iso : null,
    };
  });
  return { intents: decide(drafts, actions), engine: found.engine };
}

/** With quotes at their longest, all of them stay well under what an output may hold. */
const MAX_INTENTS = 80;
const MAX_SIGNALS = 40;

/** `detect-intents`: commitments of our side and signals of theirs, with tier, deadline and evidence; noted as the meeting's summary. */
export const detectIntents = defineAdapter({
  skill: "detect-intents",
  effectMode: "db",
  cpuMs: 200,
  input: Input,
  output: DetectIntentsOutput,
  async run({ payload, outputs }, ctx) {
    const talk = await loadMeetingTalk(ctx, payload.meeting_id);
    const reason = skipReason(talk, outputs["classify-call-type"]?.call_type_name ?? null);
    const actions = reason === null ? await ctx.ports.intents.list(ctx.orgId) : INTENT_ACTIONS;
    const byModel = reason === null ? await askForIntents(talk, actions, ctx) : null;
    const found = byModel?.intents ?? (reason === null ? findIntents(talk, actions) : []);
    const intents = surest(found, MAX_INTENTS);
    if (intents.length < found.length) {
      ctx.warn(`The meeting holds ${found.length} intents: the surest ${intents.length} are kept`);
    }
    const summary = summariseIntents(intents);
    if (intents.length > 0) {
      ctx.signal.throwIfAborted();
      await ctx.ports.crm.applyChange({
        orgId: ctx.orgId,
        entity: "meeting_summary",
        id: null,
        effectKey: ctx.effectKey("summary"),
        change: { meeting_id: payload.meeting_id, ...summary },
      });
    }
    return {
      output: {
        meeting_id: payload.meeting_id,
        intents: [...intents],
        ...attribute(intents, talk, actions),
        executive_summary: summary.summary || null,
        buying_signals: reason === null
          ? [...surest(findBuyingSignals(talk.sentences, talk.sides), MAX_SIGNALS)]
          : [],
        count: intents.length,
        skipped: reason !== null,
        reason,
      },
      engine: byModel?.engine ?? "rules",
    };
  },
});

function skipReason(talk: MeetingTalk, callType: string | null) {
  if (talk.sides.isInternal) return "internal_meeting" as const;
  const name = callType?.toLowerCase() ?? "";
  if (/\b(?:recruit\w*|interview|hiring)\b/.test(name)) return "recruiting_meeting" as const;
  return name === "internal" && !talk.sides.hasOutsiders ? "internal_meeting" as const : null;
}
