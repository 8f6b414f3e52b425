/** Transcripts written for people: `Name: words` lines and WebVTT. Text comes with `\n` line ends. */
import type { TranscriptFileTurn } from "./transcripts.ts";
import { UsageError } from "./usage.ts";

/** Longest label that is still a name: "Dr Anna Maria van der Berg (Finance)". */
const NAME_WORDS_MAX = 6;
const TIME = "(?:(\\d+):)?(\\d{1,2}):(\\d{2})(?:[.,]\\d+)?";
/** `[00:12] Ann: words`, `00:12 Ann: words`, `Ann (0:12): words`, `Ann: words`; the name may be bold. */
const SPOKEN_LINE = new RegExp(
  `^(?:[[(]?${TIME}[\\])]?[ \\t]*-?[ \\t]*)?([^\\s:[(][^:\\n]*?)[ \\t]*(?:[[(]${TIME}[\\])])?[ \\t]*:(?:[ \\t]+(.*)|)$`,
);
const CUE_TIMES =
  /^(?:(\d+):)?(\d{2}):(\d{2})[.,]\d{3}[ \t]+-->[ \t]+(?:\d+:)?\d{2}:\d{2}[.,]\d{3}/;
const VOICE = /<v(?:\.[^\s>]+)*[ \t]+([^>]+)>/g;

/**
 * Reads `Name: words` lines; a line without a name goes on with the last.
 *
 * @throws UsageError naming file and line when the first words are nobody's, or nobody says anything
 */
export function parseLines(text: string, path: string): TranscriptFileTurn[] {
  const turns: Draft[] = [];
  text.split("\n").forEach((line, at) => {
    const words = line.trim();
    if (words === "") return;
    const spoken = readSpokenLine(words);
    if (spoken !== null) turns.push(spoken);
    else if (turns.length > 0) turns[turns.length - 1].text += ` ${words}`;
    else throw new UsageError(`${path}:${at + 1}: expected \`Name: words\`, WebVTT or JSON`);
  });
  return withWords(turns, path);
}

interface Draft {
  readonly speaker: string;
  readonly t_seconds: number | null;
  text: string;
}

function readSpokenLine(line: string): Draft | null {
  const match = line.replace(/^\*\*([^*]+?):?\*\*:?/, "$1:").match(SPOKEN_LINE);
  if (match === null) return null;
  const [, h1, m1, s1, label, h2, m2, s2, text = ""] = match;
  const speaker = label.trim();
  if (!isName(speaker)) return null;
  const seconds = m1 !== undefined
    ? toSeconds(h1, m1, s1)
    : m2 !== undefined
    ? toSeconds(h2, m2, s2)
    : null;
  return { speaker, t_seconds: seconds, text };
}

/** "One more thing: …" within somebody's words is no speaker. */
function isName(label: string): boolean {
  const words = label.split(/\s+/);
  if (words.length > NAME_WORDS_MAX || !/[\p{L}\p{N}]/u.test(label)) return false;
  if (/[?!;"“”,]|\.(?=\s+\p{Ll})/u.test(label)) return false;
  // A name of several words has capitals ("van der" aside); one word may be a handle.
  const plain = words.filter((word) => /^\p{Ll}/u.test(word));
  return words.length === 1 || plain.length * 2 <= words.length;
}

/**
 * Reads WebVTT: `<v Name>` voices, or `Name: words` within a cue; a cue without either goes on with
 * the last speaker.
 *
 * @throws UsageError naming file and line when a block is no cue, or its words are nobody's
 */
export function parseVtt(text: string, path: string): TranscriptFileTurn[] {
  const turns: Draft[] = [];
  for (const { lines, line } of blocksOf(text).slice(1)) {
    if (/^(?:NOTE|STYLE|REGION)(?:\s|$)/.test(lines[0])) continue;
    // A cue may carry an identifier before its times.
    const at = lines.slice(0, 2).findIndex((candidate) => candidate.includes("-->"));
    const times = at < 0 ? null : lines[at].match(CUE_TIMES);
    if (times === null) {
      throw new UsageError(
        `${path}:${
          line + Math.max(at, 0)
        }: expected cue times such as 00:00:01.000 --> 00:00:04.000`,
      );
    }
    const [, hours, minutes, seconds] = times;
    const cue = { t_seconds: toSeconds(hours, minutes, seconds), line: line + at + 1, path };
    lines.slice(at + 1).forEach((words, index) =>
      addCueLine(words, { ...cue, line: cue.line + index }, turns)
    );
  }
  return withWords(turns, path);
}

function addCueLine(
  line: string,
  cue: { readonly t_seconds: number; readonly line: number; readonly path: string },
  turns: Draft[],
): void {
  const voices = [...line.matchAll(VOICE)];
  const opening = voices.length === 0 ? readSpokenLine(plainOf(line)) : null;
  const parts: (readonly [speaker: string | null, words: string])[] = opening !== null
    ? [[opening.speaker, opening.text]]
    : [
      [null, plainOf(line.slice(0, voices[0]?.index ?? line.length))],
      ...voices.map((voice, at) =>
        [
          plainOf(voice[1]),
          plainOf(line.slice(voice.index + voice[0].length, voices[at + 1]?.index ?? line.length)),
        ] as const
      ),
    ];
  for (const [speaker, words] of parts) {
    if (words === "") continue;
    const last = turns.at(-1);
    if (speaker !== null && speaker !== last?.speaker) {
      turns.push({ speaker, t_seconds: cue.t_seconds, text: words });
    } else if (last !== undefined) last.text += ` ${words}`;
    else {throw new UsageError(
        `${cue.path}:${cue.line}: nobody is named: expected \`<v Name>words\``,
      );}
  }
}

/** Blocks between empty lines, with the number of their first line. */
function blocksOf(text: string): { readonly lines: string[]; readonly line: number }[] {
  const blocks: { lines: string[]; line: number }[] = [];
  let isOpen = false;
  text.split("\n").forEach((line, at) => {
    if (line.trim() === "") isOpen = false;
    else if (isOpen) blocks[blocks.length - 1].lines.push(line);
    else {
      blocks.push({ lines: [line], line: at + 1 });
      isOpen = true;
    }
  });
  return blocks;
}

function plainOf(markup: string): string {
  return markup.replace(/<[^>]*>/g, "").replaceAll("&lt;", "<").replaceAll("&gt;", ">")
    .replaceAll("&nbsp;", " ").replace(/&(?:lrm|rlm);/g, "").replaceAll("&amp;", "&").trim();
}

function toSeconds(hours: string | undefined, minutes: string, seconds: string): number {
  return Number(hours ?? 0) * 3600 + Number(minutes) * 60 + Number(seconds);
}

function withWords(turns: readonly Draft[], path: string): TranscriptFileTurn[] {
  const said = turns.map((turn) => ({ ...turn, text: turn.text.trim() }))
    .filter(({ text }) => text !== "");
  if (said.length === 0) throw new UsageError(`${path}: nobody says anything in it`);
  return said;
}
