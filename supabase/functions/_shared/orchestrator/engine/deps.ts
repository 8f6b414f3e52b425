import type { InvokerPort, SkillPorts } from "../../ports/mod.ts";
import type { SkillAdapter } from "../adapters/defineAdapter.ts";
import type { Store } from "../store/types.ts";
import type { Writer } from "../store/writer.ts";
import type {
  EffectMode,
  FleetEvent,
  Json,
  JsonObject,
  RunContext,
  StepDefinition,
} from "../types.ts";
import type { Isolate } from "./isolate.ts";

/** Everything the engine meets the world through. Built once per isolate by compose.ts. */
export interface EngineDeps {
  readonly store: Store;
  readonly writer: Writer;
  readonly ports: SkillPorts;
  readonly invoker: InvokerPort;
  readonly isolate: Isolate;
  readonly skills: SkillCatalog;
  readonly rules: EngineRules;
  readonly leaseMs: number;
  /** Scales every policy's waits: 1 is as written (FLEET_RETRY_BASE_MS / 1000). */
  readonly retryScale: number;
  /** Stops the process at a named point in crash tests; does nothing otherwise. */
  killpoint(name: string): void;
}

/** The pure rules of core and the context loader, behind narrow functions. */
export interface EngineRules {
  loadContext(
    event: FleetEvent,
    tiers: readonly string[],
  ): Promise<{ readonly context: RunContext; readonly warnings: readonly string[] }>;
  /** One part of tier 3, by what follows `tier3:`. */
  loadTier3(
    part: string,
    asked: { readonly orgId: string; readonly context: RunContext; readonly signal: AbortSignal },
  ): Promise<Json>;
  evaluateWhen(
    expression: string,
    scope: {
      readonly event: FleetEvent;
      readonly outputs: JsonObject;
      readonly context: RunContext;
    },
  ): boolean | { readonly error: string };
  resolveInput(
    mapping: JsonObject,
    scope: {
      readonly event: FleetEvent;
      readonly outputs: JsonObject;
      readonly context: RunContext;
    },
  ): JsonObject;
  /** Reads the hand-off rows now (they are not pinned) and plans the events they raise. */
  planHandoffs(run: {
    readonly jobId: string;
    readonly orgId: string;
    readonly sequenceKey: string;
    readonly event: FleetEvent;
    readonly outputs: ReadonlyMap<string, { readonly skill: string; readonly output: Json }>;
    readonly entities: JsonObject;
  }): Promise<{
    readonly followups: readonly {
      readonly key: string;
      readonly type: string;
      readonly payload: JsonObject;
      readonly delay_minutes: number;
    }[];
    readonly warnings: readonly string[];
  }>;
  /** RFC 8785 text of a value, hashed with sha256, hex. */
  hashContent(content: JsonObject): string;
}

/** How a skill is carried out. */
export type SkillImplementation =
  | { readonly kind: "adapter"; readonly adapter: SkillAdapter }
  | { readonly kind: "function"; readonly functionName: string };

export interface SkillCatalog {
  /** Reads the rows unless those of this configuration stamp are known; before any other question. */
  load(stamp: number): Promise<void>;
  /** Null when nothing active implements the step's skill. */
  implementationOf(step: StepDefinition): SkillImplementation | null;
  isAvailable(step: StepDefinition): boolean;
  effectModeOf(skill: string): EffectMode;
  cpuMsOf(skill: string): number;
  /** Whether what the step proposed can be proposed anew by what an approver says. */
  canRevise(step: StepDefinition): boolean;
  /** Whether the platform demands a person's approval for the skill, whatever the step says. */
  hasApprovalFloor(skill: string): boolean;
}
