/**
 * `deno task test [paths or filters]`: starts one PostgreSQL for the whole run, runs the tests, shows
 * what was skipped and why, and ends with the line `N passed, N failed`.
 */
import { runTests } from "./testRun.ts";

Deno.exit(await runTests({ args: Deno.args.length > 0 ? Deno.args : ["tests/"] }));
