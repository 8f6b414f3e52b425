import { composeConnector } from "../_shared/connect/compose.ts";
import { readDoor } from "../_shared/http/door.ts";
import { defineFunction } from "../_shared/http/handler.ts";
import { createRoutes } from "./routes.ts";

const env = Deno.env.toObject();
const door = composeConnector(env);

Deno.serve(defineFunction({
  ...readDoor(env),
  name: "fleet-connect",
  routes: createRoutes({ ...door, consoleUrl: env.FLEET_CONSOLE_URL ?? null }),
}));
