import { z } from "zod";
import type { CrmContact, CrmDeal } from "../../../ports/crm.ts";
import { companyDomainOf, domainOf } from "../email/_mailDomains.ts";
import { defineAdapter, type SkillRun } from "../defineAdapter.ts";
import { meetingTypeOf, relationshipOf } from "./_classify.ts";
import { type Attendee, type Company, type Deal, Enriched } from "./_people.ts";

const Named = z.union([
  z.string().max(320).transform((email) => ({ name: null, email, title: null })),
  z.object({
    name: z.string().max(200).nullish().catch(null),
    email: z.string().max(320).nullish().catch(null),
    title: z.string().max(200).nullish().catch(null),
  }),
]);

const Input = z.object({
  payload: z.object({
    meeting_id: z.string().nullish().catch(null),
    title: z.string().nullish().catch(null),
    attendees: z.array(Named).nullish().catch(null),
  }),
  context: z.object({
    user: z.object({ email: z.string() }).nullish(),
    contact: z.object({ id: z.string(), name: z.string(), email: z.string().nullable() }).nullish(),
    deal: z.object({ id: z.string() }).nullish(),
  }),
});
type Input = z.output<typeof Input>;

/** Output of `enrich-attendees`. */
export const EnrichAttendeesOutput = Enriched;

/** More people than this are an audience. */
const MAX_ATTENDEES = 50;

/** A readable name out of an address where nothing better is known. */
export function nameFromEmail(email: string): string {
  return email.slice(0, email.indexOf("@")).split(/[._+-]+/).filter((part) => part !== "")
    .map((part) => part[0].toUpperCase() + part.slice(1)).join(" ");
}

interface Invited {
  readonly name: string | null;
  readonly email: string | null;
  readonly title: string | null;
}

/** Who is invited: the payload says it, else the stored meeting, else the contact the run is about. */
async function listInvited(input: Input, ctx: SkillRun): Promise<readonly Invited[]> {
  const { payload, context } = input;
  const named = (payload.attendees ?? []).map(({ name, email, title }) => ({
    name: name?.trim() || null,
    email: domainOf(email) === null ? null : email!.trim().toLowerCase(),
    title: title ?? null,
  }));
  if (named.length > 0) return named;
  const id = z.uuid().safeParse(payload.meeting_id);
  const meeting = id.success ? await ctx.ports.crm.getMeeting(ctx.orgId, id.data) : null;
  if (meeting !== null && meeting.attendees.length > 0) {
    return meeting.attendees.map(({ name, email, title }) => ({ name, email, title }));
  }
  return context.contact ? [{ ...context.contact, title: null }] : [];
}

/** Outside people first, known ones before strangers; everybody once. */
function orderAttendees(attendees: readonly Attendee[]): readonly Attendee[] {
  const rank = (one: Attendee) => (one.is_internal ? 2 : one.is_known_contact ? 0 : 1);
  return [...attendees].sort((a, b) => rank(a) - rank(b));
}

async function findCompany(primary: Attendee, known: CrmContact | null, ctx: SkillRun) {
  const { crm } = ctx.ports;
  const domain = companyDomainOf(primary.email);
  const row = known?.company_id
    ? await crm.getCompany(ctx.orgId, known.company_id)
    : domain === null
    ? null
    : await crm.findCompanyByDomain(ctx.orgId, domain);
  if (row === null) {
    return domain === null
      ? null
      : { id: null, name: null, domain, industry: null, size: null, description: null };
  }
  const { id, name, industry, size, description } = row;
  return { id, name, domain: row.domain ?? domain, industry, size, description } satisfies Company;
}

function toDeal(deal: CrmDeal): Deal {
  const { id, name, stage, value, currency, close_date, next_steps } = deal;
  return { id, name, stage, value, currency, close_date, next_steps };
}

/** The deal that the run names, else the contact's newest open one. */
async function findDeal(input: Input, known: CrmContact | null, ctx: SkillRun) {
  const { crm } = ctx.ports;
  const named = input.context.deal ? await crm.getDeal(ctx.orgId, input.context.deal.id) : null;
  if (named?.status === "open") return named;
  return known === null ? null : (await crm.listDealsOfContact(ctx.orgId, known.id))[0] ?? null;
}

/** `enrich-attendees`: who will be there, whom they work for, the deal, and what kind of meeting it is. */
export const enrichAttendees = defineAdapter({
  skill: "enrich-attendees",
  effectMode: "pure",
  cpuMs: 30,
  input: Input,
  output: EnrichAttendeesOutput,
  async run(input, ctx) {
    ctx.signal.throwIfAborted();
    const { crm } = ctx.ports;
    const invited = (await listInvited(input, ctx)).slice(0, MAX_ATTENDEES);
    const emails = [...new Set(invited.flatMap(({ email }) => email ?? []))];
    const [contacts, members] = await Promise.all([
      crm.findContactsByEmail(ctx.orgId, emails),
      crm.listMembers(ctx.orgId),
    ]);
    const contactOf = (email: string | null) =>
      contacts.find((contact) => contact.email?.toLowerCase() === email) ?? null;
    const ours = companyDomainOf(input.context.user?.email);
    const seen = new Set<string>();
    const attendees = invited.flatMap((one): Attendee[] => {
      const email = one.email?.toLowerCase() ?? null;
      const identity = email ?? one.name?.toLowerCase() ?? "";
      if (identity === "" || seen.has(identity)) return [];
      seen.add(identity);
      const known = contactOf(email);
      const member = members.find((m) => m.email.toLowerCase() === email);
      return [{
        name: known?.name ?? member?.name ?? one.name ?? nameFromEmail(email!),
        email,
        title: known?.title ?? one.title,
        company: null,
        contact_id: known?.id ?? null,
        is_known_contact: known !== null,
        is_internal: member !== undefined || (ours !== null && domainOf(email) === ours),
      }];
    });
    const ordered = orderAttendees(attendees);
    const outside = ordered[0]?.is_internal === false ? ordered[0] : null;
    const known = outside === null ? null : contactOf(outside.email);
    const company = outside === null ? null : await findCompany(outside, known, ctx);
    const deal = await findDeal(input, known, ctx);
    const ended = known === null && (company === null || company.id === null)
      ? []
      : await crm.listEndedDeals(ctx.orgId, {
        contactId: known?.id,
        companyId: company?.id ?? undefined,
      });
    const ofCompany = ordered.map((one) => ({
      ...one,
      company: !one.is_internal && company !== null && companyDomainOf(one.email) === company.domain
        ? company.name
        : null,
    }));
    return {
      output: {
        attendees: ofCompany,
        primary: outside === null ? null : ofCompany[0],
        company,
        deal: deal === null ? null : toDeal(deal),
        classification: {
          relationship: relationshipOf({
            isKnown: known !== null,
            hasOpenDeal: deal !== null,
            ended,
          }),
          meeting_type: meetingTypeOf({
            title: input.payload.title ?? "",
            stage: deal?.stage ?? null,
            attendees: ofCompany,
          }),
        },
      },
      engine: "code",
    };
  },
});
