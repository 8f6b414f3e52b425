import { defineFunction } from "../_shared/http/handler.ts";
import { readDoor } from "../_shared/http/door.ts";
import { getOrchestrator } from "../_shared/orchestrator/compose.ts";
import { createRoutes } from "./routes.ts";

const orchestrator = getOrchestrator();
const door = readDoor(Deno.env.toObject());

Deno.serve(defineFunction({
  ...door,
  name: "webhook-meeting",
  routes: createRoutes({ orchestrator: () => orchestrator, now: door.clock.now }),
}));
