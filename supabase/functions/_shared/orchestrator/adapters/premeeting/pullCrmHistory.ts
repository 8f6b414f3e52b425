import { z } from "zod";
import { defineAdapter } from "../defineAdapter.ts";
import { Enriched, History } from "./_people.ts";

const Input = z.object({
  payload: z.object({}),
  context: z.object({ contact: z.object({ id: z.string() }).nullish() }),
  outputs: z.object({ "enrich-attendees": Enriched.nullish().catch(null) }),
});

/** Output of `pull-crm-history`; empty for somebody whom the CRM does not know. */
export const PullCrmHistoryOutput = History;

/** Source: the specification. */
const LOOK_BACK_MS = 180 * 86_400_000;
const MAX_ACTION_ITEMS = 10;
const MAX_MEETINGS = 20;
const MAX_EMAILS = 20;
const SHOWN = 5;

const NOTHING: History = {
  contact: null,
  recent_meetings: [],
  recent_emails: [],
  open_action_items: [],
  previous_objections: [],
  deal: null,
  meeting_count: 0,
};

/** `pull-crm-history`: what was said, written, promised and objected to in the last 180 days. */
export const pullCrmHistory = defineAdapter({
  skill: "pull-crm-history",
  effectMode: "pure",
  cpuMs: 25,
  input: Input,
  output: PullCrmHistoryOutput,
  async run({ context, outputs }, ctx) {
    ctx.signal.throwIfAborted();
    const enriched = outputs["enrich-attendees"];
    const contactId = enriched?.primary?.contact_id ?? context.contact?.id ?? null;
    const { crm, clock } = ctx.ports;
    const contact = contactId === null ? null : await crm.getContact(ctx.orgId, contactId);
    if (contact === null) {
      return { output: { ...NOTHING, deal: enriched?.deal ?? null }, engine: "code" };
    }
    const [meetings, emails, items, summaries] = await Promise.all([
      crm.listMeetingsOfContact(ctx.orgId, contact.id, MAX_MEETINGS),
      crm.listEmailsOfContact(ctx.orgId, contact.id, MAX_EMAILS),
      crm.listActionItems(ctx.orgId, contact.id, MAX_ACTION_ITEMS),
      crm.listMeetingSummaries(ctx.orgId, contact.id, MAX_MEETINGS),
    ]);
    const now = clock.now();
    const isRecent = (at: string | null) =>
      at !== null && Date.parse(at) <= now && now - Date.parse(at) <= LOOK_BACK_MS;
    const held = meetings.filter(({ started_at }) => isRecent(started_at));
    return {
      output: {
        contact: { id: contact.id, name: contact.name, title: contact.title },
        recent_meetings: held.slice(0, SHOWN).map(({ id, title, started_at }) => ({
          id,
          title,
          started_at,
        })),
        recent_emails: emails.filter(({ sent_at }) => isRecent(sent_at)).slice(0, SHOWN)
          .map(({ id, subject, sent_at, direction }) => ({ id, subject, sent_at, direction })),
        open_action_items: items.map((item) => ({
          title: item.title,
          due_date: item.due_on,
          status: item.status,
          from_meeting: item.meeting_title,
        })),
        previous_objections: summaries.filter(({ started_at }) => isRecent(started_at))
          .flatMap(({ objections }) =>
            objections.map(({ objection, resolved }) => ({
              objection,
              resolution: null,
              resolved: resolved === true,
            }))
          ),
        deal: enriched?.deal ?? null,
        meeting_count: held.length,
      },
      engine: "code",
    };
  },
});
