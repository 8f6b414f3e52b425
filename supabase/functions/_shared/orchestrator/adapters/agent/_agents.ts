import { z } from "zod";
import type { CrmPipelineDeal } from "../../../ports/crm.ts";
import { cut } from "../../core/cut.ts";
import { classifyReply } from "../campaign/_replyRules.ts";
import type { SkillRun } from "../defineAdapter.ts";
import { ownWords } from "../email/_body.ts";

/** The six specialists (source: the specification of agent-trigger). */
export const AgentName = z.enum([
  "pipeline",
  "outreach",
  "research",
  "crm_ops",
  "meetings",
  "prospecting",
]);
export type AgentName = z.output<typeof AgentName>;

/** One line of a brief, with the row that it speaks of. */
export const AgentLine = z.object({
  text: z.string(),
  entity: z.enum(["deal", "contact", "company", "task", "calendar_event", "campaign_reply"])
    .nullable(),
  id: z.string().nullable(),
});
export type AgentLine = z.output<typeof AgentLine>;

export interface AgentBrief {
  readonly headline: string;
  readonly lines: readonly AgentLine[];
  /** Names of the tools that were used, in order. */
  readonly tools: readonly string[];
}

export interface AgentSubject {
  readonly contact: { readonly id: string; readonly name: string } | null;
  readonly deal: { readonly id: string; readonly name: string } | null;
  readonly companyId: string | null;
}

const DAY_MS = 86_400_000;
const MAX_DEALS = 100;
const MAX_LINES = 8;

const line = (
  text: string,
  entity: AgentLine["entity"] = null,
  id: string | null = null,
): AgentLine => ({ text: cut(text, 300), entity, id });

const quietDays = (deal: CrmPipelineDeal, now: number) =>
  deal.last_activity_at === null
    ? null
    : Math.floor((now - Date.parse(deal.last_activity_at)) / DAY_MS);

async function openDeals(ctx: SkillRun): Promise<readonly CrmPipelineDeal[]> {
  return await ctx.ports.crm.listPipeline(ctx.orgId, {
    ownerId: ctx.userId ?? undefined,
    limit: MAX_DEALS,
  });
}

/** What needs attention among the open deals. */
async function pipeline(ctx: SkillRun): Promise<AgentBrief> {
  const deals = await openDeals(ctx);
  const now = ctx.ports.clock.now();
  const today = new Date(now).toISOString().slice(0, 10);
  const soon = new Date(now + 14 * DAY_MS).toISOString().slice(0, 10);
  const totals = new Map<string, number>();
  for (const { value, currency } of deals) {
    if (value === null) continue;
    totals.set(currency ?? "", (totals.get(currency ?? "") ?? 0) + value);
  }
  const worth = [...totals].map(([unit, sum]) => `${sum.toLocaleString("en-US")} ${unit}`.trim());
  const overdue = deals.filter(({ close_date }) => close_date !== null && close_date < today);
  const closing = deals.filter(({ close_date }) =>
    close_date !== null && close_date >= today && close_date <= soon
  );
  const quiet = deals.filter((deal) => (quietDays(deal, now) ?? Infinity) > 14);
  return {
    headline: `${deals.length} open deals${
      worth.length > 0 ? ` worth ${worth.join(" and ")}` : ""
    }`,
    lines: [
      ...overdue.map((deal) =>
        line(`${deal.name}: its close date ${deal.close_date} has passed`, "deal", deal.id)
      ),
      ...closing.map((deal) => line(`${deal.name} closes on ${deal.close_date}`, "deal", deal.id)),
      ...quiet.map((deal) => {
        const days = quietDays(deal, now);
        return line(
          `${deal.name}: ${days === null ? "nothing ever happened" : `quiet for ${days} days`}`,
          "deal",
          deal.id,
        );
      }),
    ].slice(0, MAX_LINES),
    tools: ["list_open_deals"],
  };
}

/** Whom to write to: the subject of the event, else the main contacts nobody wrote to for a month. */
async function outreach(ctx: SkillRun, { contact }: AgentSubject): Promise<AgentBrief> {
  const { crm, clock } = ctx.ports;
  if (contact !== null) {
    const [emails, items] = await Promise.all([
      crm.listEmailsOfContact(ctx.orgId, contact.id, 1),
      crm.listActionItems(ctx.orgId, contact.id, 5),
    ]);
    const [last] = emails;
    const ago = last?.sent_at
      ? Math.floor((clock.now() - Date.parse(last.sent_at)) / DAY_MS)
      : null;
    return {
      headline: ago === null
        ? `Nobody wrote to ${contact.name} yet`
        : `${
          last.direction === "inbound" ? `${contact.name} wrote` : `We wrote to ${contact.name}`
        } ${ago} days ago`,
      lines: items.map(({ title, due_on }) =>
        line(
          `To mention: ${title}${due_on === null ? "" : ` (due ${due_on})`}`,
          "contact",
          contact.id,
        )
      ),
      tools: ["read_mails", "list_action_items"],
    };
  }
  const silent = (await openDeals(ctx)).filter(({ contact_name, contact_emails_last_30d }) =>
    contact_name !== null && contact_emails_last_30d === 0
  );
  return {
    headline: `${silent.length} main contacts had no mail in 30 days`,
    lines: silent.slice(0, MAX_LINES).map((deal) =>
      line(`Write to ${deal.contact_name} about ${deal.name}`, "deal", deal.id)
    ),
    tools: ["list_open_deals"],
  };
}

