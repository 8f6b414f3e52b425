import { z } from "zod";
import { defineAdapter } from "../defineAdapter.ts";
import { AgentLine, AgentName, AGENTS } from "./_agents.ts";

const Input = z.object({
  payload: z.object({
    agent: AgentName,
    /** What the trigger or the schedule asks for, in words; rules answer with the agent's usual brief. */
    prompt: z.string().max(10_000).nullish().catch(null),
    /** CRM event that started it. */
    event: z.string().nullish().catch(null),
    company_id: z.uuid().nullish().catch(null),
  }),
  context: z.object({
    contact: z.object({ id: z.string(), name: z.string(), company_id: z.string().nullable() })
      .nullish(),
    deal: z.object({ id: z.string(), name: z.string() }).nullish(),
  }),
});

/** Output of `run-specialist-agent`. */
export const RunSpecialistAgentOutput = z.object({
  success: z.boolean(),
  agent: AgentName,
  /** The brief in words. */
  response_text: z.string(),
  headline: z.string(),
  items: z.array(AgentLine),
  tools_used: z.array(z.string()),
});

/** `run-specialist-agent`: one specialist's look at the CRM. */
export const runSpecialistAgent = defineAdapter({
  skill: "run-specialist-agent",
  effectMode: "pure",
  cpuMs: 60,
  input: Input,
  output: RunSpecialistAgentOutput,
  async run({ payload, context }, ctx) {
    ctx.signal.throwIfAborted();
    const deal = context.deal ? await ctx.ports.crm.getDeal(ctx.orgId, context.deal.id) : null;
    const { headline, lines, tools } = await AGENTS[payload.agent](ctx, {
      contact: context.contact ?? null,
      deal: context.deal ?? null,
      companyId: payload.company_id ?? context.contact?.company_id ?? deal?.company_id ?? null,
    });
    return {
      output: {
        success: true,
        agent: payload.agent,
        response_text: [headline, ...lines.map(({ text }) => `- ${text}`)].join("\n"),
        headline,
        items: [...lines],
        tools_used: [...tools],
      },
      engine: "rules",
    };
  },
});
