import { defineFunction } from "../_shared/http/handler.ts";
import { readDoor } from "../_shared/http/door.ts";
import { getOrchestrator } from "../_shared/orchestrator/compose.ts";
import { createRoutes } from "./routes.ts";

// Wired at boot: the isolate's deadline counts from module load.
const orchestrator = getOrchestrator();
const door = readDoor(Deno.env.toObject());

Deno.serve(defineFunction({
  ...door,
  name: "agent-orchestrator",
  routes: createRoutes({ orchestrator: () => orchestrator, clock: door.clock }),
}));
