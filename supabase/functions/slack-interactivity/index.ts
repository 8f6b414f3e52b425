import { composeApprovalDoor } from "../_shared/approvals/compose.ts";
import { readDoor } from "../_shared/http/door.ts";
import { defineFunction } from "../_shared/http/handler.ts";
import { createRoutes } from "./routes.ts";

const env = Deno.env.toObject();

Deno.serve(defineFunction({
  ...readDoor(env),
  name: "slack-interactivity",
  routes: createRoutes({
    ...composeApprovalDoor(env),
    signingSecret: env.SLACK_SIGNING_SECRET || null,
  }),
}));
