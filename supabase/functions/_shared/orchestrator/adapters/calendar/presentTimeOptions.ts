import { Temporal } from "temporal-polyfill";
import { z } from "zod";
import { cut } from "../../core/cut.ts";
import { FatalError, ValidationError } from "../../core/errors.ts";
import { defineTwoPhaseAdapter } from "../defineAdapter.ts";
import type { Proposal } from "../../types.ts";

const DEFAULT_TITLE = "Follow-up meeting";

const Slot = z.object({
  start: z.iso.datetime({ offset: true }),
  end: z.iso.datetime({ offset: true }),
  label: z.string().max(120),
  timezone_note: z.string().max(120).optional(),
});
type Slot = z.output<typeof Slot>;

const Input = z.object({
  payload: z.object({
    meeting_title: z.string().nullish(),
    title: z.string().nullish(),
  }),
  outputs: z.object({
    "find-available-slots": z.object({
      slots: z.array(Slot),
      user_timezone: z.string(),
      message: z.string().nullish(),
    }).nullish(),
  }),
  context: z.object({
    org: z.object({ name: z.string() }).nullish(),
    user: z.object({ name: z.string() }).nullish(),
    company: z.object({ name: z.string() }).nullish(),
    contact: z.object({ id: z.string(), name: z.string(), email: z.string().nullable() }).nullish(),
    deal: z.object({ id: z.string() }).nullish(),
  }),
});
type Input = z.output<typeof Input>;

const Attendee = z.strictObject({
  email: z.email(),
  name: z.string().min(1).max(200),
  contact_id: z.string(),
});

/**
 * What the approver sees and may edit. `slot` is the one that will be booked, the first unless edited. A
 * choice is an edit: `{"slot": {start, end}}` with one of `slots`, or `{"slot_index": 2}`.
 */
export const TimeOptionsProposal = z.strictObject({
  slots: z.array(Slot).min(1).max(6),
  slot_index: z.number().int().min(0).optional(),
  slot: Slot.optional(),
  title: z.string().trim().min(1).max(200),
  attendee: Attendee,
  timezone: z.string(),
  description: z.string().max(2_000),
  deal_id: z.string().nullable(),
}).superRefine((proposal, issues) => {
  const { slot, slot_index: index } = proposal;
  if (index !== undefined && index >= proposal.slots.length) {
    issues.addIssue({
      code: "custom",
      path: ["slot_index"],
      message: `Choose a slot from 0 to ${proposal.slots.length - 1}`,
    });
  }
  if (slot && !proposal.slots.some((offered) => isSameSlot(offered, slot))) {
    issues.addIssue({ code: "custom", path: ["slot"], message: "Choose one of the offered slots" });
  }
});
type TimeOptionsProposal = z.output<typeof TimeOptionsProposal>;

/** Output of `present-time-options`; the event's fields are absent when nothing was proposed. */
export const PresentTimeOptionsOutput = z.object({
  slots: z.array(Slot),
  prospect_name: z.string().optional(),
  prospect_email: z.string().optional(),
  meeting_title: z.string(),
  message: z.string().optional(),
  event_id: z.string().optional(),
  slot: Slot.optional(),
  attendee: Attendee.optional(),
  /** In words, for people: which calendar, or what stood in for it. */
  delivered_via: z.string().optional(),
  delivery_status: z.enum(["sent", "withheld"]).optional(),
});
export type PresentTimeOptionsOutput = z.output<typeof PresentTimeOptionsOutput>;

/** `present-time-options`: offers the free times, then creates one calendar event for the one chosen. */
export const presentTimeOptions = defineTwoPhaseAdapter({
  skill: "present-time-options",
  effectMode: "keyed",
  cpuMs: 10,
  input: Input,
  output: PresentTimeOptionsOutput,
  proposal: TimeOptionsProposal,

  propose(input, ctx) {
    const title = meetingTitle(input);
    const prepared = prepareProposal(input, title);
    if (typeof prepared !== "string" && ctx.userId) {
      return Promise.resolve({ proposals: [prepared], engine: "code" });
    }
    const message = typeof prepared === "string"
      ? prepared
      : "No time was offered: the run has no user in whose calendar to book";
    ctx.warn(message);
    const output: PresentTimeOptionsOutput = {
      slots: input.outputs["find-available-slots"]?.slots ?? [],
      ...(input.context.contact ? { prospect_name: input.context.contact.name } : {}),
      ...(input.context.contact?.email ? { prospect_email: input.context.contact.email } : {}),
      meeting_title: title,
      message,
    };
    return Promise.resolve({ proposals: [], output, engine: "code" });
  },

  async apply(content, ctx) {
    const proposal = TimeOptionsProposal.parse(content);
    const slot = chosenSlot(proposal);
    if (!ctx.userId) {
      throw new ValidationError("no_user", "Cannot book a time: the run has no user");
    }
    if (Temporal.Instant.from(slot.end).epochMilliseconds <= ctx.ports.clock.now()) {
      throw new FatalError("slot_passed", "Cannot book a time: the approved slot has passed");
    }
    await assertKnownContact(proposal, ctx);
    ctx.signal.throwIfAborted();
    const { attendee } = proposal;
    const created = await ctx.ports.calendar.createEvent({
      organizer_user_id: ctx.userId,
      title: proposal.title,
      starts_at: slot.start,
      ends_at: slot.end,
      timezone: proposal.timezone,
      attendees: [{ email: attendee.email, name: attendee.name }],
      description: proposal.description,
      contact_id: attendee.contact_id,
      deal_id: proposal.deal_id,
    }, {
      orgId: ctx.orgId,
      jobId: ctx.jobId,
      stepId: ctx.stepId,
      effectKey: ctx.effectKey("event"),
      signal: ctx.signal,
    });
    const output: PresentTimeOptionsOutput = {
      slots: proposal.slots,
      prospect_name: attendee.name,
      prospect_email: attendee.email,
      meeting_title: proposal.title,
      event_id: created.event_id,
      slot,
      attendee,
      delivered_via: created.via,
      delivery_status: created.status,
    };
    return { output, engine: "code" };
  },
});

