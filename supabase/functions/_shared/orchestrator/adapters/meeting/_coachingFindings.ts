import { z } from "zod";
import { cut } from "../../core/cut.ts";
import { type Conduct, DISCOVERY_TOPICS, type DiscoveryTopic } from "./_conduct.ts";
import { EvidenceSchema, quoteOf } from "./_evidence.ts";
import type { MeetingTalk } from "./_meetingTalk.ts";

const Category = z.enum(["talk_ratio", "questions", "objections", "discovery", "next_steps"]);
export type CoachingCategory = z.output<typeof Category>;

export const Insight = z.object({
  category: Category,
  text: z.string(),
  severity: z.enum(["positive", "info", "warning"]),
  /** Seconds from the meeting's start; null where the transcript has no times. */
  timestamp: z.number().nullable(),
  evidence: EvidenceSchema.nullable(),
});
type Insight = z.output<typeof Insight>;

export const Recommendation = z.object({
  category: Category,
  action: z.string(),
  priority: z.enum(["high", "medium", "low"]),
  rationale: z.string(),
});
type Recommendation = z.output<typeof Recommendation>;

/** Between these the buyer has room to talk; calls that were won sit around 0.45. */
export const TALK_BAND = { low: 0.35, high: 0.6 } as const;
/** Two minutes of speech without a pause for the other side. */
const MONOLOGUE_WORDS = 300;
/** So many discovery topics are a full score; nobody asks all seven. */
export const FULL_DISCOVERY = 5;

export interface Commitments {
  readonly dated: number;
  readonly undated: number;
}

export interface Finding {
  readonly insight: Insight;
  readonly advice?: Recommendation;
}

/** What to keep and what to change, with evidence where the talk shows it. */
export function findingsOf(
  conduct: Conduct,
  options: {
    readonly talk: Pick<MeetingTalk, "turns">;
    readonly commitments: Commitments | null;
    /** 0–100; null where nothing is scored. */
    readonly questionScore: number | null;
  },
): readonly Finding[] {
  const { talk, commitments, questionScore } = options;
  return [
    ...onTalkRatio(conduct, talk),
    ...onQuestions(conduct, questionScore),
    ...onObjections(conduct, talk),
    ...onDiscovery(conduct),
    ...onNextSteps(conduct, commitments),
  ];
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
  commitments: Commitments | null,
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
