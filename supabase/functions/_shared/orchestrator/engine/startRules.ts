import { canonicalSha256 } from "../core/canonical.ts";
import { parseDefinition } from "../core/definition.ts";
import { planRouting, type RoutingRules } from "../core/routing.ts";
import {
  EVENT_SEQUENCES,
  eventSequenceOf,
  isUpkeep,
  RAISED_BY_FOLLOWUPS,
} from "../eventSequences.ts";
import type { StepDefinition } from "../types.ts";
import type { ChosenSequence } from "./draftRun.ts";
import type { LoadedSkillCatalog } from "./skillCatalog.ts";
import type { StartRules } from "./startEvent.ts";

/** Parsed and hashed definitions by their text: rows repeat from start to start. */
const CACHE_SIZE = 256;

/** Routing over rows with the code's sequences behind them; definitions are parsed and hashed once. */
export function createStartRules(skills: LoadedSkillCatalog): StartRules {
  const parsed = new Map<string, readonly StepDefinition[]>();
  const hashes = new WeakMap<readonly StepDefinition[], string>();

  function parseOnce(steps: unknown): readonly StepDefinition[] {
    const text = JSON.stringify(steps);
    const known = parsed.get(text);
    if (known !== undefined) return known;
    const definition = parseDefinition(steps);
    if (parsed.size >= CACHE_SIZE) parsed.delete(parsed.keys().next().value!);
    parsed.set(text, definition);
    return definition;
  }

  const rules: RoutingRules = {
    codeSequenceOf: (type) => {
      const sequence = eventSequenceOf(type);
      return sequence === null ? null : {
        sequenceKey: sequence.sequenceKey,
        scope: sequence.scope,
        steps: parseOnce(sequence.steps),
      };
    },
    isUngated: (type) => eventSequenceOf(type)?.isUngated ?? false,
    enabledByDefault: (event) => {
      if (event.parent_job_id !== null && RAISED_BY_FOLLOWUPS.has(event.type)) return true;
      return eventSequenceOf(event.type)?.enabledByDefault ?? null;
    },
    isUpkeep: (event) => isUpkeep(event.type),
    parseDefinition: parseOnce,
    isAvailable: (step) => skills.isAvailable(step),
  };

  return {
    codeKeysOf: (
      type,
    ) => (Object.hasOwn(EVENT_SEQUENCES, type) ? [EVENT_SEQUENCES[type].sequenceKey] : []),
    decide: (event, config) => {
      const decision = planRouting(event, config, rules);
      const chosen: ChosenSequence[] = [];
      for (const sequence of decision.sequences) {
        let hash = hashes.get(sequence.steps);
        if (hash === undefined) {
          hash = canonicalSha256(sequence.steps);
          hashes.set(sequence.steps, hash);
        }
        chosen.push({ ...sequence, hash });
      }
      const { status, refused, message, reason, resumeMs } = decision;
      return { status, chosen, refused, message, reason, resumeMs };
    },
  };
}
