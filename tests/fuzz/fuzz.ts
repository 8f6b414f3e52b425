/**
 * `deno task fuzz [target…] [--seed N] [--count N]`: the long runs of what every push tries a few hundred times.
 * Prints seed and counts; exits 1 on a finding, with the case and the command that repeats it.
 */
import { parseArgs } from "@std/cli/parse-args";
import { conditions } from "./conditions.ts";
import { doorBodies } from "./doorBodies.ts";
import { mapping } from "./mapping.ts";
import { signatures } from "./signatures.ts";
import { runTarget, type Target } from "./target.ts";

/** Cases of a run without `--count`. */
const COUNTS: Readonly<Record<string, number>> = {
  bodies: 100_000,
  signatures: 1_000_000,
  mapping: 100_000,
  conditions: 100_000,
};

const TARGETS: Readonly<Record<string, () => Target | Promise<Target>>> = {
  bodies: doorBodies,
  signatures: () => signatures(),
  mapping: () => mapping,
  conditions: () => conditions,
};

async function main(): Promise<number> {
  const args = parseArgs(Deno.args, { string: ["seed", "count"] });
  const seed = args.seed === undefined ? Date.now() % 2 ** 31 : Number(args.seed);
  const count = args.count === undefined ? null : Number(args.count);
  const given = (args._ as readonly unknown[]).map(String);
  const names = given.length === 0 ? Object.keys(TARGETS) : given;
  const isWrong = names.some((name) => !(name in TARGETS)) || !Number.isSafeInteger(seed) ||
    (count !== null && !(Number.isSafeInteger(count) && count > 0));
  if (isWrong) {
    console.error(`Usage: fuzz [${Object.keys(TARGETS).join("|")}] [--seed N] [--count N]`);
    return 2;
  }
  console.log(`seed ${seed}`);
  let found = 0;
  for (const name of names) {
    const target = await TARGETS[name]();
    const startedAt = performance.now();
    const { tried, findings } = await runTarget(target, seed, count ?? COUNTS[name]);
    await target.close?.();
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    console.log(`${name}: ${tried} cases, ${findings.length} findings, ${seconds} s`);
    for (const { why, input, seed: at } of findings) {
      console.log(`  ${why}\n  ${input}\n  again: deno task fuzz ${name} --seed ${at} --count 1`);
    }
    found += findings.length;
  }
  return found > 0 ? 1 : 0;
}

Deno.exit(await main());
