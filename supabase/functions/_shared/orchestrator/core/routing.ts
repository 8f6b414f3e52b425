import type {
  DbEventRouteRow,
  DbSequenceDefinitionRow,
  DefinitionSource,
  FleetEvent,
  StartConfig,
  StartStatus,
  StepDefinition,
} from "../types.ts";
import { evaluateConditions } from "./conditions.ts";
import { FleetError } from "./errors.ts";

/** The built-in sequence of an event type: the fallback where rows are absent. */
export interface CodeSequence {
  readonly sequenceKey: string;
  readonly scope: "user" | "org";
  readonly steps: readonly StepDefinition[];
}

export interface RoutedSequence {
  readonly sequenceKey: string;
  readonly source: DefinitionSource;
  readonly version: number | null;
  readonly steps: readonly StepDefinition[];
}

export interface RoutingDecision {
  readonly status: Exclude<StartStatus, "duplicate"> | "no_route" | "invalid_definition";
  /** The winning route's first. */
  readonly sequences: readonly RoutedSequence[];
  readonly refused: readonly { readonly sequence_key: string; readonly status: string }[];
  readonly message?: string;
  /** What the event keeps as its reason; the status where it is left out. */
  readonly reason?: string;
  readonly resumeMs?: number;
}

export interface RoutingRules {
  codeSequenceOf(eventType: string): CodeSequence | null;
  /** Whether no switch, preference or budget closes the type: what a run asks must reach people whatever is off. */
  isUngated(eventType: string): boolean;
  /** Default of the organisation's switch for a type: null where an active route switches it on. */
  enabledByDefault(event: FleetEvent): boolean | null;
  /** Upkeep asks no model: it goes on where the budget is spent, or a mailbox would forget what came. */
  isUpkeep(event: FleetEvent): boolean;
  parseDefinition(steps: unknown): readonly StepDefinition[];
  isAvailable(step: StepDefinition): boolean;
}

/**
 * Decides what an event starts. Fallback means absence only: a missing table or no row at all for a key.
 * An inactive row refuses, a false condition leaves the event unrouted, an invalid definition refuses
 * it; none of these runs the code's sequence.
 */
export function planRouting(
  event: FleetEvent,
  config: StartConfig,
  rules: RoutingRules,
): RoutingDecision {
  const gate = rules.isUngated(event.type) ? null : closedGate(event, config, rules);
  if (gate !== null) return gate;
  const code = rules.codeSequenceOf(event.type);
  const rows = config.routes ?? [];
  if (rows.length === 0) {
    if (code === null) {
      return refusal(
        "no_route",
        `No route and no built-in sequence knows "${event.type}"; add a route for it`,
      );
    }
    return resolveAll(event, [{ key: code.sequenceKey, scope: code.scope, isFallback: true }], {
      config,
      rules,
    });
  }
  const active = rows.filter((row) => row.is_active);
  if (active.length === 0) {
    return refusal(
      "sequence_disabled",
      `Every route of "${event.type}" is switched off; set is_active on one`,
    );
  }
  const { holding, unreadable } = judgeConditions(active, event);
  if (holding.length === 0) {
    return {
      ...refusal("unrouted", `No route of "${event.type}" has a condition that holds`),
      ...(unreadable.length > 0 ? { message: unreadable[0].message } : {}),
      refused: unreadable.map(({ sequence_key, status }) => ({ sequence_key, status })),
    };
  }
  const [winner, ...shadowed] = holding.filter((row) => !row.fan_out);
  const chosen = [
    ...(winner === undefined ? [] : [winner]),
    ...holding.filter((row) => row.fan_out),
  ];
  const decision = resolveAll(
    event,
    chosen.map((row) => ({ key: row.sequence_key, scope: row.scope, isFallback: false })),
    { config, rules },
  );
  // A route that could have run and did not is named: none is silenced unnoticed.
  return {
    ...decision,
    refused: [
      ...decision.refused,
      ...shadowed.map((row) => ({ sequence_key: row.sequence_key, status: "shadowed" })),
      ...unreadable.map(({ sequence_key, status }) => ({ sequence_key, status })),
    ],
  };
}

/** Highest priority first; an organisation's row before the platform's, then by name: never by chance. */
export function byPrecedence(a: DbEventRouteRow, b: DbEventRouteRow): number {
  return b.priority - a.priority || Number(a.org_id === null) - Number(b.org_id === null) ||
    (a.sequence_key < b.sequence_key ? -1 : 1);
}

interface UnreadableRoute {
  readonly sequence_key: string;
  readonly status: "condition_error";
  readonly message: string;
}

/** Routes whose condition holds, in order of precedence; a condition that errors is false and named. */
function judgeConditions(
  rows: readonly DbEventRouteRow[],
  event: FleetEvent,
): {
  readonly holding: readonly DbEventRouteRow[];
  readonly unreadable: readonly UnreadableRoute[];
} {
  const { type, source, org_id, user_id, payload } = event;
  const scope = { event: { type, source, org_id, user_id, payload } };
  const holding: DbEventRouteRow[] = [];
  const unreadable: UnreadableRoute[] = [];
  for (const row of rows.toSorted(byPrecedence)) {
    const held = evaluateConditions(row.conditions, scope, payload);
    if (held === true) holding.push(row);
    else if (held !== false) {
      unreadable.push({
        sequence_key: row.sequence_key,
        status: "condition_error",
        message: `The condition of route "${type}" → "${row.sequence_key}" failed: ${held.error}`,
      });
    }
  }
  return { holding, unreadable };
}

