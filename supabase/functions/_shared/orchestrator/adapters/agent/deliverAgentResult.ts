import { z } from "zod";
import { cut } from "../../core/cut.ts";
import { defineAdapter } from "../defineAdapter.ts";
import { clip, escapeMrkdwn, header, section } from "../slack/_blocks.ts";
import { deliverToMember, DeliveryOutput, recipientOf } from "../slack/_deliver.ts";

const Input = z.object({
  payload: z.object({
    /** `in_app` leaves Slack out. */
    delivery_channel: z.enum(["in_app", "slack"]).catch("in_app"),
  }),
  context: z.object({
    user: z.object({ id: z.string(), slack_user_id: z.string().nullable() }).nullish(),
  }),
  outputs: z.object({
    "run-specialist-agent": z.object({
      agent: z.string(),
      headline: z.string(),
      response_text: z.string(),
      items: z.array(z.object({ text: z.string() })),
    }),
  }),
});

/** Characters (source: the specification of agent-trigger). */
const MAX_NOTIFICATION = 2000;

/** `deliver-agent-result`: the specialist's brief to the member who asked, or whose event it was. */
export const deliverAgentResult = defineAdapter({
  skill: "deliver-agent-result",
  effectMode: "reconcile",
  cpuMs: 15,
  input: Input,
  output: DeliveryOutput,
  async run({ payload, context, outputs }, ctx) {
    ctx.signal.throwIfAborted();
    const result = outputs["run-specialist-agent"];
    const user = recipientOf(context.user);
    const title = `${result.agent.replaceAll("_", " ")}: ${result.headline}`;
    const output = await deliverToMember(ctx, {
      user: payload.delivery_channel === "slack" ? user : { id: user.id, slack_user_id: null },
      title,
      text: clip(escapeMrkdwn(title), 300),
      blocks: [
        header(title),
        ...result.items.length === 0 ? [] : [
          section(result.items.map(({ text }) => `• ${escapeMrkdwn(text)}`).join("\n")),
        ],
      ],
      message: cut(result.response_text, MAX_NOTIFICATION),
      type: "agent_result",
      effectKey: ctx.effectKey("result"),
    });
    return { output, engine: "code" };
  },
});
