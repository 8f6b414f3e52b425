import { z } from "zod";
import type { Vendor } from "../http/vendor.ts";
import type { Model } from "./model.ts";

/** Version of the API that these shapes are of. */
export const ANTHROPIC_VERSION = "2023-06-01";

const Answer = z.object({
  content: z.array(z.object({ type: z.string(), input: z.unknown().optional() })),
  stop_reason: z.string().nullish(),
  usage: z.object({
    input_tokens: z.number().int().nonnegative(),
    output_tokens: z.number().int().nonnegative(),
    cache_creation_input_tokens: z.number().int().nonnegative().nullish(),
    cache_read_input_tokens: z.number().int().nonnegative().nullish(),
  }),
});

/** Anthropic's Messages API: the answer is the input of the one tool that the model must call. */
export function createAnthropic(anthropic: Vendor): Model {
  return async (request, asker) => {
    const session = await anthropic.open(asker);
    if (session === null) return null;
    const { content, stop_reason, usage } = await session.read(Answer, {
      method: "POST",
      path: "/v1/messages",
      headers: { "anthropic-version": ANTHROPIC_VERSION },
      body: {
        model: request.model,
        max_tokens: request.maxOutputTokens,
        system: request.system,
        messages: [{ role: "user", content: request.material }],
        tools: [{ name: "answer", description: "Gives the answer", input_schema: request.schema }],
        tool_choice: { type: "tool", name: "answer" },
      },
    });
    const used = {
      // Cached tokens are counted at the full price: a bound, never less than was charged.
      inputTokens: usage.input_tokens + (usage.cache_creation_input_tokens ?? 0) +
        (usage.cache_read_input_tokens ?? 0),
      outputTokens: usage.output_tokens,
    };
    if (stop_reason === "refusal") return { kind: "refused", usage: used };
    if (stop_reason === "max_tokens") {
      return { kind: "unreadable", why: "it was cut off", usage: used };
    }
    const call = content.find(({ type }) => type === "tool_use");
    return call === undefined
      ? { kind: "unreadable", why: "it holds no answer", usage: used }
      : { kind: "answered", value: call.input, usage: used };
  };
}
