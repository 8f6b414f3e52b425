import { z } from "zod";
import { cut } from "../../core/cut.ts";

/** Longest quote a skill hands on, in characters: enough to find the passage, little to leak. */
export const QUOTE_MAX = 300;

/** Where in the transcript a finding stands. `turn` counts from 0; `quote` is a substring of it. */
export const EvidenceSchema = z.object({
  turn: z.number().int().nonnegative(),
  quote: z.string().min(1).max(QUOTE_MAX),
});
export type Evidence = z.output<typeof EvidenceSchema>;

/**
 * The passage as spoken, cut at a word boundary so that it is still a substring of the turn.
 *
 * @example quoteOf("  I'll send it tonight ") // "I'll send it tonight"
 */
export function quoteOf(text: string): string {
  const trimmed = text.trim();
  if (trimmed.length <= QUOTE_MAX) return trimmed;
  const boundary = trimmed.slice(0, QUOTE_MAX).lastIndexOf(" ");
  return cut(trimmed, boundary > QUOTE_MAX / 2 ? boundary : QUOTE_MAX);
}

/**
 * The surest findings in the order they came: an output has its limit, and nobody works through hundreds.
 *
 * @example surest([{ confidence: 0.5 }, { confidence: 0.9 }], 1) // [{ confidence: 0.9 }]
 */
export function surest<Finding extends { readonly confidence: number }>(
  findings: readonly Finding[],
  max: number,
): readonly Finding[] {
  if (findings.length <= max) return findings;
  const kept = new Set([...findings].sort((a, b) => b.confidence - a.confidence).slice(0, max));
  return findings.filter((finding) => kept.has(finding));
}
