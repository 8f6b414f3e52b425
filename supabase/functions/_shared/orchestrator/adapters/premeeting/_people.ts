import { z } from "zod";

/** Somebody who will be in the meeting. */
export const Attendee = z.object({
  name: z.string(),
  email: z.string().nullable(),
  title: z.string().nullable(),
  company: z.string().nullable(),
  contact_id: z.string().nullable(),
  is_known_contact: z.boolean(),
  is_internal: z.boolean(),
});
export type Attendee = z.output<typeof Attendee>;

export const Company = z.object({
  /** Null when the CRM has no such company. */
  id: z.string().nullable(),
  name: z.string().nullable(),
  domain: z.string().nullable(),
  industry: z.string().nullable(),
  size: z.string().nullable(),
  description: z.string().nullable(),
});
export type Company = z.output<typeof Company>;

export const Deal = z.object({
  id: z.string(),
  name: z.string(),
  stage: z.string().nullable(),
  value: z.number().nullable(),
  currency: z.string().nullable(),
  close_date: z.string().nullable(),
  next_steps: z.string().nullable(),
});
export type Deal = z.output<typeof Deal>;

export const Relationship = z.enum([
  "prospect",
  "existing_client",
  "re-engagement",
  "client",
  "unknown",
]);
export const MeetingType = z.enum([
  "general",
  "discovery",
  "demo",
  "negotiation",
  "account_review",
  "service",
  "internal",
]);
export const Classification = z.object({ relationship: Relationship, meeting_type: MeetingType });
export type Classification = z.output<typeof Classification>;

/** What `enrich-attendees` tells the later steps. */
export const Enriched = z.object({
  attendees: z.array(Attendee),
  /** The first outside person; the brief is about them. */
  primary: Attendee.nullable(),
  company: Company.nullable(),
  deal: Deal.nullable(),
  classification: Classification,
});
export type Enriched = z.output<typeof Enriched>;

export const NewsLine = z.object({
  title: z.string(),
  url: z.string(),
  published_at: z.string().nullable(),
});

/** What is known of the company from outside. */
export const CompanyProfile = z.object({
  name: z.string().nullable(),
  domain: z.string().nullable(),
  industry: z.string().nullable(),
  employees: z.number().nullable(),
  description: z.string().nullable(),
  headquarters: z.string().nullable(),
  technologies: z.array(z.string()),
  news: z.array(NewsLine),
});
export type CompanyProfile = z.output<typeof CompanyProfile>;

export const LeadProfile = z.object({
  name: z.string(),
  title: z.string().nullable(),
  linkedin_url: z.string().nullable(),
  location: z.string().nullable(),
  news: z.array(NewsLine),
});
export type LeadProfile = z.output<typeof LeadProfile>;

export const Objection = z.object({
  objection: z.string(),
  resolution: z.string().nullable(),
  resolved: z.boolean(),
});

/** Past dealings with the main contact. */
export const History = z.object({
  contact: z.object({ id: z.string(), name: z.string(), title: z.string().nullable() }).nullable(),
  recent_meetings: z.array(
    z.object({ id: z.string(), title: z.string(), started_at: z.string().nullable() }),
  ),
  recent_emails: z.array(
    z.object({
      id: z.string(),
      subject: z.string().nullable(),
      sent_at: z.string().nullable(),
      direction: z.enum(["inbound", "outbound"]),
    }),
  ),
  open_action_items: z.array(
    z.object({
      title: z.string(),
      due_date: z.string().nullable(),
      status: z.string(),
      from_meeting: z.string(),
    }),
  ),
  previous_objections: z.array(Objection),
  deal: Deal.nullable(),
  meeting_count: z.number().int(),
});
export type History = z.output<typeof History>;
