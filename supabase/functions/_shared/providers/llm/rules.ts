import type { LlmPort } from "../../ports/llm.ts";

/** No model is wired: skills run their rules engines and say so. */
export function createRulesLlm(): LlmPort {
  return { ask: () => Promise.resolve(null), isModelSet: () => Promise.resolve(false) };
}
