import { z } from "zod";
import type { Prompt } from "../../../ports/llm.ts";
import type { SkillRun } from "../defineAdapter.ts";
import { type Evidence, QUOTE_MAX } from "./_evidence.ts";
import type { MeetingTalk } from "./_meetingTalk.ts";

/** What each finding of a model's carries; whether it was spoken is checked, not believed. */
export const ModelEvidence = z.object({ turn: z.number().int(), quote: z.string() });

const MAX_FINDINGS = 80;
const MAX_OUTPUT_TOKENS = 4000;

/**
 * Asks a model about a meeting. A finding whose quote was not spoken in its turn is left out, and the run is told.
 *
 * @returns null where the rules engine is to read
 * @throws as `LlmPort.ask`
 */
export async function askAboutMeeting<T extends z.ZodType, Finding extends Evidence>(
  talk: MeetingTalk,
  ctx: SkillRun,
  question: {
    readonly prompt: Prompt;
    readonly answer: T;
    /** Said before the transcript. */
    readonly preface?: string;
    readonly listed: (value: z.output<T>) => readonly Finding[];
    readonly mayDegrade: boolean;
  },
): Promise<{ readonly items: readonly Finding[]; readonly engine: string } | null> {
  if (talk.sentences.length === 0) return null;
  const answer = await ctx.ports.llm.ask({
    prompt: question.prompt,
    material: [question.preface ?? "", transcriptFor(talk)].filter((part) => part !== "").join(
      "\n\n",
    ),
    answer: question.answer,
    maxOutputTokens: MAX_OUTPUT_TOKENS,
    mayDegrade: question.mayDegrade,
  }, ctx);
  if (answer === null) return null;
  ctx.signal.throwIfAborted();
  const all = question.listed(answer.value);
  const items = all.slice(0, MAX_FINDINGS)
    .filter((item) =>
      item.quote.trim() !== "" && item.quote.length <= QUOTE_MAX && isSpoken(talk, item)
    );
  const dropped = all.length - items.length;
  if (dropped > 0) {
    ctx.warn(`${dropped} of the model's findings are not in the transcript: left out`);
  }
  return { items: [...items].sort((a, b) => a.turn - b.turn), engine: answer.engine };
}

/** Who was there and on which side. */
export function peopleFor({ sides }: Pick<MeetingTalk, "sides">): string {
  return `Present: ${sides.people.map(({ name, side }) => `${name} (${side})`).join(", ")}`;
}

/** What a model is given of a meeting: one line a turn, without what gives orders to a machine. */
export function transcriptFor(talk: Pick<MeetingTalk, "sentences">): string {
  const lines: string[] = [];
  let turn = -1;
  for (const sentence of talk.sentences) {
    if (sentence.turn === turn) lines[lines.length - 1] += ` ${sentence.raw}`;
    else lines.push(`[${sentence.turn}] ${sentence.speaker}: ${sentence.raw}`);
    turn = sentence.turn;
  }
  return lines.join("\n");
}

/** True when the turn was really spoken and holds these words: a model's quote counts for nothing else. */
export function isSpoken(talk: Pick<MeetingTalk, "turns">, { turn, quote }: Evidence): boolean {
  const spoken = talk.turns[turn]?.text;
  return spoken !== undefined && plain(spoken).includes(plain(quote));
}

function plain(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim();
}
