import type { SkillAdapter } from "../orchestrator/adapters/defineAdapter.ts";

/**
 * A team's own skills, by name: they join the built-in ones and replace those of the same name. No
 * release of the orchestrator touches this folder. Add a row to `fleet_skills` for each.
 *
 * @example export const CUSTOM_ADAPTERS = { "score-lead": scoreLead };
 */
export const CUSTOM_ADAPTERS: Readonly<Record<string, SkillAdapter>> = {};
