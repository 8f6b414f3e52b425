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

const PROPOSAL =
  /\b(?:proposals?|quotes?|quotation|contracts?|agreements?|order ?forms?|sow|statement of work|msa|dpa|paperwork|estimate|pricing|prices?|(?<!your |their )numbers|terms|engagement letter|docusign|renewal|costings?|(?:write-?up|summary|breakdown) of (?:the |our )?(?:costs?|prices|pricing|fees)|addendum|amendment|redlines?|whole thing in writing)\b/;
/** Lists and sheets of prices are documents, not offers. */
const PRICE_PAPER =
  /\b(?:prices?|pricing|rates?) (?:sheets?|lists?|cards?|guides?|pages?|decks?|overview|tables?)\b/;
const CONTENT =
  /\b(?:pagers?|decks?|documents?|docs?|documentation|slides?|recordings?|reports?|case stud(?:y|ies)|white ?papers?|guides?|brochures?|invoices?|receipts?|forecasts?|statements?|files?|spreadsheets?|sheets?|templates?|notes|minutes|summary|recap|agenda|examples?|samples?|references?|data|list|pdf|videos?|articles?|checklists?|playbooks?|datasheets?|overview|info|information|polic(?:y|ies)|certificates?|questionnaire|specs?|specifications?|diagrams?|plan|one-pager|two-pager|roadmap|screenshots?|results?|benchmarks?|materials?|stuff|write-?up|study|studies|faq|instructions|steps|details|ranges|schedule|timeline|business case|calculator|model|comparison|breakdown|log|logs|export|e-?mail|testimonials?|paragraphs?|wording|blurb|letters?|drafts?)\b/;
const COLLEAGUES =
  /\b(?:our|my|the) (?:[\w-]+ ){0,3}?(?:team|folks|people|guys|chaps?|lads|blokes|crew|lot|side|engineers?|developers?|director|manager|boss|lead|counsel|lawyers?|head|vp|c[efitoisr]+o|specialists?|experts?|department|group|colleagues?|analysts?|architect|consultants?|desk|ops|product|legal|finance|security|support|engineering|leadership|partner|staff|designers?|back office|billing|accounts|underwriters?|warehouse|office)\b|\b(?:legal|engineering|finance|internally|security|product|support|compliance|leadership|procurement|ops|operations|management|billing|in-house|r&d)\b/;

const OUR_OWN =
  /\b(?:our|my) (?:[\w-]+ ){0,3}?(?:team|department|group|desk|people|folks|engineers?|developers?|billing|finance|legal|support|accounts|specialists?|experts?|ops)\b/;

/** Something leaves the house, whatever was done to it before. */
const SENDS =
  /\b(?:send|e-?mail|mail|forward|share|shoot|ship|post)\b(?! (?:team|address|server|thread))|\b(?:get|drop|fire|ping|pop|zip|sling|flick|chuck|whizz|bung) (?:it|that|them|those|(?:the|a|an|my|our|some) [\w -]+?) (?:over|across|out|through|along|to you)\b|\b(?:have|get|put|land) (?:it|that|them|those|the [\w ]+?) (?:in your (?:inbox|mail|hands)|on your desk|with you)\b/;

/** What an undertaking of our side means for the deal; null for what is none of ours. */
function intentOf(undertaking: Undertaking): Intent | null {
  const { verbClass, owner, predicate, context, lemma } = undertaking;
  if (verbClass === "introduce") {
    // Somebody of our own house who is brought in is no new face of the buyer's.
    return owner.side === "ours" && OUR_OWN.test(predicate)
      ? "check_with_team"
      : "stakeholder_introduction";
  }
  // Invitations are judged with the talk that fixes the time.
  if (verbClass === "schedule" || /\binvit(?:e|es|ations?)\b/.test(predicate)) return null;
  if (owner.side === "theirs") return null;
  const object = `${predicate} ; ${context}`;
  const isSentOff = verbClass === "deliver" || SENDS.test(predicate);
  if (verbClass === "ask" && !(lemma === "have" && SENDS.test(predicate))) {
    const asksPeople = COLLEAGUES.test(predicate) ||
      /\b(?:them|him|her)\b/.test(predicate) && COLLEAGUES.test(context) ||
      /^(?:ask|consult|escalate|flag)$/.test(lemma) ||
      /\b(?:with|to|by|past) (?!you\b|the\b|it\b|this\b|that\b)[a-z]+/.test(predicate);
    return asksPeople && !/\byour (?:\w+ )?(?:team|side|it|people|folks)\b/.test(predicate)
      ? "check_with_team"
      : "general";
  }
  if (isSentOff || verbClass === "prepare") {
    if (PRICE_PAPER.test(predicate)) return "send_content";
    if (PROPOSAL.test(predicate)) return "send_proposal";
    if (CONTENT.test(predicate)) {
      return isSentOff || /\b(?:you|send|share|over|across|for (?:me|us))\b/.test(predicate)
        ? "send_content"
        : "general";
    }
    if (PROPOSAL.test(object)) return "send_proposal";
    if (CONTENT.test(object) && isSentOff) return "send_content";
    return isSentOff ? "send_content" : "general";
  }
  return "general";
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
