import { z } from "zod";
import type { CrmCallType } from "../../../ports/mod.ts";
import { CLASSIFY_CALL_TYPE } from "../../../prompts/classifyCallType.v1.ts";
import { defineAdapter, type SkillRun } from "../defineAdapter.ts";
import { isSpoken, transcriptFor } from "./_byModel.ts";
import { type CallTypeScore, DEFAULT_CALL_TYPES, scoreCallTypes } from "./_callTypes.ts";
import { EvidenceSchema, quoteOf } from "./_evidence.ts";
import { loadMeetingTalk, type MeetingTalk } from "./_meetingTalk.ts";

const Input = z.object({
  payload: z.object({ meeting_id: z.string().min(1) }),
});

/** Output of `classify-call-type`. Undecided means `call_type_name` null, and then nothing is gated. */
export const ClassifyCallTypeOutput = z.object({
  meeting_id: z.string(),
  /** Null for the built-in types. */
  call_type_id: z.string().nullable(),
  call_type_name: z.string().nullable(),
  confidence: z.number().min(0).max(1),
  reasoning: z.string(),
  enable_coaching: z.boolean(),
  is_sales: z.boolean(),
  source: z.enum([
    "existing",
    "no_transcript",
    "rules_classified",
    "model_classified",
    "unclassified",
  ]),
  /** Sentences that decided it; none for `existing`. */
  evidence: z.array(EvidenceSchema),
});
export type ClassifyCallTypeOutput = z.output<typeof ClassifyCallTypeOutput>;

type Verdict = Omit<ClassifyCallTypeOutput, "meeting_id">;

/** A stored type is kept from here on; below it was a guess. */
const TRUST_STORED = 0.5;
/** One telling title, or a handful of telling sentences. */
const MIN_SCORE = 3;
/** A short talk says little of anything: two sentences decide where nothing else speaks nearly as loud. */
const MIN_SCORE_ALONE = 1.5;
const MIN_LEAD_ALONE = 1;
const EVIDENCE_MAX = 3;

/** Decides the type of a meeting from who was there, its title and what was said. */
export function judgeCallType(
  talk: Pick<MeetingTalk, "meeting" | "sentences" | "sides">,
  types: readonly CrmCallType[],
): Verdict {
  const { meeting, sentences, sides } = talk;
  const isInternal = sides.isInternal ? true : sides.hasOutsiders ? false : null;
  if (sentences.length === 0 && isInternal !== true) return undecided("no_transcript");
  const [best, second] = scoreCallTypes(types, { title: meeting.title, sentences, isInternal });
  const rival = second?.score ?? 0;
  const isTelling = best !== undefined &&
    (best.score >= MIN_SCORE ||
      best.score >= MIN_SCORE_ALONE && best.score - rival >= MIN_LEAD_ALONE);
  if (!isTelling) return undecided("unclassified");
  const margin = (best.score - rival) / (best.score + rival);
  return {
    call_type_id: best.type.id,
    call_type_name: best.type.name,
    confidence: Math.round((0.5 + Math.min(margin, 1) * 0.45) * 100) / 100,
    reasoning: explain(best, second),
    enable_coaching: best.type.enable_coaching,
    is_sales: best.type.is_sales,
    source: "rules_classified",
    evidence: best.sentences.slice(0, EVIDENCE_MAX)
      .map(({ turn, raw }) => ({ turn, quote: quoteOf(raw) })),
  };
}

function undecided(source: "no_transcript" | "unclassified"): Verdict {
  return {
    call_type_id: null,
    call_type_name: null,
    confidence: 0,
    reasoning: source === "no_transcript"
      ? "No transcript to read"
      : "Neither the title nor the talk points at one type",
    // Nothing is switched off on a guess.
    enable_coaching: true,
    is_sales: true,
    source,
    evidence: [],
  };
}

function explain(best: CallTypeScore, second: CallTypeScore | undefined): string {
  const reasons = [
    best.kind === "internal" && best.score >= 100 ? "all attendees are colleagues" : null,
    best.isTitled ? "the title says so" : null,
    best.sentences.length > 0 ? `${best.sentences.length} sentences speak for it` : null,
  ].filter((reason) => reason !== null);
  const rival = second && second.score > 0 ? `; next best ${second.type.name}` : "";
  return `${best.type.name}: ${reasons.join(", ")}${rival}`;
}

