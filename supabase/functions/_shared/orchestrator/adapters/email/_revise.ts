import { z } from "zod";
import { REVISE_TEXT } from "../../../prompts/reviseText.v1.ts";
import { cut } from "../../core/cut.ts";
import type { Revision } from "../../types.ts";
import type { SkillRun } from "../defineAdapter.ts";

export interface Words {
  readonly subject: string;
  readonly body: string;
}

export interface RevisedWords extends Words {
  readonly engine: string;
  /** What of the feedback was not followed, in the approver's words; null when all of it was. */
  readonly notApplied: string | null;
}

const ModelWords = z.object({
  subject: z.string().trim().min(1),
  body: z.string().trim().min(1),
  not_applied: z.string(),
});

/** Another version of subject and body by what the approver said: a model's where one is set, else by rules. */
export async function reviseWords(
  words: Words,
  revision: Pick<Revision, "feedback">,
  options: { readonly ctx: SkillRun; readonly maxSubject: number; readonly maxBody: number },
): Promise<RevisedWords> {
  const { ctx, maxSubject, maxBody } = options;
  ctx.signal.throwIfAborted();
  const answer = await ctx.ports.llm.ask({
    prompt: REVISE_TEXT,
    material: JSON.stringify({ ...words, feedback: revision.feedback }, null, 1),
    answer: ModelWords,
    maxOutputTokens: 4000,
    // It leaves the house: nobody gets other words than the engine that was chosen writes.
    mayDegrade: false,
  }, ctx);
  ctx.signal.throwIfAborted();
  const revised = answer === null
    ? { ...applyFeedback(words, revision.feedback), engine: "rules" }
    : {
      subject: answer.value.subject.replace(/\s+/g, " "),
      body: answer.value.body,
      notApplied: answer.value.not_applied.trim() || null,
      engine: answer.engine,
    };
  return {
    ...revised,
    subject: cut(revised.subject, maxSubject),
    body: cut(revised.body, maxBody),
  };
}

/** For the end of a preview; says honestly what was left. */
export function notAppliedIn(revised: Pick<RevisedWords, "notApplied">): string {
  return revised.notApplied === null ? "" : ` Not applied: ${cut(revised.notApplied, 500)}`;
}

const QUOTE = `["“”'‘’«»„]`;
const QUOTED = `${QUOTE}(.+?)${QUOTE}`;
/** One instruction: up to the line's end or a semicolon, but not one inside a quotation. */
const INSTRUCTION = /(?:["“”«»„][^"“”«»„\n]*["“”«»„]|[^;\n])+/g;

type Rule = readonly [RegExp, (words: Words, found: RegExpExecArray) => Words | null];

/** What can be followed without understanding. Null: it asks for something that is not there. */
const RULES: readonly Rule[] = [
  [
    new RegExp(
      `^(?:set |change |make )?(?:the )?subject(?: line)?(?:\\s*:| to| should be) *${QUOTE}?(.+?)${QUOTE}?$`,
      "i",
    ),
    (words, [, subject]) => ({ ...words, subject }),
  ],
  [
    new RegExp(`^(?:replace|change) ${QUOTED} (?:with|by|to|into) ${QUOTED}$`, "i"),
    (words, [, from, to]) => replaceIn(words, from, to),
  ],
  [
    new RegExp(`^(?:remove|delete|drop|leave out|without) ${QUOTED}$`, "i"),
    (words, [, text]) => replaceIn(words, text, ""),
  ],
  [
    new RegExp(`^add(?: the sentence)?:? ${QUOTED}$`, "i"),
    (words, [, text]) => ({ ...words, body: beforeClosing(words.body, text) }),
  ],
  [/^(?:make it |a bit |much )*(?:shorter|shorten(?: it)?)$/i, shorten],
];

/**
 * Follows what is said in so many words, one instruction a line or between semicolons.
 *
 * @example applyFeedback({ subject: "Hi", body: "Dear Ann" }, 'replace "Ann" with "Bob"').body // "Dear Bob"
 */
export function applyFeedback(
  words: Words,
  feedback: string,
): Words & { readonly notApplied: string | null } {
  const left: string[] = [];
  let now = words;
  for (const instruction of feedback.match(INSTRUCTION) ?? []) {
    const part = instruction.trim().replace(/[.!]+$/, "");
    if (part === "") continue;
    const next = followRule(now, part);
    if (next === null || next.body.trim() === "" || next.subject.trim() === "") left.push(part);
    else now = next;
  }
  return { ...now, notApplied: left.length === 0 ? null : left.join("; ") };
}

function followRule(words: Words, instruction: string): Words | null {
  for (const [pattern, follow] of RULES) {
    const found = pattern.exec(instruction);
    if (found !== null) return follow(words, found);
  }
  return null;
}

function replaceIn(words: Words, from: string, to: string): Words | null {
  if (!words.subject.includes(from) && !words.body.includes(from)) return null;
  const swap = (text: string) =>
    text.replaceAll(from, () => to).replaceAll(/ {2,}/g, " ").replaceAll(/ +([.,;:!?])/g, "$1");
  return { subject: swap(words.subject), body: swap(words.body) };
}

/** A new paragraph before the last one, which is the closing. */
function beforeClosing(body: string, text: string): string {
  const paragraphs = body.split(/\n{2,}/);
  const at = Math.max(1, paragraphs.length - 1);
  return [...paragraphs.slice(0, at), text, ...paragraphs.slice(at)].join("\n\n");
}

/** Greeting, first paragraph and closing stay; the last of the others goes. */
function shorten(words: Words): Words | null {
  const paragraphs = words.body.split(/\n{2,}/);
  if (paragraphs.length < 4) return null;
  return { ...words, body: [...paragraphs.slice(0, -2), paragraphs.at(-1)!].join("\n\n") };
}
