import { type Seen, serveVendor, type VendorServer } from "./server.ts";

export interface ModelServer extends VendorServer {
  /** What the next calls answer; the last one stays. */
  answers: ModelAnswer[];
}

/** The answer's value, or a way to go wrong in an answer that is well-formed. */
export type ModelAnswer = { readonly value: unknown } | "refusal" | "cut" | "no-json";

const USAGE = { in: 1200, out: 300 };

/** Anthropic's Messages API with a forced tool (platform.claude.com, "Messages"). */
export function serveAnthropic(keys: readonly string[]): ModelServer {
  const server: ModelServer = Object.assign(serveVendor(work), { answers: [] });
  return server;

  function work(seen: Seen): Response {
    const error = (status: number, type: string) =>
      Response.json({ type: "error", error: { type, message: "…" } }, { status });
    if (!keys.includes(seen.token)) return error(401, "authentication_error");
    if (seen.headers.get("anthropic-version") !== "2023-06-01" || seen.path !== "/v1/messages") {
      return error(404, "not_found_error");
    }
    const { model, max_tokens, messages, tools, tool_choice } = seen.body;
    const isOurs = model && max_tokens > 0 && messages?.[0]?.role === "user" &&
      tools?.[0]?.input_schema?.type === "object" && tool_choice?.name === tools[0].name;
    if (!isOurs) return error(400, "invalid_request_error");
    const answer = next(server.answers);
    const tool = (input: unknown) => [{ type: "tool_use", id: "t1", name: "answer", input }];
    const parts = answer === "refusal"
      ? { content: [], stop_reason: "refusal" }
      : answer === "cut"
      ? { content: tool({}), stop_reason: "max_tokens" }
      : answer === "no-json"
      ? { content: [{ type: "text", text: "Sure!" }], stop_reason: "end_turn" }
      : { content: tool(answer.value), stop_reason: "tool_use" };
    return Response.json({
      id: "msg_1",
      type: "message",
      model,
      ...parts,
      usage: { input_tokens: USAGE.in, output_tokens: USAGE.out },
    });
  }
}

/** OpenAI's Chat Completions with a strict JSON schema (developers.openai.com, "Structured outputs"). */
export function serveOpenAi(keys: readonly string[]): ModelServer {
  const server: ModelServer = Object.assign(serveVendor(work), { answers: [] });
  return server;

  function work(seen: Seen): Response {
    const error = (status: number, code: string) =>
      Response.json({ error: { code, message: "…" } }, { status });
    if (!keys.includes(seen.token)) return error(401, "invalid_api_key");
    if (seen.path !== "/v1/chat/completions") return error(404, "unknown_url");
    const { model, messages, response_format: format } = seen.body;
    if (!model || messages?.length !== 2 || !isStrict(format?.json_schema?.schema)) {
      return error(400, "invalid_request");
    }
    const answer = next(server.answers);
    const message = answer === "refusal"
      ? { content: null, refusal: "I cannot" }
      : answer === "no-json"
      ? { content: "Sure!" }
      : answer === "cut"
      ? { content: "{" }
      : { content: JSON.stringify(answer.value) };
    return Response.json({
      choices: [{ finish_reason: answer === "cut" ? "length" : "stop", message }],
      usage: { prompt_tokens: USAGE.in, completion_tokens: USAGE.out },
    });
  }
}

/** Strict mode wants every property required and none besides, at every depth. */
// deno-lint-ignore no-explicit-any -- a JSON schema
function isStrict(schema: any): boolean {
  if (schema === null || typeof schema !== "object") return schema !== undefined;
  if (schema.type === "object") {
    const names = Object.keys(schema.properties ?? {});
    if (schema.additionalProperties !== false) return false;
    if (names.some((name) => !schema.required?.includes(name))) return false;
  }
  return Object.values(schema.properties ?? {}).every(isStrict) &&
    (schema.items === undefined || isStrict(schema.items));
}

function next(answers: ModelAnswer[]): ModelAnswer {
  const [answer = { value: {} }] = answers;
  if (answers.length > 1) answers.shift();
  return answer;
}
