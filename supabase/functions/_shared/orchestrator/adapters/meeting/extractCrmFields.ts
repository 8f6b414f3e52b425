import { z } from "zod";
import type { CrmDeal } from "../../../ports/crm.ts";
import { EXTRACT_CRM_FIELDS } from "../../../prompts/extractCrmFields.v1.ts";
import { cut } from "../../core/cut.ts";
import { figuresOf } from "../../core/figures.ts";
import { defineAdapter, type SkillRun } from "../defineAdapter.ts";
import { askAboutMeeting, isSpoken, ModelEvidence, peopleFor } from "./_byModel.ts";
import { resolveDue } from "./_dueDate.ts";
import {
  ContextSlice,
  EarlierActionItems,
  EarlierIntents,
  EarlierPricing,
  EarlierStakeholders,
  MeetingPayload,
} from "./_earlier.ts";
import { loadMeetingTalk, type MeetingTalk } from "./_meetingTalk.ts";

const Input = z.object({
  payload: MeetingPayload,
  context: ContextSlice,
  outputs: z.object({
    "extract-action-items": EarlierActionItems,
    "detect-intents": EarlierIntents,
    "extract-pricing-discussion": EarlierPricing,
    "detect-new-stakeholders": EarlierStakeholders,
  }).partial().default({}),
});
type Outputs = z.output<typeof Input>["outputs"];

const FieldName = z.enum([
  "stage",
  "next_steps",
  "close_date",
  "deal_value",
  "stakeholders",
  "blockers",
  "summary",
]);
const FieldChange = z.object({
  field_name: FieldName,
  old_value: z.string().nullable(),
  new_value: z.string(),
  confidence: z.enum(["high", "medium"]),
  /** What was said. */
  reasoning: z.string(),
});
export type CrmFieldChange = z.output<typeof FieldChange>;

/** Output of `extract-crm-fields`: what the meeting says of the deal's fields. Nothing is written. */
export const ExtractCrmFieldsOutput = z.object({
  deal_id: z.string().nullable(),
  fields_changed: z.array(FieldChange),
  no_change_reason: z.enum(["no_deal", "nothing_said"]).nullable(),
});

const MAX_LINES = 5;

/** Sure, or sure enough; what is less is left out. */
function gradeOf(confidence: number): CrmFieldChange["confidence"] | null {
  return confidence >= 0.85 ? "high" : confidence >= 0.65 ? "medium" : null;
}

type Stage = { readonly id: string; readonly name: string; readonly position: number };
type Said = { readonly quote?: string | null; readonly confidence: number };

function change(
  field_name: CrmFieldChange["field_name"],
  values: { readonly old: string | null; readonly new: string },
  said: Said,
): readonly CrmFieldChange[] {
  const confidence = gradeOf(said.confidence);
  if (confidence === null || values.new === "" || values.new === values.old) return [];
  return [{
    field_name,
    old_value: values.old,
    new_value: cut(values.new, 1000),
    confidence,
    reasoning: cut(said.quote ?? "", 300),
  }];
}

/** The next stage of the organisation's list, where something was agreed that belongs to it. */
function stageOf(
  deal: CrmDeal,
  outputs: Outputs,
  stages: readonly Stage[],
): readonly CrmFieldChange[] {
  const offer = (outputs["detect-intents"]?.intents ?? [])
    .find(({ intent, actionable }) => intent === "send_proposal" && actionable);
  const target = stages.find(({ name }) => /\b(?:proposal|quote|offer)\b/i.test(name));
  const now = stages.find(({ id }) => id === deal.stage_id);
  if (offer === undefined || target === undefined) return [];
  if (now !== undefined && now.position >= target.position) return [];
  return change("stage", { old: deal.stage, new: target.name }, offer);
}

/** A single yearly or total amount that was named; several prices are no value of a deal. */
function valueOf(deal: CrmDeal, outputs: Outputs): readonly CrmFieldChange[] {
  const totals = (outputs["extract-pricing-discussion"]?.amounts ?? []).filter(({ unit, value }) =>
    value >= 1000 && (unit === null || unit === undefined || /year|annual|total/i.test(unit))
  );
  const [only] = totals;
  if (only === undefined || new Set(totals.map(({ value }) => value)).size > 1) return [];
  return change("deal_value", {
    old: deal.value === null ? null : String(deal.value),
    new: String(only.value),
  }, { confidence: 0.7, quote: `${only.value} ${only.currency ?? ""}`.trim() });
}

