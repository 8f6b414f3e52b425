/** `deno task reset`: stops the stack and wipes its data. */
import { removeCluster } from "./postgres.ts";
import { readPlaces } from "./settings.ts";
import { stopRunning } from "./stopRunning.ts";

const places = readPlaces(Deno.env.toObject());
await stopRunning(places);
await removeCluster(places.dataDir);
await Deno.remove(places.dataDir, { recursive: true }).catch(() => {});
console.log(`Wiped ${places.dataDir}.`);
