import type { RunContext, StepDefinition } from "../types.ts";
import type { ActiveRun } from "./activeRun.ts";
import type { EngineDeps } from "./deps.ts";

/** Whether a step's code or condition reads the context tiers. */
export function needsContext(step: StepDefinition): boolean {
  return step.requires_context.length > 0 || (step.when?.includes("context") ?? false) ||
    (step.input !== null && JSON.stringify(step.input).includes("context"));
}

/** Reads the tiers once per drive, on first use, for all steps of the run. */
export async function provideContext(
  run: ActiveRun,
  deps: EngineDeps,
  warnings: string[],
): Promise<RunContext> {
  if (run.context === null) {
    const tiers = [...new Set(run.state.definition.flatMap((step) => step.requires_context))];
    run.context = deps.rules.loadContext(run.event, tiers).then((loaded) => {
      warnings.push(...loaded.warnings);
      run.contextNow = loaded.context;
      return loaded.context;
    });
  }
  return await run.context;
}
