import { composeApprovalDoor } from "../_shared/approvals/compose.ts";
import { readDoor } from "../_shared/http/door.ts";
import { defineFunction } from "../_shared/http/handler.ts";
import { createRoutes, HEADERS } from "./routes.ts";

const env = Deno.env.toObject();
const door = readDoor(env);

Deno.serve(defineFunction({
  ...door,
  name: "fleet-approvals",
  headers: HEADERS,
  routes: createRoutes({ ...composeApprovalDoor(env), consoleOrigin: door.corsOrigin }),
}));