/** What is known of the subject's company, from the CRM, a directory and the news. */
async function research(ctx: SkillRun, { companyId }: AgentSubject): Promise<AgentBrief> {
  const { crm, enrichment, news } = ctx.ports;
  const company = companyId === null ? null : await crm.getCompany(ctx.orgId, companyId);
  if (company === null) {
    return { headline: "The event names nobody whose company is known", lines: [], tools: [] };
  }
  const options = { orgId: ctx.orgId, signal: ctx.signal };
  const [directory, headlines] = await Promise.all([
    company.domain === null ? null : enrichment.findCompany(company.domain, options),
    news.search({ company: company.name, domain: company.domain }, { ...options, limit: 5 }),
  ]);
  const found = directory?.company ?? null;
  const facts = [
    company.industry ?? found?.industry,
    company.size,
    found?.headquarters,
    company.domain,
  ].filter((fact) => fact);
  return {
    headline: `${company.name}${facts.length > 0 ? ` (${facts.join(", ")})` : ""}`,
    lines: [
      ...company.description ? [line(company.description, "company", company.id)] : [],
      ...headlines.items.map(({ title }) => line(`In the news: ${title}`, "company", company.id)),
      ...headlines.items.length === 0 ? [line(`No news: ${headlines.via}`)] : [],
    ],
    tools: ["read_company", "search_directory", "search_news"],
  };
}

/** What is missing or late in the CRM. */
async function crmOps(ctx: SkillRun): Promise<AgentBrief> {
  const { crm, clock } = ctx.ports;
  const today = new Date(clock.now()).toISOString().slice(0, 10);
  const [deals, tasks] = await Promise.all([
    openDeals(ctx),
    ctx.userId === null ? [] : crm.listOpenTasks(ctx.orgId, { userId: ctx.userId }),
  ]);
  const gaps = deals.flatMap((deal) => {
    const missing = [
      deal.value === null ? "value" : null,
      deal.close_date === null ? "close date" : null,
      deal.contact_name === null ? "contact" : null,
      deal.stage === null ? "stage" : null,
    ].filter((part) => part !== null);
    return missing.length === 0
      ? []
      : [line(`${deal.name} has no ${missing.join(", no ")}`, "deal", deal.id)];
  });
  const late = tasks.filter(({ due_on }) => due_on !== null && due_on < today);
  return {
    headline: `${gaps.length} deals with gaps, ${late.length} tasks late`,
    lines: [
      ...gaps,
      ...late.map((task) => line(`Late since ${task.due_on}: ${task.title}`, "task", task.id)),
    ].slice(0, MAX_LINES),
    tools: ["list_open_deals", "list_tasks"],
  };
}

/** The next day's meetings. */
async function meetings(ctx: SkillRun): Promise<AgentBrief> {
  const { crm, clock } = ctx.ports;
  if (ctx.userId === null) {
    return { headline: "The run has no user whose calendar could be read", lines: [], tools: [] };
  }
  const [user, events] = await Promise.all([
    crm.getUser(ctx.orgId, ctx.userId),
    crm.listCalendarEvents(ctx.orgId, ctx.userId, {
      fromIso: new Date(clock.now()).toISOString(),
      toIso: new Date(clock.now() + DAY_MS).toISOString(),
    }),
  ]);
  const time = new Intl.DateTimeFormat("en-GB", {
    timeZone: user?.timezone ?? "UTC",
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
  });
  return {
    headline: `${events.length} events in the next 24 hours`,
    lines: events.slice(0, MAX_LINES).map((event) =>
      line(
        `${event.is_all_day ? "All day" : time.format(new Date(event.starts_at))}: ${event.title}`,
        "calendar_event",
        event.id,
      )
    ),
    tools: ["read_calendar"],
  };
}

/** Who answered campaigns and wants to talk. */
async function prospecting(ctx: SkillRun): Promise<AgentBrief> {
  const { campaigns, clock } = ctx.ports;
  const since = new Date(clock.now() - 7 * DAY_MS).toISOString();
  const { replies, via } = await campaigns.listReplies(since, {
    orgId: ctx.orgId,
    limit: 50,
    signal: ctx.signal,
  });
  const warm = replies.map((reply) => ({
    reply,
    category: classifyReply(reply.subject, ownWords(reply.body_text)).category,
  })).filter(({ category }) => ["meeting_request", "interested", "question"].includes(category));
  return {
    headline: `${warm.length} of ${replies.length} replies of the week want an answer (${via})`,
    lines: warm.slice(0, MAX_LINES).map(({ reply, category }) =>
      line(
        `${reply.contact_name ?? reply.contact_email}: ${category.replaceAll("_", " ")}`,
        "campaign_reply",
        reply.id,
      )
    ),
    tools: ["list_campaign_replies"],
  };
}

/** Each specialist's brief by rules: read through the ports, nothing invented. */
export const AGENTS: Readonly<
  Record<AgentName, (ctx: SkillRun, subject: AgentSubject) => Promise<AgentBrief>>
> = { pipeline, outreach, research, crm_ops: crmOps, meetings, prospecting };
