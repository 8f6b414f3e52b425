/** `deno task stop`: stops a stack that runs in the background; its data stays. */
import { readPlaces } from "./settings.ts";
import { stopRunning } from "./stopRunning.ts";

const places = readPlaces(Deno.env.toObject());
const wasRunning = await stopRunning(places);
console.log(wasRunning ? "Stopped." : `No stack runs in ${places.dataDir}.`);