function fromStored(talk: MeetingTalk, types: readonly CrmCallType[]): Verdict | null {
  const { call_type: name, call_type_confidence: confidence } = talk.meeting;
  if (name === null || (confidence ?? 0) < TRUST_STORED) return null;
  const known = types.find((type) => type.name.toLowerCase() === name.toLowerCase());
  if (known === undefined) return null;
  return {
    call_type_id: known.id,
    call_type_name: known.name,
    confidence: confidence ?? 1,
    reasoning: "The meeting already has a type",
    enable_coaching: known.enable_coaching,
    is_sales: known.is_sales,
    source: "existing",
    evidence: [],
  };
}

const ModelVerdict = z.object({
  type: z.string().nullable(),
  confidence: z.number(),
  reasoning: z.string(),
  evidence: z.array(z.object({ turn: z.number().int(), quote: z.string() })),
});

/** The type as a model read it: one of the organisation's own, or undecided. */
async function askForCallType(
  talk: MeetingTalk,
  types: readonly CrmCallType[],
  ctx: SkillRun,
): Promise<{ readonly verdict: Verdict; readonly engine: string } | null> {
  const answer = await ctx.ports.llm.ask({
    prompt: CLASSIFY_CALL_TYPE,
    material: [
      `Types: ${types.map(({ name }) => name).join("; ")}`,
      `Title: ${talk.meeting.title}`,
      transcriptFor(talk),
    ].join("\n"),
    answer: ModelVerdict,
    maxOutputTokens: 800,
    mayDegrade: true,
  }, ctx);
  if (answer === null) return null;
  const { type: name, confidence, reasoning, evidence } = answer.value;
  const type = types.find((one) => one.name.toLowerCase() === name?.trim().toLowerCase());
  if (type === undefined) return { verdict: undecided("unclassified"), engine: answer.engine };
  return {
    engine: answer.engine,
    verdict: {
      call_type_id: type.id,
      call_type_name: type.name,
      confidence: Math.min(Math.max(confidence, 0), 1),
      reasoning: quoteOf(reasoning),
      enable_coaching: type.enable_coaching,
      is_sales: type.is_sales,
      source: "model_classified",
      evidence: evidence.filter((one) => one.quote.trim() !== "" && isSpoken(talk, one))
        .slice(0, EVIDENCE_MAX).map(({ turn, quote }) => ({ turn, quote: quoteOf(quote) })),
    },
  };
}

/** `classify-call-type`: which of the organisation's call types a meeting is; stored on the meeting. */
export const classifyCallType = defineAdapter({
  skill: "classify-call-type",
  effectMode: "db",
  cpuMs: 50,
  input: Input,
  output: ClassifyCallTypeOutput,
  async run({ payload }, ctx) {
    const talk = await loadMeetingTalk(ctx, payload.meeting_id);
    const configured = await ctx.ports.crm.listCallTypes(ctx.orgId);
    ctx.signal.throwIfAborted();
    const types = configured.length > 0 ? configured : DEFAULT_CALL_TYPES;
    const stored = fromStored(talk, types);
    const byModel = stored === null && talk.sentences.length > 0
      ? await askForCallType(talk, types, ctx)
      : null;
    ctx.signal.throwIfAborted();
    const verdict = stored ?? byModel?.verdict ?? judgeCallType(talk, types);
    if (verdict.source === "rules_classified" || verdict.source === "model_classified") {
      await ctx.ports.crm.applyChange({
        orgId: ctx.orgId,
        entity: "meeting",
        id: payload.meeting_id,
        change: {
          call_type: verdict.call_type_name,
          call_type_confidence: verdict.confidence,
          call_type_reasoning: verdict.reasoning,
        },
        effectKey: ctx.effectKey("call_type"),
      });
    }
    return {
      output: { meeting_id: payload.meeting_id, ...verdict },
      engine: byModel?.engine ?? "rules",
    };
  },
});
