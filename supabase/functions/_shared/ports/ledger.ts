/** One call of a model, at the most it may use. */
export interface ModelCall {
  readonly id: string;
  readonly org_id: string;
  readonly user_id: string | null;
  readonly job_id: string;
  readonly step_id: string;
  readonly attempt: number;
  readonly provider: string;
  readonly model: string;
  readonly input_tokens: number;
  readonly output_tokens: number;
}

export type Reservation =
  | { readonly reserved: true }
  | { readonly reserved: false; readonly reason: "unpriced" }
  | { readonly reserved: false; readonly reason: "budget_exceeded"; readonly resume_ms: number };

/** Rows of `fleet_costs` that models write; implemented by orchestrator/store/ledger.ts. */
export interface LedgerStore {
  readSettings(
    orgId: string,
  ): Promise<{ readonly llm: string | null; readonly policy: "allow" | "degrade" | "none" }>;
  reserve(call: ModelCall): Promise<Reservation>;
  /** `refused`: the vendor certainly did nothing; `lost`: nobody knows, the reservation stands as an estimate. */
  settle(
    id: string,
    outcome: "answered" | "refused" | "lost",
    usage: { readonly inputTokens: number; readonly outputTokens: number } | null,
  ): Promise<{
    readonly cost_usd: number | null;
    readonly input_tokens?: number;
    readonly output_tokens?: number;
  }>;
}
