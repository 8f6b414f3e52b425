import { z } from "zod";
import {
  defineAdapter,
  defineTwoPhaseAdapter,
  type SkillAdapter,
  type SkillRun,
} from "../../supabase/functions/_shared/orchestrator/adapters/defineAdapter.ts";
import type {
  EffectMode,
  JsonObject,
} from "../../supabase/functions/_shared/orchestrator/types.ts";

const Anything = z.record(z.string(), z.unknown());

/** A skill whose body is given by the test; it records what it saw in `calls`. */
export function skill(
  name: string,
  run: (
    input: { payload: JsonObject; outputs: JsonObject; params: JsonObject },
    ctx: SkillRun,
  ) => Promise<JsonObject> | JsonObject = () => ({ done: name }),
  options: {
    readonly effectMode?: EffectMode;
    readonly cpuMs?: number;
    readonly engine?: string;
  } = {},
): SkillAdapter & { readonly calls: { readonly attempt: number; readonly key: string }[] } {
  const calls: { attempt: number; key: string }[] = [];
  return Object.assign(
    defineAdapter({
      skill: name,
      effectMode: options.effectMode ?? "pure",
      cpuMs: options.cpuMs ?? 1,
      input: Anything,
      output: Anything,
      run: async (input, ctx) => {
        calls.push({ attempt: ctx.attempt, key: ctx.effectKey() });
        return { output: await run(input as never, ctx), engine: options.engine ?? "code" };
      },
    }),
    { calls },
  );
}

/** A two-phase skill that proposes the given contents and notes each applied one. */
export function asking(
  name: string,
  proposals: readonly JsonObject[],
): SkillAdapter & {
  readonly applied: { content: JsonObject; decidedBy: string | null; key: string }[];
} {
  const applied: { content: JsonObject; decidedBy: string | null; key: string }[] = [];
  return Object.assign(
    defineTwoPhaseAdapter({
      skill: name,
      effectMode: "keyed",
      cpuMs: 1,
      input: Anything,
      output: Anything,
      proposal: z.object({ text: z.string().max(100) }),
      propose: () =>
        Promise.resolve({
          engine: "code",
          proposals: proposals.map((proposed) => ({
            action_type: "test",
            preview: "Please look",
            proposed,
          })),
          output: { nothing: true },
        }),
      apply: (content, ctx) => {
        applied.push({ content, decidedBy: ctx.decidedBy, key: ctx.effectKey() });
        return Promise.resolve({ output: { applied: content.text }, engine: "code" });
      },
    }),
    { applied },
  );
}

/** A promise that the test opens: a skill that waits for it is stopped at a known point. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: () => resolve() };
}
