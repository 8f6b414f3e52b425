import { z } from "zod";
import type { CrmDeal } from "../../../ports/crm.ts";
import { cut } from "../../core/cut.ts";
import { defineAdapter } from "../defineAdapter.ts";
import { isoOf, localDayOf } from "./_calendarDay.ts";
import {
  ContextSlice,
  EarlierActionItems,
  EarlierIntents,
  EarlierPricing,
  MeetingPayload,
} from "./_earlier.ts";

const Input = z.object({
  payload: MeetingPayload,
  context: ContextSlice,
  outputs: z.object({
    "extract-action-items": EarlierActionItems,
    "detect-intents": EarlierIntents,
    "extract-pricing-discussion": EarlierPricing,
  }).partial().default({}),
});
type Outputs = z.output<typeof Input>["outputs"];

const FieldChange = z.object({
  field: z.enum(["next_steps", "notes"]),
  new_value: z.string(),
  confidence: z.number(),
  evidence: z.object({ turn: z.number().int(), quote: z.string() }).nullable(),
});
export type FieldChange = z.output<typeof FieldChange>;

/** Output of `update-crm-from-meeting`: each change of the deal with its evidence. */
export const UpdateCrmFromMeetingOutput = z.object({
  deal_id: z.string().nullable(),
  deal_name: z.string().nullable(),
  changes_applied: z.number().int(),
  update_ids: z.array(z.string()),
  field_changes: z.array(FieldChange),
  skipped: z.boolean(),
  reason: z.enum(["no_deal", "nothing_to_change"]).nullable(),
});

/** Below this a change stays a suggestion elsewhere: the deal is not touched. */
const MIN_CONFIDENCE = 0.6;
const MAX_NEXT_STEPS = 3;

/** The changes that what was said makes to the deal as it stands; an equal value is no change. */
export function buildChanges(
  deal: CrmDeal,
  outputs: Outputs,
  meeting: { readonly title: string; readonly day: string | null },
): readonly FieldChange[] {
  return [
    nextSteps(deal, outputs),
    notes(deal, outputs, meeting),
  ].filter((change) => change !== null);
}

function nextSteps(deal: CrmDeal, outputs: Outputs): FieldChange | null {
  const items = (outputs["extract-action-items"]?.action_items ?? [])
    .filter((i) => i.owner_side === "ours" && i.confidence >= MIN_CONFIDENCE)
    .sort((a, b) => (a.due_iso ?? "9999").localeCompare(b.due_iso ?? "9999"));
  if (items.length === 0) return null;
  const steps = items.slice(0, MAX_NEXT_STEPS)
    .map((i) => (i.due_iso ? `${i.text} (${i.due_iso})` : i.text));
  const value = cut(steps.join("; "), 500);
  if (value === deal.next_steps) return null;
  return {
    field: "next_steps",
    new_value: value,
    confidence: items[0].confidence,
    evidence: evidenceOf(items[0]),
  };
}

/** Blockers and rivals under a heading of the meeting; a meeting's heading is written once. */
function notes(
  deal: CrmDeal,
  outputs: Outputs,
  meeting: { readonly title: string; readonly day: string | null },
): FieldChange | null {
  const worth = (outputs["detect-intents"]?.intents ?? []).filter((i) =>
    (i.intent === "objection_blocker" || i.intent === "competitive_mention") &&
    i.confidence >= MIN_CONFIDENCE
  );
  const heading = `## ${meeting.day ?? "Undated"}: ${meeting.title}`;
  if (worth.length === 0 || deal.notes?.includes(heading)) return null;
  const lines = worth.slice(0, 6).map((i) =>
    `- ${i.intent === "objection_blocker" ? "Blocker" : "Competitor"}: “${cut(i.quote ?? "", 200)}”`
  );
  const value = [deal.notes, heading, ...lines].filter((part) => part).join("\n");
  return {
    field: "notes",
    new_value: value,
    confidence: worth[0].confidence,
    evidence: evidenceOf(worth[0]),
  };
}

function evidenceOf(
  said: { readonly turn?: number | null; readonly quote?: string | null },
): FieldChange["evidence"] {
  return typeof said.turn === "number" && said.quote
    ? { turn: said.turn, quote: said.quote }
    : null;
}

/** `update-crm-from-meeting`: next steps and notes of the context's deal; dates and rivals are asked about (`update-deal-timeline`). */
export const updateCrmFromMeeting = defineAdapter({
  skill: "update-crm-from-meeting",
  effectMode: "db",
  cpuMs: 10,
  input: Input,
  output: UpdateCrmFromMeetingOutput,
  async run({ payload, context, outputs }, ctx) {
    const { crm } = ctx.ports;
    const deal = context.deal ? await crm.getDeal(ctx.orgId, context.deal.id) : null;
    const nothing = { changes_applied: 0, update_ids: [], field_changes: [], skipped: true };
    if (deal === null) {
      return {
        output: { deal_id: null, deal_name: null, ...nothing, reason: "no_deal" as const },
        engine: "code",
      };
    }
    const meeting = await crm.getMeeting(ctx.orgId, payload.meeting_id);
    const day = localDayOf(meeting?.started_at ?? null, meeting?.timezone ?? null);
    const changes = buildChanges(deal, outputs, {
      title: payload.title ?? meeting?.title ?? "Meeting",
      day: day === null ? null : isoOf(day),
    });
    if (changes.length === 0) {
      return {
        output: {
          deal_id: deal.id,
          deal_name: deal.name,
          ...nothing,
          reason: "nothing_to_change" as const,
        },
        engine: "code",
      };
    }
    for (const change of changes) {
      ctx.signal.throwIfAborted();
      await crm.applyChange({
        orgId: ctx.orgId,
        entity: "deal",
        id: deal.id,
        effectKey: ctx.effectKey(change.field),
        change: { [change.field]: change.new_value },
      });
    }
    return {
      output: {
        deal_id: deal.id,
        deal_name: deal.name,
        changes_applied: changes.length,
        update_ids: changes.map((change) => ctx.effectKey(change.field)),
        field_changes: [...changes],
        skipped: false,
        reason: null,
      },
      engine: "code",
    };
  },
});
