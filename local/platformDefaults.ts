/**
 * Writes the data migration of the platform's defaults from the code's fallback, so that both say the
 * same: `deno run -A local/platformDefaults.ts > supabase/migrations/<new version>_core_seed_….sql`.
 * An applied migration never changes; a new release adds one. Whether rows and code agree is judged by
 * tests/integration/parity.test.ts over rows read back from a database, not by this script.
 */
import { EVENT_SEQUENCES } from "../supabase/functions/_shared/orchestrator/eventSequences.ts";
import { HANDOFF_ROUTES } from "../supabase/functions/_shared/orchestrator/handoffRoutes.ts";
import {
  INTENT_ACTIONS,
  type IntentAction,
} from "../supabase/functions/_shared/orchestrator/intentActionRegistry.ts";
import { BUILT_SKILLS } from "../supabase/functions/_shared/orchestrator/skillCatalogue.ts";

const text = (
  value: string | null,
) => (value === null ? "null" : `'${value.replaceAll("'", "''")}'`);
const json = (value: unknown) => `${text(JSON.stringify(value))}::jsonb`;

const skills = Object.entries(BUILT_SKILLS).map(([skill, s]) =>
  `  ('${skill}', '${s.effectMode}', '${s.approvalFloor}', ${s.hasExternalEffect}, true)`
);
const routes = Object.entries(EVENT_SEQUENCES).map(([type, s]) =>
  `  ('${type}', '${s.sequenceKey}', '${s.scope}')`
);
const definitions = Object.values(EVENT_SEQUENCES).map((s) =>
  `  ('${s.sequenceKey}', 1, ${json(s.steps)})`
);
const handoffs = HANDOFF_ROUTES.map((h) =>
  `  (${
    [
      text(h.key),
      text(h.source_sequence_key),
      text(h.source_step_skill),
      text(h.target_event_type),
      text(h.for_each),
      json(h.context_mapping),
      json(h.conditions),
      text(h.dedupe),
      h.delay_minutes,
      h.is_active,
    ].join(", ")
  })`
);

const intents = Object.entries<IntentAction>(INTENT_ACTIONS).map(([intent, a]) =>
  `  (${
    [
      text(intent),
      text(a.task_type),
      text(a.deliverable_type),
      text(a.slack_action),
      a.auto_generate,
      a.fallback_expiry_hours,
      a.confidence_threshold,
      text(a.signal_type),
      text(a.orchestrator_event),
      text(a.linked_skill),
      json(a.crm_updates),
    ].join(", ")
  })`
);

console.log(
  `-- Purpose: the platform's defaults: skills, routes, definitions, hand-offs and intent actions.
-- Data:    idempotent; equals eventSequences.ts, handoffRoutes.ts, intentActionRegistry.ts and skillCatalogue.ts of its release
--          (written by local/platformDefaults.ts, compared by tests/integration/parity.test.ts).
-- Risk:    none; rows of organisations are not touched.

insert into public.fleet_skills (skill, effect_mode, approval_floor, has_external_effect, is_active) values
${skills.join(",\n")}
on conflict (skill) do nothing;

insert into public.fleet_event_routes (event_type, sequence_key, scope) values
${routes.join(",\n")}
on conflict do nothing;

insert into public.fleet_sequence_definitions (sequence_key, version, steps) values
${definitions.join(",\n")}
on conflict do nothing;

insert into public.fleet_handoff_routes (
  key, source_sequence_key, source_step_skill, target_event_type, for_each, context_mapping, conditions, dedupe,
  delay_minutes, is_active) values
${handoffs.join(",\n")}
on conflict do nothing;

insert into public.fleet_intent_actions (
  intent, task_type, deliverable_type, slack_action, auto_generate, fallback_expiry_hours, confidence_threshold,
  signal_type, orchestrator_event, linked_skill, crm_updates) values
${intents.join(",\n")}
on conflict do nothing;`,
);
