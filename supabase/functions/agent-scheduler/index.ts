import { defineFunction } from "../_shared/http/handler.ts";
import { readDoor } from "../_shared/http/door.ts";
import { getOrchestrator } from "../_shared/orchestrator/compose.ts";
import { createRoutes } from "./routes.ts";

const orchestrator = getOrchestrator();

Deno.serve(defineFunction({
  ...readDoor(Deno.env.toObject()),
  name: "agent-scheduler",
  routes: createRoutes(() => orchestrator),
}));
