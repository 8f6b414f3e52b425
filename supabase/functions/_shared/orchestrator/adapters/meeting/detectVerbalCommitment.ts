import { z } from "zod";
import { DETECT_VERBAL_COMMITMENT } from "../../../prompts/detectVerbalCommitment.v1.ts";
import { defineAdapter, type SkillRun } from "../defineAdapter.ts";
import { askAboutMeeting, peopleFor } from "./_byModel.ts";
import { readYes } from "./_buyerYes.ts";
import { quoteOf } from "./_evidence.ts";
import { loadMeetingTalk, type MeetingTalk } from "./_meetingTalk.ts";

const Input = z.object({
  payload: z.object({ meeting_id: z.string().min(1) }),
  outputs: z.object({
    "classify-call-type": z.object({ call_type_name: z.string().nullish() }).nullish().catch(null),
  }),
});

const Commitment = z.object({
  /** The sentence as spoken, shortened to a quote. */
  phrase: z.string(),
  strength: z.enum(["firm", "conditional", "soft"]),
  confidence: z.number().min(0).max(1),
  speaker: z.string(),
  turn: z.number().int(),
  quote: z.string(),
});

/** Output of `detect-verbal-commitment`, in spoken order. */
export const DetectVerbalCommitmentOutput = z.object({
  detected: z.boolean(),
  commitments: z.array(Commitment),
});
export type DetectVerbalCommitmentOutput = z.output<typeof DetectVerbalCommitmentOutput>;

/** Below this a sentence is kept as a soft sign, and is no commitment by itself. */
const DETECTED_FROM = 0.6;
const MAX_COMMITMENTS = 10;
/** Who says yes here buys nothing. */
const NO_BUYER = /\b(?:internal|recruit\w*|interview|hiring|stand-?up)\b/i;

/** `detect-verbal-commitment`: did a buyer say that they will buy, sign, pilot or go ahead? */
export const detectVerbalCommitment = defineAdapter({
  skill: "detect-verbal-commitment",
  effectMode: "pure",
  cpuMs: 60,
  input: Input,
  output: DetectVerbalCommitmentOutput,
  async run(input, ctx) {
    const talk = await loadMeetingTalk(ctx, input.payload.meeting_id);
    const callType = input.outputs["classify-call-type"]?.call_type_name ?? "";
    const isRead = !NO_BUYER.test(callType) && !talk.sides.isInternal;
    const byModel = isRead ? await askForCommitments(talk, ctx) : null;
    const commitments = byModel?.commitments ?? (isRead ? readCommitments(talk) : []);
    return {
      output: {
        detected: commitments.some(({ confidence }) => confidence >= DETECTED_FROM),
        commitments,
      },
      engine: byModel?.engine ?? "rules",
    };
  },
});

const ModelCommitments = z.object({
  commitments: z.array(z.object({
    turn: z.number().int(),
    quote: z.string(),
    strength: Commitment.shape.strength,
    confidence: z.number().min(0).max(1),
  })),
});

/** Every yes as a model read it; what our own side said is none. */
async function askForCommitments(talk: MeetingTalk, ctx: SkillRun) {
  const found = await askAboutMeeting(talk, ctx, {
    prompt: DETECT_VERBAL_COMMITMENT,
    answer: ModelCommitments,
    preface: peopleFor(talk),
    listed: (value) => value.commitments,
    mayDegrade: true,
  });
  if (found === null) return null;
  const commitments = found.items.flatMap((item) => {
    const { speaker } = talk.turns[item.turn];
    if (talk.sides.sideOf(speaker) === "ours") return [];
    const quote = quoteOf(item.quote);
    return [{ ...item, quote, phrase: quote, speaker }];
  });
  return { commitments: commitments.slice(0, MAX_COMMITMENTS), engine: found.engine };
}

/**
 * Every yes of the other side. Where nobody told who belongs to whom, any speaker may be the buyer and
 * each finding counts for less.
 */
export function readCommitments(talk: MeetingTalk): DetectVerbalCommitmentOutput["commitments"] {
  const { sentences, sides } = talk;
  if (sides.isInternal) return [];
  const found: DetectVerbalCommitmentOutput["commitments"] = [];
  sentences.forEach((sentence, index) => {
    const side = sides.sideOf(sentence.speaker);
    if (side === "ours") return;
    const offer = precedingOffer(talk, index);
    const yes = readYes(sentence, offer);
    if (!yes) return;
    const quote = quoteOf(sentence.raw);
    found.push({
      phrase: quote,
      strength: yes.strength,
      confidence: side === "theirs"
        ? yes.confidence
        : Math.round((yes.confidence - 0.3) * 100) / 100,
      speaker: sentence.speaker,
      turn: sentence.turn,
      quote,
    });
  });
  return found.filter(({ confidence }) => confidence >= 0.3).slice(0, MAX_COMMITMENTS);
}

/** What others said in the two turns before, in lower case. */
function precedingOffer(talk: MeetingTalk, index: number): string {
  const { sentences } = talk;
  const current = sentences[index];
  if (!current) return "";
  const words: string[] = [];
  for (let at = index - 1; at >= 0 && words.length < 8; at--) {
    const earlier = sentences[at];
    if (!earlier || current.turn - earlier.turn > 2) break;
    if (earlier.speaker !== current.speaker) words.unshift(earlier.words);
  }
  return words.join(". ");
}