/** The proposal, or the reason why there is none. The attendee is the context's contact and nobody else. */
function prepareProposal(input: Input, title: string): Proposal | string {
  const found = input.outputs["find-available-slots"];
  const slots = found?.slots.slice(0, 6) ?? [];
  const first = slots[0];
  if (!found || !first) {
    return found?.message ?? "No time was offered: there are no free times to choose from";
  }
  const { contact } = input.context;
  if (!contact) return "No time was offered: the event names no contact to invite";
  if (!contact.email) return "No time was offered: the contact has no e-mail address";
  const proposed: TimeOptionsProposal = {
    slots,
    slot: first,
    title,
    attendee: { email: contact.email, name: contact.name || contact.email, contact_id: contact.id },
    timezone: found.user_timezone,
    description: describeMeeting(input),
    deal_id: input.context.deal?.id ?? null,
  };
  const others = slots.length === 1 ? "" : ` ${slots.length - 1} more to choose from.`;
  return {
    action_type: "calendar_slot_selection",
    preview:
      `Invite ${proposed.attendee.name} <${contact.email}> to "${title}" on ${first.label} (${found.user_timezone}).${others}`,
    proposed: { ...proposed, slots: slots.map(plainSlot), slot: plainSlot(first) },
  };
}

/** `proposed` must be JSON: absent keys rather than undefined ones. */
function plainSlot(slot: Slot): { readonly [key: string]: string } {
  const { start, end, label, timezone_note } = slot;
  return timezone_note === undefined ? { start, end, label } : { start, end, label, timezone_note };
}

function meetingTitle(input: Input): string {
  const { payload, context } = input;
  const given = payload.meeting_title?.trim();
  if (given) return cut(given, 200);
  const names = [context.org?.name, context.company?.name ?? context.contact?.name];
  const parties = names.filter((name): name is string => Boolean(name));
  const title = parties.length === 2 ? `${parties[0]} × ${parties[1]}: follow-up` : DEFAULT_TITLE;
  return cut(title, 200);
}

function describeMeeting(input: Input): string {
  const earlier = input.payload.title?.trim();
  return earlier ? `Follow-up to "${cut(earlier, 200)}".` : "";
}

/** An index outranks `slot`, which holds the first one unless it was edited. */
function chosenSlot(proposal: TimeOptionsProposal): Slot {
  const { slots, slot, slot_index: index } = proposal;
  // The offered entry is taken, not the edited copy: a merge patch leaves the first slot's label on it.
  const named = slot ? slots.find((offered) => isSameSlot(offered, slot)) : undefined;
  const chosen = (index === undefined ? named : slots[index]) ?? slots[0];
  if (!chosen) throw new ValidationError("no_slot", "Cannot book a time: the proposal has no slot");
  return chosen;
}

function isSameSlot(a: Slot, b: Slot): boolean {
  return Temporal.Instant.compare(a.start, b.start) === 0 &&
    Temporal.Instant.compare(a.end, b.end) === 0;
}

/** An edit may change the time or the title; the invitation still goes to a contact of the organisation. */
async function assertKnownContact(
  proposal: TimeOptionsProposal,
  ctx: Parameters<typeof presentTimeOptions.apply>[1],
): Promise<void> {
  const { email, contact_id } = proposal.attendee;
  const known = await ctx.ports.crm.findContactsByEmail(ctx.orgId, [email]);
  if (!known.some((contact) => contact.id === contact_id)) {
    throw new ValidationError(
      "attendee_not_contact",
      "Cannot send the invitation: the attendee's address is not that of the contact",
    );
  }
}
