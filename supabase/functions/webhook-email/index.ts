import { readDoor } from "../_shared/http/door.ts";
import { createGoogleTokenVerifier, readGooglePush } from "../_shared/http/googleToken.ts";
import { defineFunction } from "../_shared/http/handler.ts";
import { getOrchestrator } from "../_shared/orchestrator/compose.ts";
import { createRoutes } from "./routes.ts";

const env = Deno.env.toObject();
const orchestrator = getOrchestrator();
const door = readDoor(env);

Deno.serve(defineFunction({
  ...door,
  name: "webhook-email",
  routes: createRoutes({
    orchestrator: () => orchestrator,
    verifyGoogle: createGoogleTokenVerifier(readGooglePush(env), { clock: door.clock, fetch }),
    clock: door.clock,
    baseUrl: `${env.SUPABASE_URL}/functions/v1/webhook-email`,
  }),
}));
