/** `deno task eval`: runs the reading skills over a labelled set and scores them (contract.md §1). */
import { parseArgs } from "@std/cli/parse-args";
import { join } from "@std/path";
import { type Gold, readGold } from "./evalGold.ts";
import { readMails } from "./evalMail.ts";
import { type MeetingRun, readMeeting } from "./evalRun.ts";
import { type Score, scoreAll } from "./evalScore.ts";
import type { Row } from "./evalTally.ts";
import { bold, red, safe } from "./render.ts";
import { EXIT, UsageError } from "./usage.ts";

const USAGE = `Usage: deno task eval --gold DIR [--out DIR] [--json] [--errors]

  --gold DIR  the labelled set: transcripts/<id>.json, emails.jsonl, call_types.json
  --out DIR   writes one prediction per meeting there, and emails.jsonl
  --json      the last line is one JSON object with all figures
  --errors    lists every miss and false alarm

Exit codes: 0 ok, 1 failed, 2 usage.`;

interface Options {
  readonly gold: string;
  readonly out: string | null;
  readonly isJson: boolean;
  readonly showsErrors: boolean;
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    console.log(USAGE);
    return EXIT.ok;
  }
  try {
    return await evaluate(readOptions(args));
  } catch (error) {
    const isUsage = error instanceof UsageError;
    const message = (error as Error).message;
    if (args.includes("--json")) {
      console.log(JSON.stringify({ error: { code: isUsage ? "usage" : "failed", message } }));
    } else console.error(message);
    return isUsage ? EXIT.usage : EXIT.failed;
  }
}

function readOptions(args: readonly string[]): Options {
  const parsed = parseArgs([...args], {
    boolean: ["json", "errors"],
    string: ["gold", "out"],
    unknown: (name: string) => {
      throw new UsageError(`Unknown argument ${name}\n\n${USAGE}`);
    },
  });
  if (!parsed.gold) throw new UsageError(`Option --gold needs a folder\n\n${USAGE}`);
  if (parsed.out === "") throw new UsageError("Option --out needs a folder");
  return {
    gold: parsed.gold,
    out: parsed.out ?? null,
    isJson: parsed.json,
    showsErrors: parsed.errors,
  };
}

async function evaluate(options: Options): Promise<number> {
  const gold = await readGold(options.gold);
  const runs = new Map<string, MeetingRun>();
  for (const meeting of gold.meetings) {
    runs.set(meeting.id, await readMeeting(meeting, gold.callTypes));
  }
  const predictions = new Map([...runs].map(([id, { prediction }]) => [id, prediction]));
  const mails = await readMails(gold.mails);
  if (options.out !== null) {
    await Deno.mkdir(options.out, { recursive: true });
    for (const [id, prediction] of predictions) {
      const path = join(options.out, `${id}.json`);
      await Deno.writeTextFile(path, `${JSON.stringify(prediction, null, 2)}\n`);
    }
    const lines = [...mails.values()].map((mail) => `${JSON.stringify(mail)}\n`);
    await Deno.writeTextFile(join(options.out, "emails.jsonl"), lines.join(""));
  }
  const score = scoreAll(gold, predictions, mails);
  const slowest = slowestMs([...runs.values()]);
  if (!options.isJson) printTables(score, slowest);
  if (options.showsErrors) printErrors(score);
  if (options.isJson) {
    const { errors: _errors, ...figures } = score;
    console.log(JSON.stringify({ ...circumstances(gold), ...figures, slowest_ms: slowest }));
  }
  return EXIT.ok;
}

/** When, where and over how much the figures were taken. */
function circumstances(gold: Gold) {
  const turns = gold.meetings.flatMap((meeting) => meeting.turns);
  return {
    at: new Date().toISOString(),
    machine: {
      os: Deno.build.os,
      arch: Deno.build.arch,
      cpus: navigator.hardwareConcurrency,
      deno: Deno.version.deno,
    },
    n: {
      meetings: gold.meetings.length,
      turns: turns.length,
      words: turns.reduce((sum, { text }) => sum + text.split(/\s+/).length, 0),
      mails: gold.mails.length,
    },
  };
}

/** Per skill, its longest time on one meeting. */
function slowestMs(runs: readonly MeetingRun[]): Record<string, number> {
  const slowest: Record<string, number> = {};
  for (const { tookMs } of runs) {
    for (const [skill, ms] of Object.entries(tookMs)) {
      slowest[skill] = Math.max(slowest[skill] ?? 0, Math.round(ms * 10) / 10);
    }
  }
  return slowest;
}

function printTables(score: Score, slowest: Readonly<Record<string, number>>): void {
  const { due_dates: due, owner_accuracy: owner, tier_accuracy: tier } = score;
  printRows("skill", { ...score.skills, "micro average": score.micro_average });
  printRows("intent", score.per_intent);
  console.log([
    `${bold("meetings")} ${score.transcripts}`,
    `${bold("call type")} ${figure(score.call_type.accuracy)}, macro-F1 ${
      figure(score.call_type.macro_f1)
    }`,
    `${bold("due dates")} ${
      figure(due.accuracy)
    } (${due.correct} of ${due.gold_dated_and_matched}` +
    `; invented ${due.spurious} of ${due.undated_and_matched})`,
    `${bold("owners")} ${figure(owner.accuracy)}  ${bold("tiers")} ${figure(tier.accuracy)}  ` +
    `${bold("meeting length")} ${figure(score.scheduling_duration.accuracy)}`,
    `${bold("slowest, ms")} ${
      Object.entries(slowest).map(([skill, ms]) => `${skill} ${ms.toFixed(0)}`).join(", ")
    }`,
  ].join("\n"));
  const { emails } = score;
  if (emails.n === 0) return;
  console.log(
    `${bold("mails")} ${emails.n}: accuracy ${figure(emails.accuracy)}, macro-F1 ${
      figure(emails.macro_f1)
    }, with orders to machines ${figure(emails.prompt_injection_accuracy)}, answer awaited ${
      figure(emails.needs_reply_accuracy)
    }\n`,
  );
  printRows("mail category", emails.per_label);
}

function printRows(title: string, rows: Readonly<Record<string, Row>>): void {
  const head = ["prec", "rec", "f1", "tp", "fp", "fn", "acc"];
  const widths = [7, 7, 7, 5, 5, 5, 7];
  const line = (name: string, cells: readonly string[]) =>
    `${name.padEnd(26)}${cells.map((cell, at) => cell.padStart(widths[at])).join("")}`.trimEnd();
  console.log(bold(line(title, head)));
  for (const [name, row] of Object.entries(rows)) {
    console.log(line(name, [
      figure(row.precision),
      figure(row.recall),
      figure(row.f1),
      String(row.tp),
      String(row.fp),
      String(row.fn),
      row.accuracy === undefined ? "" : figure(row.accuracy),
    ]));
  }
  console.log("");
}

function printErrors(score: Score): void {
  for (const { id, kind, skill, detail } of score.errors) {
    console.log(`${id.padEnd(16)} ${red(kind.padEnd(6))} ${skill.padEnd(17)} ${safe(detail)}`);
  }
}

function figure(value: number | null): string {
  return value === null ? "-" : value.toFixed(3);
}

if (import.meta.main) Deno.exit(await main(Deno.args));
