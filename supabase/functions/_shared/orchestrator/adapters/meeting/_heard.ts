import { cut } from "../../core/cut.ts";
import type { TranscriptTurn } from "../../../ports/crm.ts";

/** Three times the longest meeting we plan CPU for; more is no meeting but a mistake or an attack. */
const MAX_CHARACTERS = 240_000;
const MAX_TURNS = 10_000;
const MAX_SPEAKERS = 200;
/** No word of any language that is spoken is longer. */
const MAX_WORD = 80;

/**
 * What of a transcript is read: all of any real meeting. Text is squashed, so that no pattern meets a
 * long run of one sign; what is over the bounds is left out. Turn numbers stay those of the transcript.
 *
 * @returns how many turns are read; fewer than given when the transcript is over the bounds
 */
export function heardTurns(turns: readonly TranscriptTurn[]): readonly TranscriptTurn[] {
  const heard: TranscriptTurn[] = [];
  const speakers = new Set<string>();
  let characters = 0;
  for (const turn of turns) {
    const speaker = cut(turn.speaker, 200);
    speakers.add(speaker);
    const text = squash(cut(turn.text, MAX_CHARACTERS - characters));
    characters += turn.text.length;
    if (heard.length >= MAX_TURNS || speakers.size > MAX_SPEAKERS) break;
    heard.push({ ...turn, speaker, text });
    if (characters >= MAX_CHARACTERS) break;
  }
  return heard;
}

/**
 * Text without runs that mean nothing: repeated blanks and signs, endless words. Single blanks and line
 * breaks stay, so that ordinary speech is quoted as it was said.
 *
 * @example squash("well....... okay   then") // "well... okay then"
 */
export function squash(text: string): string {
  return text
    .replace(/\s{2,}/g, " ")
    .replace(/(?:[^\s\p{L}\p{N}] ?){6,}/gu, (run) => `${cut(run, 3).trimEnd()} `)
    .replace(/([^\s\p{L}\p{N}])\1{3,}/gu, "$1$1$1")
    .replace(/\S{81,}/g, (word) => cut(word, MAX_WORD))
    .replace(/\s{2,}/g, " ");
}
