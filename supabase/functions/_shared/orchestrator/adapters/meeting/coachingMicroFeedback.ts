import { z } from "zod";
import { COACHING_FEEDBACK } from "../../../prompts/coachingFeedback.v1.ts";
import { cut } from "../../core/cut.ts";
import { defineAdapter, type SkillRun } from "../defineAdapter.ts";
import { askAboutMeeting, ModelEvidence, peopleFor } from "./_byModel.ts";
import {
  CoachingCategory,
  type Commitments,
  type Finding,
  findingsOf,
  FULL_DISCOVERY,
  Insight,
  Recommendation,
  TALK_BAND,
} from "./_coachingFindings.ts";
import { type Conduct, measureConduct } from "./_conduct.ts";
import { EarlierActionItems, MeetingPayload } from "./_earlier.ts";
import { loadMeetingTalk, type MeetingTalk } from "./_meetingTalk.ts";

const Input = z.object({
  payload: MeetingPayload,
  outputs: z.object({ "extract-action-items": EarlierActionItems }).partial().default({}),
});

const Score = z.number().min(0).max(100).nullable();

/** Output of `coaching-micro-feedback`. Scores are 0–100; null where the talk does not tell. */
export const CoachingMicroFeedbackOutput = z.object({
  meeting_id: z.string(),
  /** Our words of all words, 0–1; null when nobody told us who is who. */
  talk_ratio: z.number().min(0).max(1).nullable(),
  question_quality_score: Score,
  objection_handling_score: Score,
  discovery_depth_score: Score,
  overall_score: Score,
  insights: z.array(Insight),
  recommendations: z.array(Recommendation),
  raw_metrics: z.object({
    our_words: z.number().int(),
    their_words: z.number().int(),
    questions: z.number().int(),
    open_questions: z.number().int(),
    objections: z.number().int(),
    objections_handled: z.number().int(),
    discovery_topics: z.array(z.string()),
    longest_monologue_words: z.number().int(),
    words_by_speaker: z.record(z.string(), z.number().int()),
    dated_commitments: z.number().int().nullable(),
  }),
});
export type CoachingMicroFeedbackOutput = z.output<typeof CoachingMicroFeedbackOutput>;

/** So many questions per thousand words of a meeting are a full score for number. */
const QUESTIONS_PER_1000 = 6;
/** A share of open questions from which more is no better. */
const OPEN_SHARE = 0.5;
/** Scores the conduct of a meeting and says what to keep and what to change, with evidence. */
export function judgeConduct(
  conduct: Conduct,
  talk: Pick<MeetingTalk, "turns">,
  options: {
    readonly commitments: Commitments | null;
    /** Seen by a model: they stand for the rules' own on the same subjects. */
    readonly seen: readonly Finding[] | null;
  },
): Omit<CoachingMicroFeedbackOutput, "meeting_id"> {
  const { commitments, seen } = options;
  const scores = scoreOf(conduct);
  const measured = findingsOf(conduct, {
    talk,
    commitments,
    questionScore: scores.question_quality_score,
  });
  const findings = seen === null
    ? measured
    : [...measured.filter(({ insight }) => !isSeen(insight.category)), ...seen];
  return {
    talk_ratio: conduct.talkRatio,
    ...scores,
    insights: findings.map(({ insight }) => insight),
    recommendations: findings.flatMap(({ advice }) => advice ?? []),
    raw_metrics: {
      our_words: conduct.ourWords,
      their_words: conduct.theirWords,
      questions: conduct.questions.length,
      open_questions: conduct.openQuestions.length,
      objections: conduct.objections.length,
      objections_handled: conduct.objections.filter((o) => o.isHandled).length,
      discovery_topics: [...conduct.topics],
      longest_monologue_words: conduct.longestMonologue.words,
      words_by_speaker: { ...conduct.speakers },
      dated_commitments: commitments?.dated ?? null,
    },
  };
}

type Scores = Pick<
  CoachingMicroFeedbackOutput,
  | "question_quality_score"
  | "objection_handling_score"
  | "discovery_depth_score"
  | "overall_score"
>;

