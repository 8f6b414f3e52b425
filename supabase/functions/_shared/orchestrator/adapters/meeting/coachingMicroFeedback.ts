import { z } from "zod";
import { cut } from "../../core/cut.ts";
import { defineAdapter } from "../defineAdapter.ts";
import { type Conduct, DISCOVERY_TOPICS, type DiscoveryTopic, measureConduct } from "./_conduct.ts";
import { EarlierActionItems, MeetingPayload } from "./_earlier.ts";
import { EvidenceSchema, quoteOf } from "./_evidence.ts";
import { loadMeetingTalk, type MeetingTalk } from "./_meetingTalk.ts";

const Input = z.object({
  payload: MeetingPayload,
  outputs: z.object({ "extract-action-items": EarlierActionItems }).partial().default({}),
});

const Category = z.enum(["talk_ratio", "questions", "objections", "discovery", "next_steps"]);
const Score = z.number().min(0).max(100).nullable();

const Insight = z.object({
  category: Category,
  text: z.string(),
  severity: z.enum(["positive", "info", "warning"]),
  /** Seconds from the meeting's start; null where the transcript has no times. */
  timestamp: z.number().nullable(),
  evidence: EvidenceSchema.nullable(),
});
type Insight = z.output<typeof Insight>;

const Recommendation = z.object({
  category: Category,
  action: z.string(),
  priority: z.enum(["high", "medium", "low"]),
  rationale: z.string(),
});
type Recommendation = z.output<typeof Recommendation>;

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

/** Between these the buyer has room to talk; calls that were won sit around 0.45. */
const TALK_BAND = { low: 0.35, high: 0.6 } as const;
/** Two minutes of speech without a pause for the other side. */
const MONOLOGUE_WORDS = 300;
/** So many questions per thousand words of a meeting are a full score for number. */
const QUESTIONS_PER_1000 = 6;
/** A share of open questions from which more is no better. */
const OPEN_SHARE = 0.5;
/** So many discovery topics are a full score; nobody asks all seven. */
const FULL_DISCOVERY = 5;

