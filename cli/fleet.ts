/** `deno task fleet <command>`: the command line over a running stack or project. */
import { parseArgs } from "@std/cli/parse-args";
import { ApiError, createApi } from "./api.ts";
import { decide } from "./commands/decide.ts";
import { sendEvent } from "./commands/events.ts";
import { listJobs } from "./commands/jobs.ts";
import { showJob } from "./commands/show.ts";
import { watch } from "./commands/watch.ts";
import type { Command, CommandRun } from "./command.ts";
import { findTarget } from "./target.ts";
import { EXIT, UsageError } from "./usage.ts";

const COMMANDS: Readonly<Record<string, Command>> = {
  "events send": sendEvent,
  jobs: listJobs,
  show: showJob,
  watch,
  approve: decide("approve"),
  reject: decide("reject"),
  revise: decide("revise"),
  undo: decide("undo"),
};

function usage(): string {
  return [
    "Usage: deno task fleet <command> [options]",
    "",
    ...Object.entries(COMMANDS).map(([name, { synopsis, summary }]) =>
      `  ${`${name} ${synopsis}`.trim()}\n      ${summary}`
    ),
    "",
    "Every command takes --json (watch and jobs --watch then print one object per line).",
    "They speak to the local stack, or to FLEET_FUNCTIONS_URL with FLEET_SECRET_KEY.",
    "Exit codes: 0 ok, 1 failed, 2 usage.",
  ].join("\n");
}

/** Finds the command, parses its own options only, runs it; every failure becomes an exit code. */
async function main(args: readonly string[]): Promise<number> {
  if (args.length === 0 || args.includes("--help") || args.includes("-h") || args[0] === "help") {
    console.log(usage());
    return args.length === 0 ? EXIT.usage : EXIT.ok;
  }
  const isJson = args.includes("--json");
  try {
    const { name, command, rest } = findCommand(args);
    const run: CommandRun = {
      ...parseOptions(name, command, rest),
      isJson,
      api: createApi(await findTarget(Deno.env.toObject())),
      print: (value) => console.log(typeof value === "string" ? value : JSON.stringify(value)),
    };
    return await command.run(run);
  } catch (error) {
    return report(error, isJson);
  }
}

function findCommand(
  args: readonly string[],
): { readonly name: string; readonly command: Command; readonly rest: readonly string[] } {
  for (const words of [2, 1]) {
    const name = args.slice(0, words).join(" ");
    if (Object.hasOwn(COMMANDS, name)) {
      return { name, command: COMMANDS[name], rest: args.slice(words) };
    }
  }
  throw new UsageError(`Unknown command "${args[0]}"\n\n${usage()}`);
}

function parseOptions(
  name: string,
  command: Command,
  args: readonly string[],
): { readonly words: readonly string[]; readonly options: CommandRun["options"] } {
  const known: string[] = ["json", ...(command.flags ?? []), ...(command.strings ?? [])];
  const parsed = parseArgs([...args], {
    boolean: ["json", ...(command.flags ?? [])],
    string: ["_", ...(command.strings ?? [])],
    unknown: (option: string, key?: string) => {
      if (key !== undefined && !known.includes(key)) {
        throw new UsageError(`Unknown option ${option}`);
      }
    },
  });
  const { _: words, ...options } = parsed;
  for (const name of command.strings ?? []) {
    if (options[name] === "") throw new UsageError(`Option --${name} needs a value`);
  }
  if (words.length !== command.arguments.length) {
    throw new UsageError(
      `${name} takes ${countWords(command.arguments.length)}, but ${words.length} ${
        words.length === 1 ? "was" : "were"
      } given: deno task fleet ${`${name} ${command.synopsis}`.trim()}`,
    );
  }
  return { words: words.map(String), options: options as CommandRun["options"] };
}

function countWords(count: number): string {
  return count === 0 ? "no arguments" : count === 1 ? "one argument" : `${count} arguments`;
}

function report(error: unknown, isJson: boolean): number {
  const isUsage = error instanceof UsageError;
  const code = error instanceof ApiError ? error.code : isUsage ? "usage" : "failed";
  const { message } = error as Error;
  const details = error instanceof ApiError ? error.details : [];
  if (isJson) console.log(JSON.stringify({ error: { code, message, details } }));
  else {
    console.error(message);
    for (const detail of details) console.error(`  ${JSON.stringify(detail)}`);
  }
  return isUsage ? EXIT.usage : EXIT.failed;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
