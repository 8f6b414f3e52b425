/** `deno task status [--json]`: how to reach the running stack. */
import { parseArgs } from "@std/cli/parse-args";
import { readPlaces, readStatus } from "./settings.ts";

const flags = parseArgs(Deno.args, { boolean: ["json"] });
const places = readPlaces(Deno.env.toObject());
const status = await readStatus(places);
if (status === null) {
  console.error(`No stack runs in ${places.dataDir}; start one with \`deno task start\`.`);
  Deno.exit(1);
}
if (flags.json) console.log(JSON.stringify(status));
else {
  for (const [name, value] of Object.entries(status)) {
    console.log(
      `${name.padStart(18)}: ${typeof value === "string" ? value : JSON.stringify(value)}`,
    );
  }
}
