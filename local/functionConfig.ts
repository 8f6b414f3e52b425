/** Reads `[functions.<name>]` of supabase/config.toml; a function without a block has the platform's default. */
export async function readFunctionConfig(name: string): Promise<{ readonly verifyJwt: boolean }> {
  const blocks = await readFunctionBlocks();
  return { verifyJwt: blocks.get(name)?.get("verify_jwt") !== "false" };
}

let cached: Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> | null = null;

/** Every function block with its plain `key = value` lines. */
export function readFunctionBlocks(): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  cached ??= Deno.readTextFile(new URL("../supabase/config.toml", import.meta.url)).then(parse);
  return cached;
}

function parse(text: string): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const blocks = new Map<string, Map<string, string>>();
  let block: Map<string, string> | null = null;
  for (const line of text.split("\n")) {
    const header = line.match(/^\[(.+)\]\s*$/);
    if (header !== null) {
      const name = header[1].match(/^functions\.([a-z0-9-]+)$/)?.[1];
      block = name === undefined ? null : new Map();
      if (name !== undefined) blocks.set(name, block!);
      continue;
    }
    const pair = line.match(/^([a-z_]+)\s*=\s*"?([^"#]*)"?/);
    if (block !== null && pair !== null) block.set(pair[1], pair[2].trim());
  }
  return blocks;
}
