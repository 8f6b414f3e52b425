import { z } from "zod";
import type { Vendor } from "../http/vendor.ts";
import { type Model, parseAnswer } from "./model.ts";

const Answer = z.object({
  choices: z.array(z.object({
    finish_reason: z.string().nullish(),
    message: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }),
  })).min(1),
  usage: z.object({
    prompt_tokens: z.number().int().nonnegative(),
    completion_tokens: z.number().int().nonnegative(),
  }),
});

/** OpenAI's Chat Completions with a strict JSON schema. */
export function createOpenAi(openai: Vendor): Model {
  return async (request, asker) => {
    const session = await openai.open(asker);
    if (session === null) return null;
    const { choices: [choice], usage } = await session.read(Answer, {
      method: "POST",
      path: "/v1/chat/completions",
      body: {
        model: request.model,
        max_completion_tokens: request.maxOutputTokens,
        messages: [
          { role: "system", content: request.system },
          { role: "user", content: request.material },
        ],
        response_format: {
          type: "json_schema",
          json_schema: { name: "answer", strict: true, schema: request.schema },
        },
      },
    });
    const used = { inputTokens: usage.prompt_tokens, outputTokens: usage.completion_tokens };
    if (choice.message.refusal || choice.finish_reason === "content_filter") {
      return { kind: "refused", usage: used };
    }
    if (choice.finish_reason === "length") {
      return { kind: "unreadable", why: "it was cut off", usage: used };
    }
    const parsed = parseAnswer(choice.message.content ?? "");
    return parsed === null
      ? { kind: "unreadable", why: "it is no JSON", usage: used }
      : { kind: "answered", value: parsed.value, usage: used };
  };
}
