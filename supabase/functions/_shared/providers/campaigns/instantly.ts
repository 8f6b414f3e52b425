import { z } from "zod";
import { FatalError } from "../../orchestrator/core/errors.ts";
import type { CampaignsPort } from "../../ports/campaigns.ts";
import type { CrmCampaign, CrmCampaignReply } from "../../ports/crmRows.ts";
import type { Vendor, VendorSession } from "../http/vendor.ts";

const PAGE = "100";
const MAX_PAGES = 50;
/** Instantly's number for a campaign that sends. */
const ACTIVE = 1;

const cursor = z.string().nullish();
const Campaigns = z.object({
  items: z.array(z.object({ id: z.string(), name: z.string(), status: z.number() })),
  next_starting_after: cursor,
});
const Analytics = z.array(z.object({
  campaign_id: z.string(),
  leads_count: z.number().catch(0),
  emails_sent_count: z.number().catch(0),
  open_count: z.number().catch(0),
  reply_count: z.number().catch(0),
  bounced_count: z.number().catch(0),
  unsubscribed_count: z.number().catch(0),
}));
const Emails = z.object({
  items: z.array(z.object({
    id: z.string(),
    campaign_id: z.string().nullish(),
    timestamp_email: z.string(),
    from_address_email: z.string(),
    from_address_json: z.array(z.object({ name: z.string().nullish() })).nullish(),
    subject: z.string().nullish(),
    body: z.object({ text: z.string().nullish() }).nullish(),
  })),
  next_starting_after: cursor,
});

/** Instantly's API v2; where it is not connected, the CRM's own rows. */
export function createInstantlyCampaigns(
  instantly: Vendor,
  otherwise: CampaignsPort,
): CampaignsPort {
  return {
    async list(options) {
      const session = await instantly.open({ ...options, userId: null });
      if (session === null) return await otherwise.list(options);
      const campaigns: { readonly id: string; readonly name: string }[] = [];
      for await (
        const page of pages(session, { schema: Campaigns, path: "/campaigns", query: {} })
      ) {
        campaigns.push(...page.items.filter(({ status }) => status === ACTIVE));
      }
      const counts = new Map(
        (await session.read(Analytics, { method: "GET", path: "/campaigns/analytics" }))
          .map((row) => [row.campaign_id, row]),
      );
      return {
        via: instantly.name,
        campaigns: campaigns.map(({ id, name }): CrmCampaign => ({
          id,
          name,
          provider: "instantly",
          external_id: id,
          metrics: metricsOf(counts.get(id)),
        })),
      };
    },
    async listReplies(sinceIso, options) {
      const session = await instantly.open({ ...options, userId: null });
      if (session === null) return await otherwise.listReplies(sinceIso, options);
      const since = Date.parse(sinceIso);
      const replies: CrmCampaignReply[] = [];
      const asked = { schema: Emails, path: "/emails", query: { email_type: "received" } };
      // Newest first: the first page that ends before the moment asked for is the last one read.
      for await (const page of pages(session, asked)) {
        const recent = page.items.filter((mail) => Date.parse(mail.timestamp_email) >= since);
        for (const mail of recent) {
          if (mail.campaign_id && replies.length < options.limit) replies.push(toReply(mail));
        }
        if (recent.length < page.items.length || replies.length >= options.limit) break;
      }
      return { replies, via: instantly.name };
    },
  };
}

function metricsOf(counts: z.output<typeof Analytics>[number] | undefined): Record<string, number> {
  return {
    sent: counts?.emails_sent_count ?? 0,
    opened: counts?.open_count ?? 0,
    replied: counts?.reply_count ?? 0,
    bounced: counts?.bounced_count ?? 0,
    unsubscribed: counts?.unsubscribed_count ?? 0,
    leads: counts?.leads_count ?? 0,
  };
}

function toReply(mail: z.output<typeof Emails>["items"][number]): CrmCampaignReply {
  return {
    id: mail.id,
    campaign_id: mail.campaign_id!,
    contact_name: mail.from_address_json?.[0]?.name ?? null,
    contact_email: mail.from_address_email,
    subject: mail.subject ?? null,
    body_text: mail.body?.text ?? "",
    received_at: mail.timestamp_email,
  };
}

/** Pages by `starting_after`, until the vendor names no next one. */
async function* pages<T extends z.ZodType<{ next_starting_after?: string | null }>>(
  session: VendorSession,
  asked: {
    readonly schema: T;
    readonly path: string;
    readonly query: Readonly<Record<string, string>>;
  },
): AsyncGenerator<z.output<T>> {
  let after: Record<string, string> = {};
  for (let page = 0; page < MAX_PAGES; page++) {
    const answer = await session.read(asked.schema, {
      method: "GET",
      path: asked.path,
      query: { ...asked.query, limit: PAGE, ...after },
    });
    yield answer;
    if (!answer.next_starting_after) return;
    after = { starting_after: answer.next_starting_after };
  }
  throw new FatalError("campaigns_refused", "Instantly holds more pages than are read at once");
}
