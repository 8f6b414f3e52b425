import type { Api } from "./api.ts";

/** One command of the command line. */
export interface Command {
  /** As the usage shows it, without the name. */
  readonly synopsis: string;
  readonly summary: string;
  /** Names of the positional arguments; exactly these. */
  readonly arguments: readonly string[];
  readonly flags?: readonly string[];
  readonly strings?: readonly string[];
  /** @returns the exit code */
  run(run: CommandRun): Promise<number>;
}

export interface CommandRun {
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  readonly isJson: boolean;
  readonly api: Api;
  /** One line: text as it is, anything else as JSON. */
  print(value: unknown): void;
}
