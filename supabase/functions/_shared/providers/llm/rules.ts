import { FatalError } from "../../orchestrator/core/errors.ts";
import type { LlmPort } from "../../ports/llm.ts";

/** No model is wired: skills run their rules engines and say so. */
export function createRulesLlm(): LlmPort {
  return {
    engine: "rules",
    generate: () =>
      Promise.reject(
        new FatalError("llm_not_configured", "No language model is configured in this project"),
      ),
  };
}
