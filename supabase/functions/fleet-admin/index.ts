import { composeAdmin } from "../_shared/admin/compose.ts";
import { readDoor } from "../_shared/http/door.ts";
import { defineFunction } from "../_shared/http/handler.ts";
import { createRoutes } from "./routes.ts";

const env = Deno.env.toObject();

Deno.serve(defineFunction({
  ...readDoor(env),
  name: "fleet-admin",
  routes: createRoutes(composeAdmin(env)),
}));
