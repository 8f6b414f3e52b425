import { basename } from "@std/path";
import { z } from "zod";
import { UsageError } from "./usage.ts";

/** A meeting read from a file. What the file does not say is null or empty, never guessed. */
export interface TranscriptFile {
  readonly title: string;
  /** ISO with offset. */
  readonly started_at: string | null;
  /** IANA zone. */
  readonly timezone: string | null;
  readonly attendees: readonly {
    readonly name: string;
    readonly email?: string | null;
    readonly title?: string | null;
    readonly is_external?: boolean | null;
  }[];
  readonly turns: readonly Turn[];
}

interface Turn {
  readonly speaker: string;
  /** Seconds from the start. */
  readonly t_seconds: number | null;
  readonly text: string;
}

const JsonTranscript = z.object({
  id: z.string().optional(),
  title: z.string().optional(),
  started_at: z.string().nullish(),
  timezone: z.string().nullish(),
  attendees: z.array(z.object({
    name: z.string(),
    email: z.string().nullish(),
    title: z.string().nullish(),
    is_external: z.boolean().nullish(),
  })).optional(),
  turns: z.array(z.object({
    speaker: z.string().min(1),
    t_seconds: z.number().nullish(),
    text: z.string(),
  })).min(1),
});

/**
 * Reads a transcript: plain text with `Name: words` lines, WebVTT, or JSON with `turns`.
 *
 * @throws UsageError naming the file, and the line where there is one
 */
export async function readTranscriptFile(path: string): Promise<TranscriptFile> {
  const text = await Deno.readTextFile(path).catch((error) => {
    throw new UsageError(`Cannot read ${path}: ${error.message}`);
  });
  return parseTranscript(text.replace(/^\uFEFF/, ""), path);
}

/** @throws UsageError see {@link readTranscriptFile} */
export function parseTranscript(text: string, path: string): TranscriptFile {
  const title = basename(path).replace(/\.[^.]+$/, "");
  if (text.trim() === "") throw new UsageError(`${path} is empty`);
  if (/^\s*[{[]/.test(text)) return parseJson(text, { path, title });
  const turns = /^WEBVTT\b/.test(text) ? parseVtt(text, path) : parseLines(text, path);
  return { title, started_at: null, timezone: null, attendees: [], turns };
}

interface Place {
  readonly path: string;
  readonly title: string;
}

function parseJson(text: string, { path, title }: Place): TranscriptFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${path} is not valid JSON: ${(error as Error).message}`);
  }
  const parsed = JsonTranscript.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new UsageError(`${path}: ${issue.path.join(".") || "the file"}: ${issue.message}`);
  }
  const { data } = parsed;
  return {
    title: data.title ?? data.id ?? title,
    started_at: data.started_at ?? null,
    timezone: data.timezone ?? null,
    attendees: data.attendees ?? [],
    turns: data.turns.map((turn) => ({ ...turn, t_seconds: turn.t_seconds ?? null })),
  };
}

/** `[00:12] Ann: words`, `Ann (0:12): words` or `Ann: words`; a line without a name goes on with the last. */
const SPOKEN_LINE =
  /^(?:\[?(?:(\d+):)?(\d{1,2}):(\d{2})(?:\.\d+)?\]?\s*)?([^\s:\[][^:\n]{0,80}?):\s*(.*)$/;

function parseLines(text: string, path: string): Turn[] {
  const turns: { speaker: string; t_seconds: number | null; text: string }[] = [];
  text.split(/\r?\n/).forEach((line, at) => {
    const words = line.trim();
    if (words === "") return;
    const [, hours, minutes, seconds, speaker, said] = words.match(SPOKEN_LINE) ?? [];
    if (speaker !== undefined) {
      const time = minutes === undefined ? null : toSeconds(hours, minutes, seconds);
      turns.push({ speaker: speaker.trim(), t_seconds: time, text: said });
    } else if (turns.length > 0) {
      turns[turns.length - 1].text += ` ${words}`;
    } else {
      throw new UsageError(`${path}:${at + 1}: expected \`Name: words\``);
    }
  });
  return spoken(turns, path);
}

const CUE = /^(?:(\d+):)?(\d{1,2}):(\d{2})[.,]\d{3}\s+-->\s+\S+/;
const VOICE = /^<v(?:\.[\w.-]+)*\s+([^>]+)>/;

function parseVtt(text: string, path: string): Turn[] {
  const turns: { speaker: string; t_seconds: number | null; text: string }[] = [];
  const blocks = text.split(/\r?\n(?:[ \t]*\r?\n)+/);
  for (const block of blocks) {
    const lines = block.split(/\r?\n/);
    const at = lines.findIndex((line) => CUE.test(line));
    if (at < 0) continue;
    const [, hours, minutes, seconds] = lines[at].match(CUE)!;
    for (const line of lines.slice(at + 1)) {
      const voice = line.match(VOICE)?.[1];
      const named = voice === undefined ? line.match(/^([^\s:<][^:\n]{0,80}?):\s+(.+)$/) : null;
      const speaker = voice ?? named?.[1];
      const words = decodeEntities((named?.[2] ?? line).replace(/<[^>]*>/g, "")).trim();
      const last = turns.at(-1);
      if (speaker !== undefined && speaker !== last?.speaker) {
        turns.push({ speaker, t_seconds: toSeconds(hours, minutes, seconds), text: words });
      } else if (last !== undefined) last.text += ` ${words}`;
      else {
        turns.push({
          speaker: "Speaker",
          t_seconds: toSeconds(hours, minutes, seconds),
          text: words,
        });
      }
    }
  }
  return spoken(turns, path);
}

function decodeEntities(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&nbsp;", " ")
    .replaceAll("&amp;", "&");
}

function toSeconds(hours: string | undefined, minutes: string, seconds: string): number {
  return Number(hours ?? 0) * 3600 + Number(minutes) * 60 + Number(seconds);
}

function spoken(turns: readonly Turn[], path: string): Turn[] {
  const said = turns.filter((turn) => turn.text.trim() !== "");
  if (said.length === 0) throw new UsageError(`${path}: nobody says anything in it`);
  return said.map((turn) => ({ ...turn, text: turn.text.trim() }));
}
