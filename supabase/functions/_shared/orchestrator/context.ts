import type { CrmContact, CrmDeal, CrmMeeting, CrmPort } from "../ports/crm.ts";
import { FleetError } from "./core/errors.ts";
import type { FleetEvent, RunContext } from "./types.ts";

/** How much history a step sees (spec: context tiers). */
const MEETINGS = 5;
const EMAILS = 10;
const ACTIVITIES = 20;

export interface LoadedContext {
  readonly context: RunContext;
  /** One sentence per read that failed: never silently empty. */
  readonly warnings: readonly string[];
}

/**
 * Reads the context tiers of a run, all filtered by its organisation. Tier 1 (organisation, user)
 * always; tier 2 (contact, company, deal, history) when asked and the payload names an entity; what
 * the payload leaves out is derived from the meeting and the contact. Never throws.
 */
export async function loadContext(
  crm: CrmPort,
  event: FleetEvent,
  tiers: readonly string[],
): Promise<LoadedContext> {
  const warnings: string[] = [];
  const orgId = event.org_id;
  async function read<T>(what: string, query: Promise<T>, otherwise: T): Promise<T> {
    try {
      return await query;
    } catch (error) {
      warnings.push(
        `Context: ${what} could not be read (${
          error instanceof FleetError ? error.code : "failed"
        })`,
      );
      return otherwise;
    }
  }

  const entities = tiers.includes("tier2") ? loadEntities() : Promise.resolve(NO_ENTITIES);
  const [org, user, found] = await Promise.all([
    read("organisation", crm.getOrganization(orgId), null),
    event.user_id === null ? null : read("user", crm.getUser(orgId, event.user_id), null),
    entities,
  ]);
  return {
    warnings,
    context: {
      org,
      user: user === null ? null : {
        id: user.id,
        email: user.email,
        name: user.name,
        timezone: user.timezone,
        slack_user_id: user.slack_user_id,
      },
      ...found,
    },
  };

  async function loadEntities(): Promise<Omit<RunContext, "org" | "user">> {
    const { contact_id, deal_id, meeting_id, email_id } = event.payload;
    const meeting = isId(meeting_id)
      ? await read("meeting", crm.getMeeting(orgId, meeting_id), null)
      : null;
    const contact = await findContact(
      isId(contact_id) ? contact_id : isId(email_id) ? await contactOfMail(email_id) : null,
      meeting,
    );
    const namedDeal = isId(deal_id) ? deal_id : meeting?.deal_id ?? null;
    const [deal, company, meetings, emails, activities] = await Promise.all([
      findDeal(namedDeal, contact),
      contact?.company_id ? read("company", crm.getCompany(orgId, contact.company_id), null) : null,
      contact === null
        ? []
        : read("meeting history", crm.listMeetingsOfContact(orgId, contact.id, MEETINGS), []),
      contact === null
        ? []
        : read("mail history", crm.listEmailsOfContact(orgId, contact.id, EMAILS), []),
      contact === null && namedDeal === null ? [] : read(
        "activities",
        crm.listActivities(
          orgId,
          { contactId: contact?.id, dealId: namedDeal ?? undefined },
          ACTIVITIES,
        ),
        [],
      ),
    ]);
    return {
      contact: contact === null ? null : {
        id: contact.id,
        name: contact.name,
        email: contact.email,
        title: contact.title,
        company_id: contact.company_id,
      },
      company: company === null
        ? null
        : { id: company.id, name: company.name, domain: company.domain },
      deal: deal === null ? null : {
        id: deal.id,
        name: deal.name,
        stage: deal.stage,
        value: deal.value,
        currency: deal.currency,
        close_date: deal.close_date,
        owner_id: deal.owner_id,
      },
      meeting_history: meetings.map(({ id, title, started_at }) => ({ id, title, started_at })),
      email_history: emails,
      activities,
    };
  }

  /** Of a mail: the contact on its row, else whoever it is from. */
  async function contactOfMail(emailId: string): Promise<string | null> {
    const mail = await read("mail", crm.findEmail(orgId, { id: emailId }), null);
    if (mail === null || mail.contact_id !== null) return mail?.contact_id ?? null;
    if (mail.from_email === null) return null;
    const [sender] = await read(
      "sender of the mail",
      crm.findContactsByEmail(orgId, [mail.from_email]),
      [],
    );
    return sender?.id ?? null;
  }

  /** First hit wins: the payload, the meeting's contact, then known contacts among outside attendees. */
  async function findContact(
    contactId: string | null,
    meeting: CrmMeeting | null,
  ): Promise<CrmContact | null> {
    const known = contactId ?? meeting?.contact_id ??
      meeting?.attendees.find((a) => a.is_external && a.contact_id !== null)?.contact_id ?? null;
    if (known !== null) return await read("contact", crm.getContact(orgId, known), null);
    const emails = (meeting?.attendees ?? []).filter((a) => a.is_external).flatMap((a) =>
      a.email ?? []
    );
    if (emails.length === 0) return null;
    return (await read("contacts of the attendees", crm.findContactsByEmail(orgId, emails), []))[
      0
    ] ?? null;
  }

  async function findDeal(
    dealId: string | null,
    contact: CrmContact | null,
  ): Promise<CrmDeal | null> {
    if (dealId !== null) return await read("deal", crm.getDeal(orgId, dealId), null);
    if (contact === null) return null;
    return (await read("deals of the contact", crm.listDealsOfContact(orgId, contact.id), []))[0] ??
      null;
  }
}

const NO_ENTITIES: Omit<RunContext, "org" | "user"> = {
  contact: null,
  company: null,
  deal: null,
  meeting_history: [],
  email_history: [],
  activities: [],
};

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function isId(value: unknown): value is string {
  return typeof value === "string" && UUID.test(value);
}
