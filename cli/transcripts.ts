import { basename } from "@std/path";
import { z } from "zod";
import { parseLines, parseVtt } from "./transcriptText.ts";
import { UsageError } from "./usage.ts";

/** A meeting read from a file. What the file does not say is null or empty, never guessed. */
export interface TranscriptFile {
  /** As the file says, else its id or its name. */
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
  readonly turns: readonly TranscriptFileTurn[];
}

export interface TranscriptFileTurn {
  readonly speaker: string;
  /** Seconds from the start. */
  readonly t_seconds: number | null;
  readonly text: string;
}

const JsonTranscript = z.object({
  id: z.string().optional(),
  title: z.string().optional(),
  started_at: z.iso.datetime({ offset: true }).nullish(),
  timezone: z.string().refine(isZone, "expected an IANA zone such as Europe/Berlin").nullish(),
  attendees: z.array(z.object({
    name: z.string().min(1),
    email: z.string().nullish(),
    title: z.string().nullish(),
    is_external: z.boolean().nullish(),
  })).optional(),
  turns: z.array(z.object({
    speaker: z.string().trim().min(1),
    t_seconds: z.number().nonnegative().nullish(),
    text: z.string(),
  })).min(1),
});

/**
 * Reads a transcript: plain text with `Name: words` lines, WebVTT (`<v Name>` voices), or JSON with
 * `turns`.
 *
 * @throws UsageError naming the file, and the line for everything that stands on one
 */
export async function readTranscriptFile(path: string): Promise<TranscriptFile> {
  const text = await Deno.readTextFile(path).catch((error) => {
    throw new UsageError(`Cannot read ${path}: ${error.message}`);
  });
  return parseTranscript(text, path);
}

/**
 * The same for text at hand; `path` names it in errors and gives the title when nothing else does.
 *
 * @example parseTranscript("Ann: hi\nBo: hello", "intro.txt").turns.length // 2
 * @throws UsageError see {@link readTranscriptFile}
 */
export function parseTranscript(text: string, path: string): TranscriptFile {
  const title = basename(path).replace(/\.[^.]+$/, "");
  const body = text.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n");
  if (body.trim() === "") throw new UsageError(`${path} is empty`);
  if (/^\s*(?:\{|\[\s*[{[\]"])/.test(body)) return parseJson(body, { path, title });
  const turns = /^WEBVTT(?:[ \t\n]|$)/.test(body) ? parseVtt(body, path) : parseLines(body, path);
  return { title, started_at: null, timezone: null, attendees: [], turns };
}

function parseJson(
  text: string,
  { path, title }: { readonly path: string; readonly title: string },
): TranscriptFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const { message } = error as Error;
    const line = lineOfSyntaxError(message, text);
    throw new UsageError(`${path}:${line}: not valid JSON: ${message}`);
  }
  const parsed = JsonTranscript.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const place = issue.path.join(".") || "the whole";
    throw new UsageError(`${path}:${lineOfTurn(issue.path, text)}: ${place}: ${issue.message}`);
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

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    // Intl knows every zone there is; what it refuses is none.
    return false;
  }
}

/** V8 names line and column, or a position, or the end. */
function lineOfSyntaxError(message: string, text: string): number {
  const [, line] = message.match(/\(line (\d+)/) ?? [];
  if (line !== undefined) return Number(line);
  const [, position] = message.match(/position (\d+)/) ?? [];
  return text.slice(0, position === undefined ? undefined : Number(position)).split("\n").length;
}

/** The line on which the turn of an issue begins; the first line for everything else. */
function lineOfTurn(path: readonly PropertyKey[], text: string): number {
  const [list, turn] = path;
  if (list !== "turns" || typeof turn !== "number") return 1;
  let at = text.search(/"turns"\s*:/);
  let depth = 0;
  let seen = -1;
  // Brackets inside strings do not count: a string is one token.
  for (const token of text.slice(at).matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/g)) {
    if (token[0] === "{" && depth === 1) seen++;
    if (seen === turn) {
      at += token.index;
      break;
    }
    depth += "[{".includes(token[0]) ? 1 : "]}".includes(token[0]) ? -1 : 0;
  }
  return text.slice(0, at).split("\n").length;
}
