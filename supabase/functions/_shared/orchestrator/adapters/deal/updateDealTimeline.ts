import { z } from "zod";
import type { CrmDeal } from "../../../ports/crm.ts";
import { cut } from "../../core/cut.ts";
import { FatalError } from "../../core/errors.ts";
import { defineTwoPhaseAdapter, type JsonObject, type SkillRun } from "../defineAdapter.ts";
import { CommitmentPayload, CrmUpdate } from "../meeting/_commitment.ts";
import { rivalOf } from "./_rival.ts";

const Input = z.object({
  payload: CommitmentPayload.extend({ crm_updates: z.array(CrmUpdate).catch([]) }),
  context: z.object({
    org: z.object({ name: z.string() }).nullish(),
    contact: z.object({ id: z.string(), name: z.string() }).nullish(),
    company: z.object({ name: z.string() }).nullish(),
    deal: z.object({ id: z.string() }).nullish(),
  }),
});
type Input = z.output<typeof Input>;

/** What an approver sees and may edit: the value. */
export const DealChangeProposal = z.discriminatedUnion("field", [
  z.strictObject({
    deal_id: z.uuid(),
    deal_name: z.string(),
    field: z.literal("close_date"),
    old_value: z.string().nullable(),
    new_value: z.iso.date(),
    evidence: z.string(),
  }),
  z.strictObject({
    deal_id: z.uuid(),
    deal_name: z.string(),
    field: z.literal("competitor"),
    old_value: z.string().nullable(),
    new_value: z.string().trim().min(1).max(200),
    evidence: z.string(),
  }),
]);

const Update = z.object({
  field: z.string(),
  entity: z.enum(["deal", "contact"]),
  old_value: z.string().nullable(),
  new_value: z.string().nullable(),
  strategy: z.enum(["direct", "hitl", "task_created", "skipped"]),
  skip_reason: z.string().nullable(),
});
type Update = z.output<typeof Update>;

/** Output of `update-deal-timeline`. */
export const UpdateDealTimelineOutput = z.object({
  deal_id: z.string().nullable(),
  deal_name: z.string().nullable(),
  updates_applied: z.number().int(),
  updates_pending_approval: z.number().int(),
  updates_skipped: z.number().int(),
  updates: z.array(Update),
  skipped: z.boolean(),
  reason: z.string().nullable(),
});

/** A new person is to be added within two days (source: the specification). */
const STAKEHOLDER_DUE_MS = 48 * 3_600_000;
const MAX_UPDATES = 10;

interface Planned extends Update {
  readonly proposed: JsonObject | null;
}

/** What one update makes of the deal as it stands; an equal or later value changes nothing. */
function plan(update: CrmUpdate, facts: {
  readonly deal: CrmDeal | null;
  readonly payload: Input["payload"];
  readonly rivals: readonly string[];
  readonly ours: readonly string[];
  /** `YYYY-MM-DD`. */
  readonly today: string;
}): Planned {
  const { deal, payload } = facts;
  const { entity, field } = update;
  const skip = (reason: string, old_value: string | null = null): Planned => ({
    field,
    entity,
    old_value,
    new_value: null,
    strategy: "skipped",
    skip_reason: reason,
    proposed: null,
  });
  const said = payload.quote ?? payload.trigger_phrase ?? "";
  if (entity === "contact" && field === "create_stakeholder") {
    return {
      ...skip(""),
      strategy: "task_created",
      skip_reason: null,
      new_value: cut(`Add the person who was named: “${said}”`, 200),
    };
  }
  if (entity !== "deal") return skip("no such change of a contact is known");
  if (deal === null) return skip("the run has no deal");
  const about = { deal_id: deal.id, deal_name: deal.name, evidence: cut(said, 500) };
  if (field === "tags" && update.fixed_value !== undefined) {
    if (deal.tags.includes(update.fixed_value)) return skip("the tag is there", update.fixed_value);
    return {
      ...skip(""),
      strategy: "direct",
      skip_reason: null,
      old_value: deal.tags.join(", "),
      new_value: update.fixed_value,
    };
  }
  if (field === "close_date") {
    const day = payload.deadline_parsed ?? null;
    if (day === null) return skip("no day was named", deal.close_date);
    if (day < facts.today) return skip("the day has passed", deal.close_date);
    if (deal.close_date !== null && day >= deal.close_date) {
      return skip("the deal closes earlier", deal.close_date);
    }
    return {
      ...skip("", deal.close_date),
      strategy: "hitl",
      skip_reason: null,
      new_value: day,
      proposed: { ...about, field: "close_date", old_value: deal.close_date, new_value: day },
    };
  }
  if (field === "meddicc_competition" || field === "competitor") {
    const rival = rivalOf(said, { known: facts.rivals, ours: facts.ours });
    if (rival === "") return skip("nobody was named", deal.competitor);
    if (deal.competitor?.toLowerCase() === rival.toLowerCase()) {
      return skip("the rival is known", deal.competitor);
    }
    return {
      ...skip("", deal.competitor),
      strategy: "hitl",
      skip_reason: null,
      new_value: rival,
      proposed: { ...about, field: "competitor", old_value: deal.competitor, new_value: rival },
    };
  }
  return skip("no such change of a deal is known");
}

