import type { SkillAdapter } from "../adapters/defineAdapter.ts";
import type { DbSkillRow, EffectMode, StepDefinition } from "../types.ts";
import type { SkillCatalog, SkillImplementation } from "./deps.ts";

/** A function step costs this isolate a request and little else. */
const FUNCTION_CPU_MS = 10;

export interface LoadedSkillCatalog extends SkillCatalog {
  /** The built-in or custom adapter of a skill, whatever the rows say. */
  adapterOf(skill: string): SkillAdapter | null;
}

/**
 * What can carry out a skill: the code registry decides what exists, the rows of `fleet_skills` what is
 * switched on and which skills are edge functions. A skill without a row is on when code has it.
 */
export function createSkillCatalog(
  registry: Readonly<Record<string, SkillAdapter>>,
  readRows: () => Promise<readonly DbSkillRow[]>,
): LoadedSkillCatalog {
  let rows = new Map<string, DbSkillRow>();
  let loaded: { readonly stamp: number; readonly done: Promise<void> } | null = null;

  /** Requests for one stamp share a read; a failed one is tried again by the next. */
  function load(stamp: number): Promise<void> {
    if (loaded?.stamp === stamp) return loaded.done;
    const done = readRows().then((fresh) => {
      rows = new Map(fresh.map((row) => [row.skill, row]));
    });
    const mine = { stamp, done };
    loaded = mine;
    done.catch(() => {
      if (loaded === mine) loaded = null;
    });
    return done;
  }

  function adapterOf(skill: string): SkillAdapter | null {
    return Object.hasOwn(registry, skill) ? registry[skill] : null;
  }

  function find(skill: string): SkillImplementation | null {
    const row = rows.get(skill);
    if (row !== undefined && !row.is_active) return null;
    const adapter = adapterOf(skill);
    if (adapter !== null) return { kind: "adapter", adapter };
    return row?.kind === "function" && row.function_name !== null
      ? { kind: "function", functionName: row.function_name }
      : null;
  }

  return {
    load,
    adapterOf,
    isAvailable: (step: StepDefinition) => step.available && find(step.skill) !== null,
    implementationOf: (step) => find(step.skill),
    effectModeOf: (skill) =>
      adapterOf(skill)?.effectMode ?? (rows.get(skill)?.effect_mode as EffectMode | undefined) ??
        "keyed",
    cpuMsOf: (skill) => adapterOf(skill)?.cpuMs ?? FUNCTION_CPU_MS,
    canRevise: (step) => {
      const found = find(step.skill);
      return found !== null && (found.kind === "function" ||
        (found.adapter.kind === "two-phase" && found.adapter.revise !== undefined));
    },
    hasApprovalFloor: (skill) => rows.get(skill)?.approval_floor === "required",
  };
}
