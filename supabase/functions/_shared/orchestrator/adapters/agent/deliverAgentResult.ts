import { z } from "zod";
import { clip, cut } from "../../core/cut.ts";
import { defineAdapter } from "../defineAdapter.ts";
import { escapeMrkdwn, header, section } from "../slack/_blocks.ts";
import { deliverToMember, DeliveryOutput, nothingToTell, recipientOf } from "../slack/_deliver.ts";

const Input = z.object({
  payload: z.object({
    /** `in_app` leaves Slack out. */
    delivery_channel: z.enum(["in_app", "slack"]).catch("in_app"),
    /** `suggest` keeps the result for whoever looks: a line in the feed, no message. */
    permission_mode: z.enum(["suggest", "approve", "auto"]).catch("auto"),
  }),
  /** What somebody approved, as they left it; empty where nobody was asked. */
  params: z.object({
    headline: z.string().max(1000),
    response_text: z.string().max(20_000),
  }).partial(),
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

type Result = z.output<typeof Input>["outputs"]["run-specialist-agent"];

/** The approved words stand in for the specialist's own; their lines are read back from the text. */
function toSay(result: Result, approved: z.output<typeof Input>["params"]) {
  const { agent } = result;
  if (approved.response_text === undefined) {
    return { ...result, items: result.items.map(({ text }) => text) };
  }
  const { headline = result.headline, response_text } = approved;
  const items = response_text.split("\n").filter((line) => line.startsWith("- "))
    .map((line) => line.slice(2));
  return { agent, headline, response_text, items };
}

/** `deliver-agent-result`: the specialist's brief to the member who asked, or whose event it was. */
export const deliverAgentResult = defineAdapter({
  skill: "deliver-agent-result",
  effectMode: "reconcile",
  cpuMs: 15,
  input: Input,
  output: DeliveryOutput,
  async run({ payload, params, context, outputs }, ctx) {
    ctx.signal.throwIfAborted();
    const result = toSay(outputs["run-specialist-agent"], params);
    const user = recipientOf(context.user);
    const title = `${result.agent.replaceAll("_", " ")}: ${result.headline}`;
    if (payload.permission_mode === "suggest") {
      await ctx.ports.feed.post({
        orgId: ctx.orgId,
        userId: user.id,
        jobId: ctx.jobId,
        eventType: ctx.event.type,
        title: clip(title, 200),
        summary: cut(result.response_text, MAX_NOTIFICATION),
        effectKey: `${ctx.effectKey("result")}:feed`,
      });
      return { output: nothingToTell("kept for review in the feed"), engine: "code" };
    }
    const output = await deliverToMember(ctx, {
      user: payload.delivery_channel === "slack" ? user : { id: user.id, slack_user_id: null },
      title,
      text: clip(escapeMrkdwn(title), 300),
      blocks: [
        header(title),
        ...result.items.length === 0 ? [] : [
          section(result.items.map((text) => `• ${escapeMrkdwn(text)}`).join("\n")),
        ],
      ],
      message: cut(result.response_text, MAX_NOTIFICATION),
      type: "agent_result",
      effectKey: ctx.effectKey("result"),
    });
    return { output, engine: "code" };
  },
});
