import { canonicalSha256 } from "../../orchestrator/core/canonical.ts";
import { FatalError } from "../../orchestrator/core/errors.ts";
import { type Model, type ModelRequest, parseAnswer } from "./model.ts";

/** Name of the file that holds the answer to a question: the same words give the same name. */
export function recordedName(request: ModelRequest): string {
  const { system, material, schema } = request;
  return `${canonicalSha256({ system, material, schema } as never)}.json`;
}

/**
 * `FLEET_LLM=recorded:DIR`: answers from `DIR/<sha256>.json`, the JSON a model gave. A question without a file
 * fails and names it; nothing is sent and nothing costs.
 */
export function createRecorded(directory: string): Model {
  return async (request) => {
    const name = recordedName(request);
    let text: string;
    try {
      text = await Deno.readTextFile(`${directory}/${name}`);
    } catch (cause) {
      throw new FatalError("llm_not_recorded", `No answer is recorded as ${name}`, { cause });
    }
    const parsed = parseAnswer(text);
    const usage = { inputTokens: 0, outputTokens: 0 };
    return parsed === null
      ? { kind: "unreadable", why: "the recorded answer is no JSON", usage }
      : { kind: "answered", value: parsed.value, usage };
  };
}
