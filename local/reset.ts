/** `deno task reset`: stops the stack and wipes its data. */
import { join } from "node:path";
import { removeCluster } from "./postgres.ts";
import { readPlaces } from "./settings.ts";
import { stopRunning } from "./stopRunning.ts";

/** What a stack puts into its data folder. Nothing else is touched: FLEET_DATA_DIR may name any folder. */
const OURS = [
  "postgres",
  "locks",
  "lock",
  "keys.json",
  "status.json",
  "status.json.new",
  "sink.pid",
  "sink.ndjson",
  "gateway.ndjson",
  "functions.log",
  "start.log",
];

const places = readPlaces(Deno.env.toObject());
await stopRunning(places);
await removeCluster(places.dataDir);
for (const name of OURS) {
  await Deno.remove(join(places.dataDir, name), { recursive: true }).catch(() => {});
}
// Stays when something of the developer's is in it.
await Deno.remove(places.dataDir).catch(() => {});
console.log(`Wiped ${places.dataDir}.`);
