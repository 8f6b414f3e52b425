import type { FollowupDraft, Json, Proposal } from "../types.ts";

/** What a phase of a skill answered, before it is wrapped into an outcome. */
export interface PhaseResult {
  readonly engine: string;
  readonly output: Json;
  readonly followups: readonly FollowupDraft[];
  /** Set when the skill asks instead of acting. */
  readonly proposals?: readonly Proposal[];
}
