import { join, resolve } from "node:path";
import { parse } from "@std/toml";

/** Where a function lies and how it is served. */
export interface FunctionEntry {
  /** Absolute paths of `index.ts` and of the deno.json it runs under. */
  readonly entry: string;
  readonly config: string;
  /** Whether the platform checks a token first; its default is yes. */
  readonly verifyJwt: boolean;
}

/** As the platform's slugs; `_shared` and its like are no functions. */
const FUNCTION_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/;

const PROJECT_CONFIG = new URL("../deno.json", import.meta.url).pathname;

/**
 * Finds a function by name, first folder wins. Its settings are its block in the `config.toml` beside
 * the folder of functions, as in `supabase/`. Read anew each time: a team adds functions while the
 * stack runs.
 */
export function findFunction(folders: readonly string[], name: string): FunctionEntry | null {
  if (!FUNCTION_NAME.test(name)) return null;
  for (const folder of folders) {
    const block = readBlock(join(folder, "..", "config.toml"), name);
    if (block.enabled === false) continue;
    const own = join(folder, name);
    const base = join(folder, "..");
    const entry = block.entrypoint === undefined
      ? join(own, "index.ts")
      : resolve(base, block.entrypoint);
    if (!isFile(entry)) continue;
    const ownConfig = block.import_map === undefined
      ? join(own, "deno.json")
      : resolve(base, block.import_map);
    return {
      entry,
      // One without a config of its own runs under the project's; a deployment would give it none.
      config: isFile(ownConfig) ? ownConfig : PROJECT_CONFIG,
      verifyJwt: block.verify_jwt ?? true,
    };
  }
  return null;
}

interface FunctionBlock {
  readonly enabled?: boolean;
  readonly verify_jwt?: boolean;
  readonly import_map?: string;
  readonly entrypoint?: string;
}

const parsed = new Map<string, { at: number; blocks: Readonly<Record<string, FunctionBlock>> }>();

function readBlock(path: string, name: string): FunctionBlock {
  let at: number;
  try {
    at = Deno.statSync(path).mtime?.getTime() ?? 0;
  } catch {
    // No config beside this folder: the platform's defaults.
    return {};
  }
  let known = parsed.get(path);
  if (known === undefined || known.at !== at) {
    const toml = parse(Deno.readTextFileSync(path)) as {
      functions?: Readonly<Record<string, FunctionBlock>>;
    };
    known = { at, blocks: toml.functions ?? {} };
    parsed.set(path, known);
  }
  return Object.hasOwn(known.blocks, name) ? known.blocks[name] : {};
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
