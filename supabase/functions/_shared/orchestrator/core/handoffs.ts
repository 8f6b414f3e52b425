import type { FleetEvent, Json, JsonObject } from "../types.ts";
import { evaluateConditions } from "./conditions.ts";
import { FleetError } from "./errors.ts";
import { isOverEventSize } from "./eventLimits.ts";
import { readPath, resolveMapping } from "./mapping.ts";

/** What hand-off rows and the code's own hand-offs share. */
export interface HandoffRoute {
  readonly key: string;
  readonly org_id: string | null;
  readonly source_step_skill: string;
  readonly target_event_type: string;
  /** Path below `output` to a list: one event per item. */
  readonly for_each: string | null;
  readonly context_mapping: unknown;
  readonly conditions: unknown;
  /** Path whose equal values make one event. */
  readonly dedupe: string | null;
  readonly delay_minutes: number;
  readonly is_active: boolean;
}

export interface PlannedHandoff {
  /** Unique within the parent run: hand-off key and ordinal. */
  readonly key: string;
  readonly type: string;
  readonly payload: JsonObject;
  readonly delay_minutes: number;
}

export interface HandoffPlan {
  readonly followups: readonly PlannedHandoff[];
  readonly warnings: readonly string[];
}

/** As many descendants as one root may have; each item costs a condition and perhaps an event. */
const MAX_ITEMS = 200;

const ENTITY_IDS = ["contact_id", "deal_id", "meeting_id", "company_id"] as const;

/** An organisation's row hides the platform's of the same key, also when it is switched off. */
export function effectiveHandoffs(routes: readonly HandoffRoute[]): readonly HandoffRoute[] {
  const overridden = new Set(routes.filter((r) => r.org_id !== null).map((r) => r.key));
  return routes.filter((r) => (r.org_id !== null || !overridden.has(r.key)) && r.is_active)
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

/**
 * Plans the events that a completing run hands on. Condition errors are warnings and count as false.
 * Entity ids that a mapping leaves out are carried over from the run; equal dedupe values of one
 * target make one event.
 */
export function planHandoffs(run: {
  readonly routes: readonly HandoffRoute[];
  readonly event: FleetEvent;
  readonly outputs: ReadonlyMap<string, { readonly skill: string; readonly output: Json }>;
  /** contact_id, deal_id, meeting_id … that the run is about. */
  readonly entities: JsonObject;
}): HandoffPlan {
  const followups: PlannedHandoff[] = [];
  const warnings: string[] = [];
  const seen = new Set<string>();
  const event = { ...run.event } as unknown as Record<string, unknown>;

  for (const route of effectiveHandoffs(run.routes)) {
    for (const [stepId, { skill, output }] of run.outputs) {
      if (skill !== route.source_step_skill) continue;
      const all = itemsOf(route, output, warnings);
      const items = all.slice(0, MAX_ITEMS);
      if (items.length < all.length) {
        warnings.push(
          `Hand-off ${route.key}: ${items.length} of ${all.length} items were looked at`,
        );
      }
      for (const [ordinal, item] of items.entries()) {
        const scope = { event, output, item };
        const held = evaluateConditions(
          route.conditions,
          scope,
          route.for_each === null ? output : item,
          { isPerItem: route.for_each !== null },
        );
        if (typeof held === "object") warnings.push(`Hand-off ${route.key}: ${held.error}`);
        if (held !== true) continue;
        try {
          const dedupe = route.dedupe === null ? undefined : readPath(route.dedupe, scope);
          const mark = `${route.target_event_type}|${
            dedupe === undefined ? `${stepId}:${route.key}:${ordinal}` : JSON.stringify(dedupe)
          }`;
          if (seen.has(mark)) continue;
          seen.add(mark);
          const payload = {
            ...carriedIds(run),
            ...resolveMapping((route.context_mapping ?? {}) as JsonObject, scope),
          };
          if (isOverEventSize(payload)) {
            warnings.push(`Hand-off ${route.key}: its payload is over 64 KiB`);
            continue;
          }
          followups.push({
            key: `${stepId}:${route.key}:${ordinal}`,
            type: route.target_event_type,
            payload,
            delay_minutes: route.delay_minutes,
          });
        } catch (error) {
          warnings.push(warningOf(route, error));
        }
      }
    }
  }
  return { followups, warnings };
}

function itemsOf(route: HandoffRoute, output: Json, warnings: string[]): readonly unknown[] {
  if (route.for_each === null) return [null];
  try {
    const list = readPath(route.for_each, { output });
    return Array.isArray(list) ? list : [];
  } catch (error) {
    // A row that cannot be read costs its own hand-off, never the run that completes.
    warnings.push(warningOf(route, error));
    return [];
  }
}

function warningOf(route: HandoffRoute, error: unknown): string {
  return `Hand-off ${route.key}: ${error instanceof FleetError ? error.message : "failed"}`;
}

function carriedIds(
  run: { readonly event: FleetEvent; readonly entities: JsonObject },
): JsonObject {
  const ids: Record<string, Json> = {};
  for (const name of ENTITY_IDS) {
    const id = run.entities[name] ?? run.event.payload[name];
    if (id !== undefined && id !== null) ids[name] = id;
  }
  return ids;
}