/** Carries out what needs no question: a tag, a task. Each once, whatever is repeated. */
async function actDirectly(
  updates: readonly Planned[],
  { payload, context }: Input,
  ctx: SkillRun,
) {
  const { crm, clock } = ctx.ports;
  for (const [at, { strategy, new_value }] of updates.entries()) {
    if (strategy === "direct" && context.deal) {
      const deal = await crm.getDeal(ctx.orgId, context.deal.id);
      ctx.signal.throwIfAborted();
      await crm.applyChange({
        orgId: ctx.orgId,
        entity: "deal",
        id: context.deal.id,
        effectKey: ctx.effectKey(`tag:${at}`),
        change: { tags: [...new Set([...deal?.tags ?? [], new_value!])] },
      });
    }
    if (strategy === "task_created") {
      ctx.signal.throwIfAborted();
      await crm.applyChange({
        orgId: ctx.orgId,
        entity: "task",
        id: null,
        effectKey: ctx.effectKey(`stakeholder:${at}`),
        change: {
          user_id: ctx.userId,
          title: new_value,
          type: "internal_action",
          priority: "medium",
          due_on: new Date(clock.now() + STAKEHOLDER_DUE_MS).toISOString().slice(0, 10),
          source: "intent",
          signal_type: "new_stakeholder_identified",
          deal_id: context.deal?.id ?? null,
          contact_id: context.contact?.id ?? null,
          meeting_id: z.uuid().safeParse(payload.meeting_id).data ?? null,
        },
      });
    }
  }
}

function summarise(deal: Pick<CrmDeal, "id" | "name"> | null, updates: readonly Update[]) {
  const count = (...strategies: Update["strategy"][]) =>
    updates.filter(({ strategy }) => strategies.includes(strategy)).length;
  const isIdle = count("skipped") === updates.length;
  return {
    deal_id: deal?.id ?? null,
    deal_name: deal?.name ?? null,
    updates_applied: count("direct", "task_created"),
    updates_pending_approval: count("hitl"),
    updates_skipped: count("skipped"),
    updates: [...updates],
    skipped: isIdle,
    reason: isIdle ? updates[0]?.skip_reason ?? "the event names no update" : null,
  };
}

/** `update-deal-timeline`: what a commitment changes in the CRM; dates and rivals only once approved. */
export const updateDealTimeline = defineTwoPhaseAdapter({
  skill: "update-deal-timeline",
  effectMode: "db",
  cpuMs: 45,
  input: Input,
  output: UpdateDealTimelineOutput,
  proposal: DealChangeProposal,

  async propose(input, ctx) {
    ctx.signal.throwIfAborted();
    const { payload, context } = input;
    const { crm, clock } = ctx.ports;
    const [deal, playbooks] = await Promise.all([
      context.deal ? crm.getDeal(ctx.orgId, context.deal.id) : null,
      crm.listPlaybooks(ctx.orgId),
    ]);
    const planned = payload.crm_updates.slice(0, MAX_UPDATES).map((update) =>
      plan(update, {
        deal,
        payload,
        today: new Date(clock.now()).toISOString().slice(0, 10),
        rivals: playbooks.filter(({ kind }) => kind === "competitor").map(({ name }) => name),
        ours: [context.org?.name, context.company?.name, context.contact?.name]
          .flatMap((name) => name?.toLowerCase() ?? []),
      })
    );
    await actDirectly(planned, input, ctx);
    const updates = planned.map(({ proposed: _proposed, ...update }) => update);
    return {
      proposals: planned.flatMap(({ proposed, field, old_value, new_value }) =>
        proposed === null ? [] : [{
          action_type: "deal_change",
          preview: `${deal!.name}: set ${
            field === "close_date" ? "the close date" : "the competitor"
          } to ${new_value}${old_value === null ? "" : ` (now ${old_value})`}`,
          proposed,
        }]
      ),
      output: summarise(deal, updates),
      engine: "rules",
    };
  },

  async apply(content, ctx) {
    const change = DealChangeProposal.parse(content);
    const { crm } = ctx.ports;
    const deal = await crm.getDeal(ctx.orgId, change.deal_id);
    if (deal === null) throw new FatalError("deal_gone", "Cannot change the deal: it is gone");
    ctx.signal.throwIfAborted();
    await crm.applyChange({
      orgId: ctx.orgId,
      entity: "deal",
      id: deal.id,
      effectKey: ctx.effectKey(change.field),
      change: { [change.field]: change.new_value },
    });
    const update: Update = {
      field: change.field,
      entity: "deal",
      old_value: change.old_value,
      new_value: change.new_value,
      strategy: "direct",
      skip_reason: null,
    };
    return { output: summarise(deal, [update]), engine: "code" };
  },
});
