import type { z } from "zod";
import { ValidationError } from "../core/errors.ts";
import type { FollowupDraft, Json, Proposal } from "../types.ts";

/** What a phase of a skill answered, before it is wrapped into an outcome. */
export interface PhaseResult {
  readonly engine: string;
  readonly output: Json;
  readonly followups: readonly FollowupDraft[];
  /** Set when the skill asks instead of acting. */
  readonly proposals?: readonly ProposedContent[];
}

/** A proposal, and which earlier one it takes the place of. */
export interface ProposedContent extends Proposal {
  readonly revises?: string;
  readonly round?: number;
}

/** What a skill was given or answered breaks a schema; the paths are named, the values are not. */
export function invalid(code: string, skill: string, error: z.ZodError): ValidationError {
  const first = error.issues[0];
  return new ValidationError(
    code,
    `Skill "${skill}": ${first.path.join(".") || "value"}: ${first.message}`,
    {
      details: error.issues.map((issue) => ({
        path: issue.path.join("."),
        message: issue.message,
      })),
    },
  );
}
