import { z } from "zod";
import {
  FatalError,
  FleetError,
  InvariantError,
  RetryableError,
} from "../../orchestrator/core/errors.ts";
import { cleanModelValue } from "../../orchestrator/core/modelText.ts";
import type { ClockPort } from "../../ports/clock.ts";
import type { IdsPort } from "../../ports/ids.ts";
import type { LedgerStore } from "../../ports/ledger.ts";
import type { LlmAnswer, LlmAsker, LlmPort, LlmQuestion } from "../../ports/llm.ts";
import { createRecorded } from "./recorded.ts";
import type { Model, ModelAnswer, ModelRequest } from "./model.ts";

/** An engine's setting: `rules`, `anthropic:<model>`, `openai:<model>`, `recorded:<directory>`. */
export type Engine =
  | { readonly kind: "rules" }
  | { readonly kind: "recorded"; readonly directory: string }
  | { readonly kind: "model"; readonly provider: "anthropic" | "openai"; readonly model: string };

const SETTING = /^(?:rules|(anthropic|openai):([A-Za-z0-9._-]{1,100})|recorded:(.+))$/;
/** An organisation's engine is read again after this long. */
const SETTINGS_FRESH_MS = 10_000;
/** Fewer characters to a token than any language we know has; a reservation must not be too low. */
const CHARS_PER_TOKEN = 2.5;
const OVERHEAD_TOKENS = 500;

/** @throws InvariantError `invalid_settings` */
export function readEngine(setting: string): Engine {
  const found = SETTING.exec(setting);
  if (found === null) {
    throw new InvariantError(
      "invalid_settings",
      "An engine is rules, anthropic:<model>, openai:<model> or recorded:<directory>",
    );
  }
  const [, provider, model, directory] = found;
  if (directory !== undefined) return { kind: "recorded", directory };
  if (provider === undefined) return { kind: "rules" };
  return { kind: "model", provider: provider as "anthropic" | "openai", model };
}

