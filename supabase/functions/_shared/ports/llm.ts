/**
 * Language models. In this release only the seam exists: the `rules` engines run and no provider is
 * wired, so `generate` refuses with `llm_not_configured`.
 */
export interface LlmPort {
  /** Engine label that a step records: `rules`, or `<provider>:<model>`. */
  readonly engine: string;
  /** @throws FatalError `llm_not_configured` */
  generate(request: LlmRequest): Promise<LlmResponse>;
}

export interface LlmRequest {
  readonly prompt: string;
  readonly system?: string;
  readonly maxOutputTokens: number;
  readonly signal: AbortSignal;
}

export interface LlmResponse {
  readonly text: string;
  readonly model: string;
  readonly provider: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
}
