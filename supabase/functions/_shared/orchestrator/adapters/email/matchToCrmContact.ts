import { z } from "zod";
import { defineAdapter } from "../defineAdapter.ts";
import { loadMail, MailPayload } from "./_incoming.ts";
import { parseSender } from "./_mail.ts";
import { companyDomainOf, domainOf } from "./_mailDomains.ts";

const Input = z.object({ payload: MailPayload });

/** Output of `match-to-crm-contact`. A mail without a sender matches nobody. */
export const MatchToCrmContactOutput = z.object({
  contact: z.object({
    id: z.string(),
    name: z.string(),
    email: z.string().nullable(),
    title: z.string().nullable(),
    company_id: z.string().nullable(),
  }).nullable(),
  company: z.object({ id: z.string(), name: z.string(), domain: z.string().nullable() }).nullable(),
  deal: z.object({
    id: z.string(),
    name: z.string(),
    stage: z.string().nullable(),
    value: z.number().nullable(),
  }).nullable(),
  /** An outside sender whom the CRM does not know. */
  is_new_contact: z.boolean(),
  from_email: z.string().nullable(),
});

/** `match-to-crm-contact`: the sender's contact, else the company of the domain, and the open deal. */
export const matchToCrmContact = defineAdapter({
  skill: "match-to-crm-contact",
  effectMode: "db",
  cpuMs: 25,
  input: Input,
  output: MatchToCrmContactOutput,
  async run({ payload }, ctx) {
    ctx.signal.throwIfAborted();
    const { crm } = ctx.ports;
    const mail = await loadMail(payload, ctx);
    // Of a mail that went out the other side is whom it was sent to.
    const other = mail.direction === "outbound" ? mail.to[0] ?? "" : mail.from;
    const { address } = parseSender(other);
    if (domainOf(address) === null) {
      return {
        output: {
          contact: null,
          company: null,
          deal: null,
          is_new_contact: false,
          from_email: null,
        },
        engine: "code",
      };
    }
    const [[contact], members] = await Promise.all([
      crm.findContactsByEmail(ctx.orgId, [address]),
      crm.listMembers(ctx.orgId),
    ]);
    const isMember = members.some(({ email }) => email.toLowerCase() === address);
    const domain = companyDomainOf(address);
    const company = contact?.company_id
      ? await crm.getCompany(ctx.orgId, contact.company_id)
      : domain === null || isMember
      ? null
      : await crm.findCompanyByDomain(ctx.orgId, domain);
    const [deal] = contact === undefined ? [] : await crm.listDealsOfContact(ctx.orgId, contact.id);
    if (contact !== undefined && mail.id !== null) {
      ctx.signal.throwIfAborted();
      await crm.applyChange({
        orgId: ctx.orgId,
        entity: "email",
        id: mail.id,
        effectKey: ctx.effectKey("contact"),
        change: { contact_id: contact.id },
      });
    }
    return {
      output: {
        contact: contact === undefined ? null : {
          id: contact.id,
          name: contact.name,
          email: contact.email,
          title: contact.title,
          company_id: contact.company_id,
        },
        company: company === null
          ? null
          : { id: company.id, name: company.name, domain: company.domain },
        deal: deal === undefined
          ? null
          : { id: deal.id, name: deal.name, stage: deal.stage, value: deal.value },
        is_new_contact: contact === undefined && !isMember,
        from_email: address,
      },
      engine: "code",
    };
  },
});