/** Scores the conduct of a meeting and says what to keep and what to change, with evidence. */
export function judgeConduct(
  conduct: Conduct,
  talk: Pick<MeetingTalk, "turns">,
  commitments: { readonly dated: number; readonly undated: number } | null,
): Omit<CoachingMicroFeedbackOutput, "meeting_id"> {
  const scores = scoreOf(conduct);
  const findings = [
    ...onTalkRatio(conduct, talk),
    ...onQuestions(conduct, scores.question_quality_score),
    ...onObjections(conduct, talk),
    ...onDiscovery(conduct),
    ...onNextSteps(conduct, commitments),
  ];
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

interface Finding {
  readonly insight: Insight;
  readonly advice?: Recommendation;
}

function onTalkRatio(conduct: Conduct, { turns }: Pick<MeetingTalk, "turns">): Finding[] {
  const { talkRatio, longestMonologue } = conduct;
  if (talkRatio === null) {
    return [{
      insight: {
        category: "talk_ratio",
        text: turns.length === 0
          ? "There is no transcript, so nothing is scored"
          : "Nobody told us who sat on which side, so nothing is scored",
        severity: "info",
        timestamp: null,
        evidence: null,
      },
    }];
  }
  const spoke = `We spoke ${Math.round(talkRatio * 100)} % of the words`;
  const isHigh = talkRatio > TALK_BAND.high;
  const isLow = talkRatio < TALK_BAND.low;
  const ratio: Finding = {
    insight: {
      category: "talk_ratio",
      text: spoke,
      severity: isHigh || isLow ? "warning" : "positive",
      timestamp: null,
      evidence: null,
    },
    advice: isHigh
      ? {
        category: "talk_ratio",
        action: "Pause after each point and ask what they make of it",
        priority: talkRatio > 0.75 ? "high" : "medium",
        rationale: `${spoke}; between 35 and 60 % leaves room to listen`,
      }
      : undefined,
  };
  if (longestMonologue.words < MONOLOGUE_WORDS) return [ratio];
  const turn = turns[longestMonologue.turn];
  return [ratio, {
    insight: {
      category: "talk_ratio",
      text: `${longestMonologue.words} words of ours without a reply`,
      severity: "warning",
      timestamp: turn.t_seconds,
      evidence: { turn: longestMonologue.turn, quote: quoteOf(turn.text) },
    },
    advice: {
      category: "talk_ratio",
      action: "Break long explanations with a question",
      priority: "medium",
      rationale: `The longest stretch was ${longestMonologue.words} words`,
    },
  }];
}

function onQuestions(conduct: Conduct, score: number | null): Finding[] {
  if (score === null) return [];
  const { questions, openQuestions } = conduct;
  const [best] = openQuestions;
  return [{
    insight: {
      category: "questions",
      text: `${questions.length} questions of ours, ${openQuestions.length} of them open`,
      severity: score >= 60 ? "positive" : "warning",
      timestamp: null,
      evidence: best ? { turn: best.turn, quote: quoteOf(best.raw) } : null,
    },
    advice: score >= 60 ? undefined : {
      category: "questions",
      action: "Open with what, how and why; keep yes-or-no questions for checking",
      priority: score < 30 ? "high" : "medium",
      rationale: `${openQuestions.length} of ${questions.length} questions were open`,
    },
  }];
}

function onObjections(conduct: Conduct, { turns }: Pick<MeetingTalk, "turns">): Finding[] {
  return conduct.objections.slice(0, 5).map(({ sentence, isHandled }) => ({
    insight: {
      category: "objections" as const,
      text: isHandled ? "A concern was taken up" : "A concern went unanswered",
      severity: isHandled ? "positive" as const : "warning" as const,
      timestamp: turns[sentence.turn].t_seconds,
      evidence: { turn: sentence.turn, quote: quoteOf(sentence.raw) },
    },
    advice: isHandled ? undefined : {
      category: "objections" as const,
      action: "Name the concern, ask what is behind it, then answer",
      priority: "high" as const,
      rationale: `Nobody came back to “${cut(sentence.raw, 120)}”`,
    },
  }));
}

function onDiscovery(conduct: Conduct): Finding[] {
  if (conduct.talkRatio === null) return [];
  const missing = (Object.keys(DISCOVERY_TOPICS) as DiscoveryTopic[])
    .filter((topic) => !conduct.topics.includes(topic));
  const isDeep = conduct.topics.length >= FULL_DISCOVERY - 1;
  return [{
    insight: {
      category: "discovery",
      text: conduct.topics.length === 0
        ? "No question went into their situation"
        : `We asked about ${conduct.topics.join(", ")}`,
      severity: isDeep ? "positive" : "warning",
      timestamp: null,
      evidence: null,
    },
    advice: isDeep ? undefined : {
      category: "discovery",
      action: `Next time ask about ${missing.slice(0, 3).join(", ")}`,
      priority: "medium",
      rationale: `${conduct.topics.length} of ${
        Object.keys(DISCOVERY_TOPICS).length
      } topics came up`,
    },
  }];
}

function onNextSteps(
  conduct: Conduct,
  commitments: { readonly dated: number; readonly undated: number } | null,
): Finding[] {
  if (commitments === null || conduct.talkRatio === null) return [];
  const total = commitments.dated + commitments.undated;
  return [{
    insight: {
      category: "next_steps",
      text: total === 0
        ? "The meeting ended without a next step"
        : `${total} next steps, ${commitments.dated} of them with a date`,
      severity: commitments.dated > 0 ? "positive" : "warning",
      timestamp: null,
      evidence: null,
    },
    advice: commitments.dated > 0 ? undefined : {
      category: "next_steps",
      action: "Close with who does what by when",
      priority: "high",
      rationale: total === 0 ? "Nothing was agreed" : "None of the next steps has a date",
    },
  }];
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
    const feedback = judgeConduct(
      measureConduct(talk),
      talk,
      items === null ? null : { dated, undated: items.length - dated },
    );
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
    return { output: { meeting_id: payload.meeting_id, ...feedback }, engine: "rules" };
  },
});
