import type { StepDefinition } from "../types.ts";
import { ValidationError } from "./errors.ts";

/**
 * Groups steps as a timeline draws them: a step stands one wave after the last of its dependencies.
 * Nothing waits for a wave; a step starts when its own dependencies ended.
 *
 * @throws ValidationError `invalid_definition` with the cycle, e.g. `a → b → a`
 * @example planWaves([a, b after a, c after a]) // [["a"], ["b", "c"]]
 */
export function planWaves(
  steps: readonly Pick<StepDefinition, "id" | "depends_on">[],
): readonly (readonly string[])[] {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const level = new Map<string, number>();
  function levelOf(id: string, path: readonly string[]): number {
    if (path.includes(id)) {
      const cycle = [...path.slice(path.indexOf(id)), id].join(" → ");
      throw new ValidationError("invalid_definition", `The steps depend on each other: ${cycle}`);
    }
    const known = level.get(id);
    if (known !== undefined) return known;
    const deps = byId.get(id)?.depends_on ?? [];
    const found = deps.length === 0
      ? 0
      : 1 + Math.max(...deps.map((dep) => levelOf(dep, [...path, id])));
    level.set(id, found);
    return found;
  }
  const waves: string[][] = [];
  for (const step of steps) (waves[levelOf(step.id, [])] ??= []).push(step.id);
  return waves;
}
