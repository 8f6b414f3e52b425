import { z } from "zod";
import { SPECIALIST_AGENT } from "../../../prompts/specialistAgent.v1.ts";
import { cut } from "../../core/cut.ts";
import { defineAdapter, type SkillRun } from "../defineAdapter.ts";
import { type AgentBrief, AgentLine, AgentName, AGENTS } from "./_agents.ts";

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

/** Looks at the CRM that one answer may take. */
const MAX_LOOKS = 4;
const MAX_LINES = 8;

const ModelStep = z.object({
  tool: AgentName.nullable(),
  headline: z.string(),
  lines: z.array(z.object({ text: z.string(), source: z.number().int().nullable() })),
});

/** The question in a model's hands: it chooses what to look at, and answers from what was found. */
async function askAgent(
  asked: { readonly agent: AgentName; readonly prompt: string },
  ctx: SkillRun,
  look: (agent: AgentName) => Promise<AgentBrief>,
): Promise<{ readonly brief: AgentBrief; readonly engine: string } | null> {
  const used: AgentName[] = [];
  const facts: AgentLine[] = [];
  const tools: string[] = [];
  for (let next: AgentName = asked.agent;;) {
    const found = await look(next);
    used.push(next);
    facts.push({ text: found.headline, entity: null, id: null }, ...found.lines);
    tools.push(...found.tools);
    const left = used.length < MAX_LOOKS
      ? AgentName.options.filter((name) => !used.includes(name))
      : [];
    const answer = await ctx.ports.llm.ask({
      prompt: SPECIALIST_AGENT,
      material: [
        `Specialist: ${asked.agent}`,
        `Question: ${asked.prompt}`,
        `Tools left: ${left.join(", ") || "none"}`,
        "Facts:",
        ...facts.map(({ text }, at) => `[${at}] ${text}`),
      ].join("\n"),
      answer: ModelStep,
      maxOutputTokens: 1500,
      mayDegrade: true,
    }, ctx);
    if (answer === null) return null;
    ctx.signal.throwIfAborted();
    const { tool, headline, lines } = answer.value;
    if (tool !== null && left.includes(tool)) {
      next = tool;
      continue;
    }
    return {
      engine: answer.engine,
      brief: {
        headline: cut(headline.trim() || found.headline, 300),
        lines: lines.slice(0, MAX_LINES).map(({ text, source }) => ({
          ...(facts[source ?? -1] ?? { entity: null, id: null }),
          text: cut(text.trim(), 500),
        })),
        tools,
      },
    };
  }
}

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
    const look = (agent: AgentName) =>
      AGENTS[agent](ctx, {
        contact: context.contact ?? null,
        deal: context.deal ?? null,
        companyId: payload.company_id ?? context.contact?.company_id ?? deal?.company_id ?? null,
      });
    // Without a question there is nothing to answer: the usual brief.
    const byModel = payload.prompt
      ? await askAgent({ agent: payload.agent, prompt: payload.prompt }, ctx, look)
      : null;
    const { headline, lines, tools } = byModel?.brief ?? await look(payload.agent);
    return {
      output: {
        success: true,
        agent: payload.agent,
        response_text: [headline, ...lines.map(({ text }) => `- ${text}`)].join("\n"),
        headline,
        items: [...lines],
        tools_used: [...tools],
      },
      engine: byModel?.engine ?? "rules",
    };
  },
});
