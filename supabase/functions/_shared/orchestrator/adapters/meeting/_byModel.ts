import type { Evidence } from "./_evidence.ts";
import type { MeetingTalk } from "./_meetingTalk.ts";

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
