import type { CrmContact, CrmDeal, CrmMeeting, SkillPorts } from "../ports/mod.ts";
import { FleetError } from "./core/errors.ts";
import type { FleetEvent, RunContext } from "./types.ts";

/** How much history a step sees (spec: context tiers). */
const MEETINGS = 5;
const EMAILS = 10;
const ACTIVITIES = 20;
/** A calendar event is the meeting's own when it starts so near. */
const SAME_START_MS = 15 * 60_000;

export type ContextPorts = Pick<SkillPorts, "crm" | "preferences">;

export interface LoadedContext {
  readonly context: RunContext;
  /** One sentence per read that failed: never silently empty. */
  readonly warnings: readonly string[];
}

/** Somebody the run may be about, known by a mail address only. */
interface Candidate {
  readonly name: string;
  readonly email: string;
  readonly source: "attendee" | "calendar";
}

type Entities = Omit<RunContext, keyof typeof NO_TIER1>;

/**
 * Reads the first two context tiers of a run, all filtered by its organisation. Tier 1 (organisation, user,
 * preferences, ideal customer, products, budget) always; tier 2 (contact, company, deal, history) when asked
 * and the payload names an entity; what the payload leaves out is derived from the meeting and the contact.
 * Never throws.
 */
export async function loadContext(
  { crm, preferences }: ContextPorts,
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
  const [org, user, settings, icp, products, found] = await Promise.all([
    read("organisation", crm.getOrganization(orgId), null),
    event.user_id === null ? null : read("user", crm.getUser(orgId, event.user_id), null),
    read("settings", preferences.readMember(orgId, event.user_id), NO_SETTINGS),
    read("ideal customer", crm.getIdealCustomer(orgId), null),
    read("products", crm.listProducts(orgId), []),
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
        quiet_hours: settings.quiet_hours,
        max_messages_per_hour: settings.max_messages_per_hour,
      },
      features: settings.features,
      icp,
      products,
      cost_budget: settings.cost_budget,
      ...found,
    },
  };

  async function loadEntities(): Promise<Entities> {
    const { contact_id, deal_id, meeting_id, email_id, company_id } = event.payload;
    const meeting = isId(meeting_id)
      ? await read("meeting", crm.getMeeting(orgId, meeting_id), null)
      : null;
    const namedDeal = isId(deal_id) ? deal_id : meeting?.deal_id ?? null;
    const known = namedDeal === null
      ? null
      : await read("deal", crm.getDeal(orgId, namedDeal), null);
    const found = await findContact(
      isId(contact_id) ? contact_id : isId(email_id) ? await contactOfMail(email_id) : null,
      meeting,
    );
    const { counterpart } = found;
    // Nobody else was named or there: whoever the deal is with.
    const contact = found.contact === null && counterpart === null && known?.contact_id
      ? await read("contact of the deal", crm.getContact(orgId, known.contact_id), null)
      : found.contact;
    const deal = namedDeal === null && contact !== null ? await dealOf(contact) : known;
    const companyId = isId(company_id)
      ? company_id
      : contact?.company_id ?? deal?.company_id ?? null;
    const [company, meetings, emails, activities] = await Promise.all([
      companyId === null ? null : read("company", crm.getCompany(orgId, companyId), null),
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
      counterpart,
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

  /**
   * First hit wins: the payload, the meeting's contact, a known contact among outside attendees, then among
   * all, then among the people of the calendar event at its start. Nobody known: whoever came first.
   */
  async function findContact(
    contactId: string | null,
    meeting: CrmMeeting | null,
  ): Promise<Pick<Entities, "counterpart"> & { readonly contact: CrmContact | null }> {
    const known = contactId ?? meeting?.contact_id ??
      meeting?.attendees.find((a) => a.is_external && a.contact_id !== null)?.contact_id ?? null;
    if (known !== null) {
      const contact = await read("contact", crm.getContact(orgId, known), null);
      return { contact, counterpart: null };
    }
    if (meeting === null) return { contact: null, counterpart: null };
    const seen: Candidate[] = [];
    for (const people of [attendeesOf(meeting, true), attendeesOf(meeting, false), null]) {
      const candidates = people ?? await peopleOfCalendar(meeting);
      seen.push(...candidates);
      const emails = candidates.map((candidate) => candidate.email);
      const [contact] = emails.length === 0
        ? []
        : await read("contacts of the attendees", crm.findContactsByEmail(orgId, emails), []);
      if (contact !== undefined) return { contact, counterpart: null };
    }
    return { contact: null, counterpart: seen[0] ?? null };
  }

  async function peopleOfCalendar(meeting: CrmMeeting): Promise<readonly Candidate[]> {
    if (meeting.user_id === null || meeting.started_at === null) return [];
    const start = Date.parse(meeting.started_at);
    const [events, owner] = await Promise.all([
      read(
        "calendar of the meeting",
        crm.listCalendarEvents(orgId, meeting.user_id, {
          fromIso: new Date(start - SAME_START_MS).toISOString(),
          toIso: new Date(start + SAME_START_MS).toISOString(),
        }),
        [],
      ),
      read("owner of the meeting", crm.getUser(orgId, meeting.user_id), null),
    ]);
    return events
      .filter((one) => Math.abs(Date.parse(one.starts_at) - start) <= SAME_START_MS)
      .flatMap((one) =>
        one.attendees.map((person) => ({ ...person, organizer: one.organizer_email }))
      )
      .flatMap(({ email, name, organizer }) =>
        !email || sameAddress(email, organizer) || sameAddress(email, owner?.email) ? [] : [{
          name: name || email,
          email,
          source: "calendar" as const,
        }]
      );
  }

  async function dealOf(contact: CrmContact): Promise<CrmDeal | null> {
    const [newest] = await read(
      "deals of the contact",
      crm.listDealsOfContact(orgId, contact.id),
      [],
    );
    return newest ?? null;
  }
}

function attendeesOf(meeting: CrmMeeting, isExternal: boolean): readonly Candidate[] {
  return meeting.attendees.flatMap(({ name, email, is_external }) =>
    email && is_external === isExternal ? [{ name, email, source: "attendee" as const }] : []
  );
}

function sameAddress(one: string, other: string | null | undefined): boolean {
  return one.toLowerCase() === other?.toLowerCase();
}

const NO_SETTINGS = {
  quiet_hours: null,
  max_messages_per_hour: null,
  features: {},
  cost_budget: null,
};

const NO_TIER1 = {
  org: null,
  user: null,
  features: {},
  icp: null,
  products: [],
  cost_budget: null,
};

const NO_ENTITIES: Entities = {
  contact: null,
  counterpart: null,
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