/** Every field that the meeting speaks of, as the deal stands. */
export function findFieldChanges(
  deal: CrmDeal,
  outputs: Outputs,
  stages: readonly Stage[],
): readonly CrmFieldChange[] {
  const intents = outputs["detect-intents"]?.intents ?? [];
  const ours = (outputs["extract-action-items"]?.action_items ?? [])
    .filter(({ owner_side }) => owner_side === "ours").slice(0, MAX_LINES);
  const dated = intents.filter(({ intent, deadline_parsed }) =>
    intent === "timeline_signal" && typeof deadline_parsed === "string"
  ).sort((a, b) => a.deadline_parsed!.localeCompare(b.deadline_parsed!));
  const blockers = intents.filter(({ intent }) => intent === "objection_blocker");
  const people = outputs["detect-new-stakeholders"]?.new_stakeholders ?? [];
  return [
    ...stageOf(deal, outputs, stages),
    ...ours.length === 0 ? [] : change("next_steps", {
      old: deal.next_steps,
      new: ours.map(({ text, due_iso }) => (due_iso ? `${text} (${due_iso})` : text)).join("; "),
    }, ours[0]),
    ...dated.length === 0
      ? []
      : change("close_date", { old: deal.close_date, new: dated[0].deadline_parsed! }, dated[0]),
    ...valueOf(deal, outputs),
    ...people.length === 0 ? [] : change("stakeholders", {
      old: null,
      new: people.map(({ name, role }) => (role ? `${name} (${role})` : name)).join(", "),
    }, { confidence: 0.8, quote: people[0].name }),
    ...blockers.length === 0 ? [] : change("blockers", {
      old: null,
      new: blockers.slice(0, MAX_LINES).map(({ quote }) => quote ?? "").join("; "),
    }, blockers[0]),
  ];
}

const ModelChanges = z.object({
  changes: z.array(ModelEvidence.extend({
    field_name: FieldName,
    new_value: z.string(),
    confidence: z.number().min(0).max(1),
  })),
});
type ModelChange = z.output<typeof ModelChanges>["changes"][number];

const OLD_VALUES = {
  stage: (deal) => deal.stage,
  next_steps: (deal) => deal.next_steps,
  close_date: (deal) => deal.close_date,
  deal_value: (deal) => (deal.value === null ? null : String(deal.value)),
  stakeholders: () => null,
  blockers: () => null,
  summary: () => null,
} satisfies Record<CrmFieldChange["field_name"], (deal: CrmDeal) => string | null>;

/** The value as the CRM takes it; null where the talk does not hold what the model says. */
function checkedValue(
  { field_name, new_value, turn, quote }: ModelChange,
  known: { readonly talk: MeetingTalk; readonly stages: readonly Stage[] },
): string | null {
  const { talk, stages } = known;
  switch (field_name) {
    case "stage":
      return stages.find(({ name }) => name.toLowerCase() === new_value.trim().toLowerCase())
        ?.name ?? null;
    case "close_date":
      return isSpoken(talk, { turn, quote: new_value })
        ? resolveDue(quote, {
          startedAt: talk.meeting.started_at,
          timezone: talk.meeting.timezone,
        }).due_iso
        : null;
    case "deal_value": {
      const [value, ...more] = figuresOf(new_value);
      return value !== undefined && more.length === 0 && figuresOf(quote).has(value)
        ? String(value)
        : null;
    }
    default:
      return new_value.trim();
  }
}

/** The changes as a model read them, one a field, each checked against the talk and the CRM. */
async function askForChanges(
  meetingId: string,
  known: { readonly deal: CrmDeal; readonly stages: readonly Stage[] },
  ctx: SkillRun,
) {
  if (!await ctx.ports.llm.isModelSet(ctx)) return null;
  const { deal, stages } = known;
  const talk = await loadMeetingTalk(ctx, meetingId);
  const found = await askAboutMeeting(talk, ctx, {
    prompt: EXTRACT_CRM_FIELDS,
    answer: ModelChanges,
    preface: [
      peopleFor(talk),
      `Stages: ${JSON.stringify(stages.map(({ name }) => name))}`,
      `Deal: ${
        JSON.stringify(Object.entries(OLD_VALUES).map(([name, read]) => [name, read(deal)]))
      }`,
    ].join("\n"),
    listed: (value) => value.changes,
    mayDegrade: true,
  });
  if (found === null) return null;
  const byField = new Map<string, CrmFieldChange>();
  for (const item of found.items) {
    const value = checkedValue(item, { talk, stages });
    if (value === null) {
      ctx.warn(`The model's ${item.field_name} is not in the talk or the CRM: left out`);
      continue;
    }
    const old = OLD_VALUES[item.field_name](deal);
    for (const one of change(item.field_name, { old, new: value }, item)) {
      if (!byField.has(one.field_name)) byField.set(one.field_name, one);
    }
  }
  return { changes: [...byField.values()], engine: found.engine };
}

/** `extract-crm-fields`: what the meeting changes about the deal, for whoever applies or reviews it. */
export const extractCrmFields = defineAdapter({
  skill: "extract-crm-fields",
  effectMode: "pure",
  cpuMs: 20,
  input: Input,
  output: ExtractCrmFieldsOutput,
  async run({ payload, context, outputs }, ctx) {
    ctx.signal.throwIfAborted();
    const { crm } = ctx.ports;
    const [deal, stages] = await Promise.all([
      context.deal ? crm.getDeal(ctx.orgId, context.deal.id) : null,
      crm.listDealStages(ctx.orgId),
    ]);
    const byModel = deal === null
      ? null
      : await askForChanges(payload.meeting_id, { deal, stages }, ctx);
    const changes = byModel?.changes ??
      (deal === null ? [] : findFieldChanges(deal, outputs, stages));
    return {
      output: {
        deal_id: deal?.id ?? null,
        fields_changed: [...changes],
        no_change_reason: deal === null
          ? "no_deal" as const
          : changes.length === 0
          ? "nothing_said" as const
          : null,
      },
      engine: byModel?.engine ?? "rules",
    };
  },
});