function scoreOf(conduct: Conduct): Scores {
  const { talkRatio, questions, openQuestions, objections, topics } = conduct;
  if (talkRatio === null) {
    return {
      question_quality_score: null,
      objection_handling_score: null,
      discovery_depth_score: null,
      overall_score: null,
    };
  }
  const perThousand = questions.length / Math.max(conduct.ourWords + conduct.theirWords, 1) * 1000;
  const openShare = questions.length === 0 ? 0 : openQuestions.length / questions.length;
  const questionScore = percent(
    Math.min(perThousand / QUESTIONS_PER_1000, 1) * 0.5 + Math.min(openShare / OPEN_SHARE, 1) * 0.5,
  );
  const objectionScore = objections.length === 0
    ? null
    : percent(objections.filter((o) => o.isHandled).length / objections.length);
  const discoveryScore = percent(topics.length / FULL_DISCOVERY);
  const parts = [questionScore, objectionScore, discoveryScore, talkScore(talkRatio)]
    .filter((score) => score !== null);
  return {
    question_quality_score: questionScore,
    objection_handling_score: objectionScore,
    discovery_depth_score: discoveryScore,
    overall_score: Math.round(parts.reduce((sum, score) => sum + score, 0) / parts.length),
  };
}

/** Full inside the band, falling to nothing at 0 and at 1. */
function talkScore(ratio: number): number {
  if (ratio < TALK_BAND.low) return percent(ratio / TALK_BAND.low);
  if (ratio > TALK_BAND.high) return percent((1 - ratio) / (1 - TALK_BAND.high));
  return 100;
}

function percent(share: number): number {
  return Math.round(Math.max(0, Math.min(share, 1)) * 100);
}

const SEEN = ["questions", "objections", "discovery"] as const;
const isSeen = (category: CoachingCategory) => SEEN.some((known) => known === category);
const MAX_SEEN = 6;
const MAX_TEXT = 300;

const ModelFindings = z.object({
  findings: z.array(ModelEvidence.extend({
    category: z.enum(SEEN),
    severity: z.enum(["positive", "info", "warning"]),
    text: z.string(),
    action: z.string().nullable(),
    priority: z.enum(["high", "medium", "low"]),
  })),
});

/** What a model saw in the talk, each with its quote; scores and counts stay measured. */
async function askForFindings(talk: MeetingTalk, ctx: SkillRun) {
  const found = await askAboutMeeting(talk, ctx, {
    prompt: COACHING_FEEDBACK,
    answer: ModelFindings,
    preface: peopleFor(talk),
    listed: (value) => value.findings,
    // The row counts in every average that is taken later.
    mayDegrade: false,
  });
  if (found === null) return null;
  const findings = found.items.slice(0, MAX_SEEN).map((seen): Finding => ({
    insight: {
      category: seen.category,
      text: cut(seen.text, MAX_TEXT),
      severity: seen.severity,
      timestamp: talk.turns[seen.turn].t_seconds,
      evidence: { turn: seen.turn, quote: seen.quote },
    },
    advice: seen.action === null ? undefined : {
      category: seen.category,
      action: cut(seen.action, MAX_TEXT),
      priority: seen.priority,
      rationale: cut(seen.text, MAX_TEXT),
    },
  }));
  return { findings, engine: found.engine };
}

/** `coaching-micro-feedback`: how our side conducted one meeting; one row of `coaching_analyses`, none without words. */
export const coachingMicroFeedback = defineAdapter({
  skill: "coaching-micro-feedback",
  effectMode: "db",
  cpuMs: 80,
  input: Input,
  output: CoachingMicroFeedbackOutput,
  async run({ payload, outputs }, ctx) {
    const talk = await loadMeetingTalk(ctx, payload.meeting_id);
    const items = outputs["extract-action-items"]?.action_items ?? null;
    const dated = items?.filter((item) => item.due_iso).length ?? 0;
    const conduct = measureConduct(talk);
    // Nobody told us who is who: then nobody's conduct can be judged.
    const byModel = conduct.talkRatio === null ? null : await askForFindings(talk, ctx);
    const feedback = judgeConduct(conduct, talk, {
      commitments: items === null ? null : { dated, undated: items.length - dated },
      seen: byModel?.findings ?? null,
    });
    // A row about nothing would count in every average that is taken later.
    if (talk.turns.length > 0) {
      await ctx.ports.crm.applyChange({
        orgId: ctx.orgId,
        entity: "coaching_analysis",
        id: null,
        effectKey: ctx.effectKey("analysis"),
        change: { meeting_id: payload.meeting_id, user_id: ctx.userId, ...feedback },
      });
    }
    return {
      output: { meeting_id: payload.meeting_id, ...feedback },
      engine: byModel?.engine ?? "rules",
    };
  },
});
