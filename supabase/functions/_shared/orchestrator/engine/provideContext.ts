import { FleetError } from "../core/errors.ts";
import type { Json, RunContext, StepDefinition } from "../types.ts";
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

/**
 * The context as a team's function gets it: with the parts of tier 3 that its step asks for, each fetched when the
 * first such step runs and kept while this isolate drives the run. A part that cannot be had is null and a warning.
 */
export async function contextForFunction(
  run: ActiveRun,
  step: StepDefinition,
  options: {
    readonly deps: EngineDeps;
    readonly context: RunContext;
    readonly signal: AbortSignal;
    readonly warnings: string[];
  },
): Promise<RunContext> {
  const { deps, context, signal, warnings } = options;
  const parts = step.requires_context.flatMap((tier) =>
    tier.startsWith("tier3:") ? [tier.slice("tier3:".length)] : []
  );
  if (parts.length === 0) return context;
  const tier3: Record<string, Json> = {};
  for (const part of parts) {
    if (!run.tier3.has(part)) {
      run.tier3.set(part, deps.rules.loadTier3(part, { orgId: run.orgId, context, signal }));
    }
    try {
      tier3[part] = await run.tier3.get(part)!;
    } catch (error) {
      // The step's own end is not the part's fault: the next step that asks tries again.
      run.tier3.delete(part);
      signal.throwIfAborted();
      const code = error instanceof FleetError ? error.code : "failed";
      warnings.push(`Context: tier3:${part} could not be read (${code})`);
      tier3[part] = null;
    }
  }
  return { ...context, tier3 };
}
