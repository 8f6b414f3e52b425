import { z } from "zod";
import { defineAdapter } from "../defineAdapter.ts";
import { EvidenceSchema } from "./_evidence.ts";
import { loadMeetingTalk, type MeetingTalk } from "./_meetingTalk.ts";
import { readUndertakings, type Undertaking } from "./_undertakings.ts";

const Input = z.object({
  payload: z.object({ meeting_id: z.string().min(1) }),
});

/** Someone takes on something to do after the meeting, on either side. */
export const ActionItemSchema = EvidenceSchema.extend({
  /** The deed in words; what pronouns point at follows in brackets. */
  text: z.string().min(1),
  /** Name of the attendee, or of the speaker where attendees are unknown. */
  owner: z.string().min(1),
  owner_side: z.enum(["ours", "theirs", "unknown"]),
  /** `YYYY-MM-DD` in the meeting's zone; null when no day was said or the start is unknown. */
  due_iso: z.iso.date().nullable(),
  /** The words that carry the date. */
  due_text: z.string().nullable(),
  confidence: z.number().min(0).max(1),
});
export type ActionItem = z.output<typeof ActionItemSchema>;

/** Output of `extract-action-items`. Items stand in spoken order. */
export const ExtractActionItemsOutput = z.object({
  meeting_id: z.string(),
  action_items: z.array(ActionItemSchema),
  count: z.number().int().nonnegative(),
});
export type ExtractActionItemsOutput = z.output<typeof ExtractActionItemsOutput>;

/** The to-dos of a meeting: whatever its people undertook, promised, accepted or were assigned. */
export function findActionItems(
  talk: Pick<MeetingTalk, "meeting" | "sentences" | "sides">,
): ActionItem[] {
  const { meeting, sentences, sides } = talk;
  const time = { startedAt: meeting.started_at, timezone: meeting.timezone };
  return readUndertakings({ sentences, sides, time }).map(toActionItem);
}

function toActionItem(undertaking: Undertaking): ActionItem {
  const { owner, due, text, turn, quote, confidence } = undertaking;
  return {
    text,
    owner: owner.name,
    owner_side: owner.side,
    due_iso: due.due_iso,
    due_text: due.due_text,
    turn,
    quote,
    confidence,
  };
}

/** `extract-action-items`: promises, accepted offers and requests, with owner, due day and evidence. */
export const extractActionItems = defineAdapter({
  skill: "extract-action-items",
  effectMode: "pure",
  cpuMs: 180,
  input: Input,
  output: ExtractActionItemsOutput,
  async run({ payload }, ctx) {
    const talk = await loadMeetingTalk(ctx, payload.meeting_id);
    const items = findActionItems(talk);
    return {
      output: { meeting_id: payload.meeting_id, action_items: items, count: items.length },
      engine: "rules",
    };
  },
});