/** Engine precedence, caps and the ledger around the vendors' models. */
export function createLlm(deps: {
  /** `FLEET_LLM`. */
  readonly engine: Engine;
  readonly models: Readonly<Record<"anthropic" | "openai", Model>>;
  readonly ledger: LedgerStore;
  readonly clock: Pick<ClockPort, "now">;
  readonly ids: Pick<IdsPort, "uuid">;
}): LlmPort {
  const { ledger, clock } = deps;
  type Settings = Awaited<ReturnType<LedgerStore["readSettings"]>>;
  const known = new Map<string, { readonly until: number; readonly settings: Promise<Settings> }>();

  function settingsOf(orgId: string): Promise<Settings> {
    const kept = known.get(orgId);
    if (kept !== undefined && kept.until > clock.now()) return kept.settings;
    if (known.size > 1000) known.clear();
    const settings = ledger.readSettings(orgId);
    known.set(orgId, { until: clock.now() + SETTINGS_FRESH_MS, settings });
    // A failed read is not kept.
    settings.catch(() => known.delete(orgId));
    return settings;
  }

  async function askModel<T extends z.ZodType>(
    question: LlmQuestion<T>,
    asker: LlmAsker,
    engine: Exclude<Engine, { kind: "rules" }>,
  ): Promise<LlmAnswer<z.output<T>>> {
    const request: ModelRequest = {
      model: engine.kind === "model" ? engine.model : "recorded",
      system: question.prompt.system,
      material: question.material,
      schema: toJsonSchema(question.answer),
      maxOutputTokens: question.maxOutputTokens,
    };
    const answer = engine.kind === "recorded"
      ? (await createRecorded(engine.directory)(request, asker))!
      : await askVendor(request, { engine, asker });
    if (answer.kind === "refused") {
      throw new FatalError("model_refused", "The model refused to answer");
    }
    if (answer.kind === "unreadable") throw badAnswer(answer.why);
    const parsed = question.answer.safeParse(clean(answer.value, question.material));
    if (!parsed.success) {
      const where = parsed.error.issues.slice(0, 3).map(({ path }) => path.join(".")).join(", ");
      throw badAnswer(`it breaks the schema at ${where || "its root"}`);
    }
    return {
      value: parsed.data,
      engine: engine.kind === "model"
        ? `${engine.provider}:${engine.model}`
        : `recorded:${question.prompt.id}@${question.prompt.version}`,
    };
  }

  /** Reserves, asks, settles: each call has one row in `fleet_costs`, whatever becomes of it. */
  async function askVendor(
    request: ModelRequest,
    { engine, asker }: {
      readonly engine: Extract<Engine, { kind: "model" }>;
      readonly asker: LlmAsker;
    },
  ): Promise<ModelAnswer> {
    const id = deps.ids.uuid();
    await reserve(id, request, { engine, asker });
    let answer: ModelAnswer | null = null;
    let failure: unknown = null;
    try {
      answer = await deps.models[engine.provider](request, asker);
    } catch (error) {
      failure = error;
    }
    const outcome = answer !== null ? "answered" : costsNothing(failure) ? "refused" : "lost";
    const settled = await ledger.settle(id, outcome, answer?.usage ?? null);
    if (outcome !== "refused") {
      asker.recordCost({
        provider: engine.provider,
        model: engine.model,
        input_tokens: settled.input_tokens ?? 0,
        output_tokens: settled.output_tokens ?? 0,
        cost_usd: settled.cost_usd,
        is_in_ledger: true,
      });
    }
    if (failure !== null) throw failure;
    if (answer === null) {
      throw new FatalError(
        "llm_not_configured",
        `No key for ${engine.provider}: connect one, or set ${engine.provider.toUpperCase()}_API_KEY`,
      );
    }
    return answer;
  }

  async function reserve(
    id: string,
    request: ModelRequest,
    { engine, asker }: {
      readonly engine: Extract<Engine, { kind: "model" }>;
      readonly asker: LlmAsker;
    },
  ): Promise<void> {
    const chars = request.system.length + request.material.length +
      JSON.stringify(request.schema).length;
    const reservation = await ledger.reserve({
      id,
      org_id: asker.orgId,
      user_id: asker.userId,
      job_id: asker.jobId,
      step_id: asker.stepId,
      attempt: asker.attempt,
      provider: engine.provider,
      model: engine.model,
      input_tokens: Math.ceil(chars / CHARS_PER_TOKEN) + OVERHEAD_TOKENS,
      output_tokens: request.maxOutputTokens,
    });
    if (reservation.reserved) return;
    if (reservation.reason === "unpriced") {
      throw new FatalError(
        "model_unpriced",
        `A budget is set, and fleet_model_prices knows no price of ${engine.provider}:${engine.model}`,
      );
    }
    throw new RetryableError(
      "budget_exceeded",
      "The organisation's budget does not cover this call; raise fleet_budgets.cap_usd or wait for the next period",
      { retryAfterMs: reservation.resume_ms },
    );
  }

  /** Null where the rules read: no model is set, or the organisation's text may reach none. */
  async function engineFor(asker: LlmAsker) {
    const settings = await settingsOf(asker.orgId);
    asker.signal.throwIfAborted();
    const setting = asker.engine ?? settings.llm;
    const engine = setting === null ? deps.engine : readEngine(setting);
    return settings.policy === "none" || engine.kind === "rules" ? null : { engine, settings };
  }

  return {
    isModelSet: async (asker) => await engineFor(asker) !== null,

    async ask(question, asker) {
      const chosen = await engineFor(asker);
      if (chosen === null) return null;
      const { engine, settings } = chosen;
      try {
        return await askModel(question, asker, engine);
      } catch (error) {
        const mayDegrade = question.mayDegrade && settings.policy === "degrade" &&
          error instanceof FleetError && !asker.signal.aborted;
        if (!mayDegrade) throw error;
        asker.warn(`The model failed (${error.code}): the rules engine read instead`);
        return null;
      }
    },
  };
}

/** The vendor turned the call away before it did anything. */
function costsNothing(error: unknown): boolean {
  if (error === null) return true;
  return error instanceof FleetError && (
    error.code === "llm_rate_limited" || error.code === "llm_refused" ||
    error.code === "reconnect_required" || error.code === "credential_refused" ||
    error.code === "connection_unavailable"
  );
}

/** What strangers wrote may have told the model what to write. */
function clean(value: unknown, material: string): unknown {
  try {
    return cleanModelValue(value, material);
  } catch (error) {
    throw badAnswer((error as Error).message);
  }
}

function badAnswer(why: string): RetryableError {
  return new RetryableError("llm_bad_answer", `The model's answer cannot be used: ${why}`);
}

/** As both vendors take it: every property required, none besides. */
function toJsonSchema(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: "output" });
  return json;
}
