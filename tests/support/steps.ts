import type { StepDefinition } from "../../supabase/functions/_shared/orchestrator/types.ts";

/** A step definition with the contract's defaults; `depends_on` and everything else may be overridden. */
export function step(id: string, overrides: Partial<StepDefinition> = {}): StepDefinition {
  return {
    id,
    skill: id,
    requires_context: [],
    requires_approval: false,
    criticality: "critical",
    available: true,
    depends_on: [],
    when: null,
    timeout_ms: 30_000,
    retry: { max_retries: 2, base_ms: 1000, factor: 2, max_ms: 4000, jitter: "none" },
    approval: { expires_minutes: 2880, on_expire: "reject", assignee: null },
    input: null,
    ...overrides,
  };
}