interface Target {
  readonly key: string;
  readonly scope: "user" | "org";
  readonly isFallback: boolean;
}

function resolveAll(
  event: FleetEvent,
  targets: readonly Target[],
  options: { readonly config: StartConfig; readonly rules: RoutingRules },
): RoutingDecision {
  const sequences: RoutedSequence[] = [];
  const refused: { sequence_key: string; status: string }[] = [];
  let message: string | undefined;
  for (const target of targets) {
    const resolved = resolve(event, target, options);
    if ("sequence" in resolved) sequences.push(resolved.sequence);
    else {
      refused.push({ sequence_key: target.key, status: resolved.status });
      message ??= resolved.message;
    }
  }
  if (sequences.length > 0) return { status: "queued", sequences, refused };
  return {
    status: refused[0].status as RoutingDecision["status"],
    sequences: [],
    refused,
    message,
  };
}

function resolve(
  event: FleetEvent,
  target: Target,
  { config, rules }: { readonly config: StartConfig; readonly rules: RoutingRules },
): { readonly sequence: RoutedSequence } | { readonly status: string; readonly message: string } {
  if (target.scope === "user" && event.user_id === null) {
    return {
      status: "unrouted",
      message: `Sequence "${target.key}" needs a user and the event names none`,
    };
  }
  const found = chooseDefinition(event, target, { config, rules });
  if (found === "disabled") {
    return {
      status: "sequence_disabled",
      message: `Every version of sequence "${target.key}" is switched off`,
    };
  }
  if (found === null) {
    return { status: "invalid_definition", message: `No definition of sequence "${target.key}"` };
  }
  let steps: readonly StepDefinition[];
  try {
    steps = found.row === null ? found.steps : rules.parseDefinition(found.row.steps);
  } catch (error) {
    const reason = error instanceof FleetError ? error.message : "unreadable";
    return { status: "invalid_definition", message: `Sequence "${target.key}": ${reason}` };
  }
  if (!steps.some((step) => rules.isAvailable(step))) {
    return {
      status: "skipped",
      message: `No step of sequence "${target.key}" has an available skill`,
    };
  }
  const source: DefinitionSource = target.isFallback || found.row === null
    ? "fallback"
    : found.row.org_id === null
    ? "platform"
    : "org";
  return {
    sequence: { sequenceKey: target.key, source, version: found.row?.version ?? null, steps },
  };
}

/** Highest active version of the organisation, else of the platform, else the code's where no row is. */
function chooseDefinition(
  event: FleetEvent,
  target: Target,
  { config, rules }: { readonly config: StartConfig; readonly rules: RoutingRules },
):
  | { readonly row: DbSequenceDefinitionRow; readonly steps: null }
  | { readonly row: null; readonly steps: readonly StepDefinition[] }
  | "disabled"
  | null {
  const rows = config.definitions?.get(target.key) ?? [];
  const [row] = rows.filter((r) => r.is_active).sort((a, b) =>
    Number(a.org_id === null) - Number(b.org_id === null) || b.version - a.version
  );
  if (row !== undefined) return { row, steps: null };
  if (rows.length > 0) return "disabled";
  const code = rules.codeSequenceOf(event.type);
  return code?.sequenceKey === target.key ? { row: null, steps: code.steps } : null;
}

/** The gates in their order; each names the row that closed it and what opens it. */
function closedGate(
  event: FleetEvent,
  config: StartConfig,
  rules: RoutingRules,
): RoutingDecision | null {
  const { facts } = config;
  if (facts.org_enabled === false) {
    return refusal(
      "feature_disabled",
      `fleet_org_settings.is_enabled is false; open with: fleet org enable ${event.org_id}, or as docs/operations.md tells`,
    );
  }
  if (!(facts.sequence_enabled ?? rules.enabledByDefault(event) ?? true)) {
    return refusal(
      "sequence_disabled",
      `fleet_org_settings.enabled_sequences.${event.type} is off; open with: fleet org enable ${event.org_id} --sequence ${event.type}, or as docs/operations.md tells`,
    );
  }
  if (facts.preference === false) {
    return refusal(
      "user_opted_out",
      `fleet_user_preferences says no to ${event.type}; set is_enabled on that row`,
    );
  }
  // Set by the doors, and by what fetches for them; whoever starts a run on purpose does not say it.
  if (event.payload.internal_only === true && !facts.route_internal_meetings) {
    return {
      ...refusal(
        "unrouted",
        "Only members were in this meeting; set fleet_org_settings.route_internal_meetings to route such meetings",
      ),
      reason: "internal_meeting",
    };
  }
  if (facts.budget !== null && !rules.isUpkeep(event)) {
    const { period, cap_usd, spent_usd } = facts.budget;
    return {
      ...refusal(
        "budget_exceeded",
        `fleet_budgets: ${spent_usd} of ${cap_usd} dollars a ${period} are spent; raise cap_usd or wait for the next ${period}`,
      ),
      resumeMs: facts.budget.resume_ms,
    };
  }
  return null;
}

function refusal(status: RoutingDecision["status"], message: string): RoutingDecision {
  return { status, sequences: [], refused: [], message };
}
