import { z } from "zod";
import { cut } from "../../core/cut.ts";
import type { Classification, CompanyProfile, Enriched, History, LeadProfile } from "./_people.ts";

/** The brief as the rep reads it. Every sentence is built from a fact of the earlier steps. */
export const Briefing = z.object({
  meeting_type_label: z.string(),
  relationship_label: z.string(),
  executive_summary: z.string(),
  talking_points: z.array(z.string()),
  risk_signals: z.array(z.string()),
  questions_to_ask: z.array(z.string()),
  action_item_followups: z.array(z.string()),
  company_snapshot: z.string().nullable(),
  attendee_notes: z.array(z.string()),
  attendee_deep_profile: z.string().nullable(),
  connection_points: z.array(z.string()),
  personalization_hooks: z.array(z.string()),
});
export type Briefing = z.output<typeof Briefing>;

export interface BriefFacts {
  readonly title: string;
  /** ISO with offset, or null. */
  readonly startTime: string | null;
  readonly timezone: string;
  readonly enriched: Enriched;
  readonly history: History;
  readonly profile: CompanyProfile | null;
  readonly lead: z.output<typeof LeadProfile> | null;
  /** Newest risk score of the deal, 0 to 100; null when none was made. */
  readonly riskScore: number | null;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const MEETING_TYPES: Readonly<Record<Classification["meeting_type"], string>> = {
  general: "Meeting",
  discovery: "Discovery",
  demo: "Demo",
  negotiation: "Negotiation",
  account_review: "Account review",
  service: "Service",
  internal: "Internal meeting",
};
const RELATIONSHIPS: Readonly<Record<Classification["relationship"], string>> = {
  prospect: "Prospect",
  existing_client: "Existing client with a new deal",
  "re-engagement": "Lost before, talking again",
  client: "Client",
  unknown: "First contact",
};

/** What a good rep asks, by kind of meeting. */
const QUESTIONS: Readonly<Record<Classification["meeting_type"], readonly string[]>> = {
  general: ["What would make this meeting worth their time?"],
  discovery: [
    "How do they solve this today, and what does it cost them?",
    "What happens if nothing changes this year?",
    "Who else has a say, and how do they decide?",
  ],
  demo: [
    "Which of the things shown would they use first?",
    "What would they need to see before they recommend it?",
    "Who else should see this?",
  ],
  negotiation: [
    "What is left to settle besides the price?",
    "Who signs, and by when do they want to start?",
    "What would stop the signature?",
  ],
  account_review: [
    "What did they reach since the last review?",
    "What do they plan for the next quarter?",
  ],
  service: ["What has to work by when?", "Who on their side is responsible?"],
  internal: [],
};

/** Of each list: more is not read on the way to a meeting. */
export const MAX_LINES = 6;
const RISKY_FROM = 50;
const DAY_MS = 86_400_000;

const dayOf = (iso: string) => iso.slice(0, 10);
const daysAgo = (iso: string, now: number) => Math.floor((now - Date.parse(iso)) / DAY_MS);

function moneyOf(value: number | null, currency: string | null): string | null {
  return value === null
    ? null
    : `${value.toLocaleString("en-US")}${currency ? ` ${currency}` : ""}`;
}

function spokenTime(startTime: string | null, timezone: string): string | null {
  if (startTime === null || Number.isNaN(Date.parse(startTime))) return null;
  return new Intl.DateTimeFormat("en-GB", {
    timeZone: timezone,
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
  }).format(new Date(startTime));
}

function summarise(facts: BriefFacts): string {
  const { enriched, history } = facts;
  const { primary, company, deal } = enriched;
  const when = spokenTime(facts.startTime, facts.timezone);
  const sentences = [
    primary === null
      ? `${facts.title || "The meeting"}${when === null ? "" : `, ${when}`}: only colleagues.`
      : `${facts.title || "Meeting"}${when === null ? "" : `, ${when}`}, with ${primary.name}${
        primary.title === null ? "" : `, ${primary.title}`
      }${company?.name ? ` at ${company.name}` : ""}.`,
  ];
  if (deal !== null) {
    const facts = [deal.stage, moneyOf(deal.value, deal.currency), closing(deal.close_date)]
      .filter((fact) => fact !== null);
    sentences.push(`Open deal: ${deal.name}${facts.length > 0 ? ` (${facts.join(", ")})` : ""}.`);
  }
  const [last] = history.recent_meetings;
  if (last?.started_at) {
    sentences.push(
      `Last met ${daysAgo(last.started_at, facts.now)} days ago: ${last.title}.`,
    );
  } else if (primary !== null) {
    sentences.push("No earlier meeting with them is on record.");
  }
  return sentences.join(" ");
}

const closing = (day: string | null) => (day === null ? null : `closes ${day}`);

function risksOf({ enriched, history, riskScore, now }: BriefFacts): readonly string[] {
  const today = new Date(now).toISOString().slice(0, 10);
  const risks: string[] = [];
  if (riskScore !== null && riskScore >= RISKY_FROM) {
    risks.push(`The last risk scan gave the deal ${riskScore}/100`);
  }
  const close = enriched.deal?.close_date ?? null;
  if (close !== null && close < today) risks.push(`The close date ${close} has passed`);
  for (const { objection, resolved } of history.previous_objections) {
    if (!resolved) risks.push(`Open objection: ${objection}`);
  }
  const overdue = history.open_action_items.filter(({ due_date }) =>
    due_date !== null && due_date < today
  );
  for (const item of overdue) risks.push(`Overdue since ${item.due_date}: ${item.title}`);
  if (enriched.deal !== null && history.contact !== null && history.recent_emails.length === 0) {
    risks.push("No mail with them in the last 180 days");
  }
  return risks;
}

function talkingPointsOf({ enriched, history, profile, lead }: BriefFacts): readonly string[] {
  const points: string[] = [];
  if (enriched.deal?.next_steps) points.push(`Agreed next step: ${enriched.deal.next_steps}`);
  for (const item of history.open_action_items.slice(0, 2)) {
    points.push(`Where “${item.title}” stands`);
  }
  for (const { title } of [...lead?.news ?? [], ...profile?.news ?? []].slice(0, 2)) {
    points.push(`In the news: ${title}`);
  }
  const [mail] = history.recent_emails;
  if (mail?.direction === "inbound" && mail.subject !== null) {
    points.push(`Their mail of ${dayOf(mail.sent_at!)}: ${mail.subject}`);
  }
  return points;
}

function snapshotOf(profile: CompanyProfile | null): string | null {
  if (profile === null || profile.name === null) return null;
  const facts = [
    profile.industry,
    profile.employees === null ? null : `${profile.employees.toLocaleString("en-US")} people`,
    profile.headquarters,
    profile.domain,
  ].filter((fact) => fact !== null);
  const about = profile.description === null ? "" : ` ${cut(profile.description, 300)}`;
  return `${profile.name}${facts.length > 0 ? ` (${facts.join(", ")})` : ""}.${about}`;
}

function profileOf(lead: BriefFacts["lead"]): string | null {
  if (lead === null) return null;
  const facts = [lead.title, lead.location].filter((fact) => fact !== null);
  return facts.length === 0 ? null : `${lead.name}: ${facts.join(", ")}`;
}

/** The brief by rules. Nothing known leaves a part empty; nothing is invented. */
export function writeBrief(facts: BriefFacts): Briefing {
  const { enriched, history, profile, lead } = facts;
  const { meeting_type, relationship } = enriched.classification;
  const lines = (list: readonly string[]) => list.slice(0, MAX_LINES).map((line) => cut(line, 300));
  return {
    meeting_type_label: MEETING_TYPES[meeting_type],
    relationship_label: RELATIONSHIPS[relationship],
    executive_summary: cut(summarise(facts), 1000),
    talking_points: lines(talkingPointsOf(facts)),
    risk_signals: lines(risksOf(facts)),
    questions_to_ask: lines([
      ...history.previous_objections.filter(({ resolved }) => !resolved).slice(0, 1)
        .map(({ objection }) => `Is this still open: ${objection}?`),
      ...QUESTIONS[meeting_type],
    ]),
    action_item_followups: lines(
      history.open_action_items.map(({ title, due_date, from_meeting }) =>
        `${title}${due_date === null ? "" : ` (due ${due_date})`}, from ${from_meeting}`
      ),
    ),
    company_snapshot: snapshotOf(profile),
    attendee_notes: enriched.attendees.slice(0, 10).map((one) =>
      cut(
        [one.name, one.title, one.is_internal ? "colleague" : one.company].filter((part) => part)
          .join(", ") + (one.is_internal || one.is_known_contact ? "" : " (not in the CRM)"),
        300,
      )
    ),
    attendee_deep_profile: profileOf(lead),
    connection_points: lines(
      history.recent_meetings.map(({ title, started_at }) =>
        started_at === null ? title : `${title} (${dayOf(started_at)})`
      ),
    ),
    personalization_hooks: lines((lead?.news ?? []).map(({ title }) => title)),
  };
}
