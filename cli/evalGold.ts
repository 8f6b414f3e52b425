import { join } from "@std/path";
import { z } from "zod";
import { UsageError } from "./usage.ts";

/** Sums of money or percentages as the labels and the predictions may write them. */
const Amount = z.union([
  z.number(),
  z.string(),
  z.object({
    value: z.union([z.number(), z.string()]),
    currency: z.string().nullish(),
    unit: z.string().nullish(),
  }),
]);
export type WrittenAmount = z.output<typeof Amount>;

const Labels = z.object({
  call_type: z.string(),
  is_sales: z.boolean(),
  action_items: z.array(z.object({
    turn: z.number().int(),
    owner: z.string(),
    gist: z.string(),
    /** Alternatives of one keyword are parted by `|`. */
    keywords: z.array(z.string()).min(1),
    due_iso: z.string().nullable(),
    due_fuzzy: z.boolean().optional(),
    optional: z.boolean().optional(),
  })),
  intents: z.array(z.object({
    turn: z.number().int(),
    intent: z.string(),
    tier: z.enum(["explicit", "strong_implied", "weak"]),
    optional: z.boolean().optional(),
  })),
  scheduling: z.object({
    present: z.boolean(),
    duration_minutes: z.number().nullish(),
  }),
  verbal_commitment: z.object({ present: z.boolean() }),
  pricing: z.object({
    /** Null: not scored. */
    discussed: z.boolean().nullable(),
    amounts: z.array(Amount),
    optional_amounts: z.array(Amount).optional(),
  }),
  new_stakeholders: z.array(z.object({ name: z.string(), optional: z.boolean().optional() })),
});
export type GoldLabels = z.output<typeof Labels>;

const Meeting = z.object({
  id: z.string().regex(/^[\w.-]+$/),
  title: z.string(),
  started_at: z.string().nullable(),
  timezone: z.string().nullable(),
  attendees: z.array(z.object({
    name: z.string(),
    email: z.string().nullish(),
    is_external: z.boolean(),
    title: z.string().nullish(),
  })),
  known_contacts: z.array(z.string()),
  turns: z.array(z.object({
    speaker: z.string(),
    t_seconds: z.number().nullish(),
    text: z.string(),
  })),
  labels: Labels,
});
export type GoldMeeting = z.output<typeof Meeting>;

const Mail = z.object({
  id: z.string(),
  from: z.string(),
  to: z.union([z.string().transform((to) => [to]), z.array(z.string())]),
  subject: z.string(),
  body: z.string(),
  label: z.string(),
  needs_reply: z.boolean(),
  secondary_labels: z.array(z.string()),
});
export type GoldMail = z.output<typeof Mail>;

const CallTypes = z.array(z.object({
  name: z.string(),
  description: z.string(),
  is_sales: z.boolean(),
}));

/** A labelled set, in the order of its files. */
export interface Gold {
  readonly meetings: readonly GoldMeeting[];
  readonly mails: readonly GoldMail[];
  /** The organisation's configured list; empty where the set brings none. */
  readonly callTypes: z.output<typeof CallTypes>;
}

/**
 * Reads a labelled set: `transcripts/<id>.json` (or the files beside), `emails.jsonl`, `call_types.json`.
 *
 * @throws UsageError when there is neither a labelled meeting nor a mail, or a file breaks the format
 */
export async function readGold(dir: string): Promise<Gold> {
  const folder = await isFolder(join(dir, "transcripts")) ? join(dir, "transcripts") : dir;
  if (!await isFolder(folder)) throw new UsageError(`${dir} is no folder`);
  const names = (await Array.fromAsync(Deno.readDir(folder)))
    .filter((entry) => entry.name.endsWith(".json") && !entry.isDirectory)
    .map((entry) => entry.name).sort();
  const files = await Promise.all(names.map((name) => readJson(join(folder, name))));
  const meetings = files.flatMap((value, at) =>
    isLabelled(value) ? [check(Meeting, value, join(folder, names[at]))] : []
  );
  const mailsPath = join(dir, "emails.jsonl");
  const mails = readLines(await readText(mailsPath) ?? "", mailsPath);
  if (meetings.length === 0 && mails.length === 0) {
    throw new UsageError(`${dir} holds neither a labelled meeting nor a mail`);
  }
  const typesPath = join(dir, "call_types.json");
  const types = await readText(typesPath);
  return {
    meetings,
    mails,
    callTypes: types === null ? [] : check(CallTypes, parseJson(types, typesPath), typesPath),
  };
}

async function isFolder(path: string): Promise<boolean> {
  return await Deno.stat(path).then((found) => found.isDirectory, () => false);
}

/** Null when there is no such file. */
async function readText(path: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

async function readJson(path: string): Promise<unknown> {
  return parseJson(await Deno.readTextFile(path), path);
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${path} is not valid JSON: ${(error as Error).message}`);
  }
}

function isLabelled(value: unknown): boolean {
  return typeof value === "object" && value !== null && "labels" in value && "turns" in value;
}

function readLines(text: string, path: string): GoldMail[] {
  return text.split("\n").flatMap((line, at) =>
    line.trim() === ""
      ? []
      : [check(Mail, parseJson(line, `${path}:${at + 1}`), `${path}:${at + 1}`)]
  );
}

function check<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  place: string,
): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UsageError(`${place}: ${issue.path.join(".") || "the file"}: ${issue.message}`);
}
