import { z } from "zod";
import { EXTRACT_ACTION_ITEMS } from "../../../prompts/extractActionItems.v1.ts";
import { defineAdapter, type SkillRun } from "../defineAdapter.ts";
import { askAboutMeeting, isSpoken, peopleFor } from "./_byModel.ts";
import { resolveDue } from "./_dueDate.ts";
import { EvidenceSchema, quoteOf, surest } from "./_evidence.ts";
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

/** Beside them the names that the system before this one gave, and the owner's address (decision 0022). */
const ReportedItemSchema = ActionItemSchema.extend({
  title: z.string(),
  assignee_name: z.string(),
  assignee_email: z.string().nullable(),
  deadline_at: z.iso.date().nullable(),
});

/** Output of `extract-action-items`. Items stand in spoken order. */
export const ExtractActionItemsOutput = z.object({
  meeting_id: z.string(),
  action_items: z.array(ReportedItemSchema),
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

function report(item: ActionItem, { attendees }: MeetingTalk["meeting"]) {
  return {
    ...item,
    title: item.text,
    assignee_name: item.owner,
    assignee_email: attendees.find(({ name }) => name === item.owner)?.email ?? null,
    deadline_at: item.due_iso,
  };
}

/** What a model answers; nothing of it is believed that the transcript does not show. */
const ModelItems = z.object({
  items: z.array(z.object({
    turn: z.number().int(),
    quote: z.string(),
    text: z.string(),
    owner: z.string(),
    due_text: z.string().nullable(),
    confidence: z.number().min(0).max(1),
  })),
});

/** The to-dos as a model read them; days are worked out by our own rules from the words it points at. */
async function askForActionItems(talk: MeetingTalk, ctx: SkillRun) {
  const found = await askAboutMeeting(talk, ctx, {
    prompt: EXTRACT_ACTION_ITEMS,
    answer: ModelItems,
    preface: peopleFor(talk),
    listed: (value) => value.items,
    mayDegrade: true,
  });
  if (found === null) return null;
  const time = { startedAt: talk.meeting.started_at, timezone: talk.meeting.timezone };
  const items = found.items.flatMap((item): ActionItem[] => {
    const owner = talk.sides.findByName(item.owner);
    const text = quoteOf(item.text);
    if (owner === null || text === "") {
      ctx.warn("A to-do of the model's is nobody's who was there: left out");
      return [];
    }
    const said = item.due_text !== null &&
      isSpoken(talk, { turn: item.turn, quote: item.due_text });
    return [{
      text,
      owner: owner.name,
      owner_side: owner.side,
      due_iso: said ? resolveDue(item.quote, time).due_iso : null,
      due_text: said ? item.due_text : null,
      turn: item.turn,
      quote: quoteOf(item.quote),
      confidence: item.confidence,
    }];
  });
  return { items, engine: found.engine };
}

/** With words and quotes at their longest, all of them stay well under what an output may hold. */
const MAX_ITEMS = 120;

/** `extract-action-items`: promises, accepted offers and requests, with owner, due day and evidence. */
export const extractActionItems = defineAdapter({
  skill: "extract-action-items",
  effectMode: "pure",
  cpuMs: 180,
  input: Input,
  output: ExtractActionItemsOutput,
  async run({ payload }, ctx) {
    const talk = await loadMeetingTalk(ctx, payload.meeting_id);
    const byModel = await askForActionItems(talk, ctx);
    ctx.signal.throwIfAborted();
    const found = byModel?.items ?? findActionItems(talk);
    const items = surest(found, MAX_ITEMS);
    if (items.length < found.length) {
      ctx.warn(`The meeting holds ${found.length} to-dos: the surest ${items.length} are kept`);
    }
    return {
      output: {
        meeting_id: payload.meeting_id,
        action_items: items.map((item) => report(item, talk.meeting)),
        count: items.length,
      },
      engine: byModel?.engine ?? "rules",
    };
  },
});
