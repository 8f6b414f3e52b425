import { z } from "zod";
import type { CrmCampaign, CrmCampaignReply } from "../../../ports/crm.ts";
import { cut } from "../../core/cut.ts";
import { defineAdapter } from "../defineAdapter.ts";
import { ownWords } from "../email/_body.ts";
import { CampaignMetrics, Reply } from "./_campaign.ts";

const Input = z.object({ payload: z.object({}) });

/** Output of `pull-campaign-metrics`. */
export const PullCampaignMetricsOutput = z.object({
  metrics: z.array(CampaignMetrics),
  replies: z.array(Reply),
  /** In words: which tool, or that none is connected. */
  via: z.string(),
});

/** The check is daily. */
const SINCE_MS = 86_400_000;
const MAX_REPLIES = 50;
const MAX_CAMPAIGNS = 50;
const MAX_WORDS = 1500;

/** Counts and rates of one campaign; a count that is missing or odd is 0. */
export function toMetrics({ id, name, metrics }: CrmCampaign): CampaignMetrics {
  const count = (key: string) => {
    const value = metrics[key];
    return typeof value === "number" && Number.isFinite(value) && value > 0 ? Math.trunc(value) : 0;
  };
  const [sent, opened, replied, bounced] = ["sent", "opened", "replied", "bounced"].map(count);
  const rate = (n: number) => (sent === 0 ? null : Math.round(n / sent * 10_000) / 10_000);
  return {
    campaign_id: id,
    name,
    sent,
    opened,
    replied,
    bounced,
    open_rate: rate(opened),
    reply_rate: rate(replied),
    bounce_rate: rate(bounced),
  };
}

function toReply(reply: CrmCampaignReply): Reply {
  return {
    id: reply.id,
    campaign_id: reply.campaign_id,
    contact_name: reply.contact_name,
    contact_email: reply.contact_email,
    subject: reply.subject === null ? null : cut(reply.subject, 300),
    words: cut(ownWords(reply.body_text), MAX_WORDS),
    received_at: reply.received_at,
  };
}

/** `pull-campaign-metrics`: the active campaigns' counts and the last day's replies. */
export const pullCampaignMetrics = defineAdapter({
  skill: "pull-campaign-metrics",
  effectMode: "pure",
  cpuMs: 60,
  input: Input,
  output: PullCampaignMetricsOutput,
  async run(_input, ctx) {
    ctx.signal.throwIfAborted();
    const { campaigns, clock } = ctx.ports;
    const options = { orgId: ctx.orgId, signal: ctx.signal };
    const since = new Date(clock.now() - SINCE_MS).toISOString();
    const [active, recent] = await Promise.all([
      campaigns.list(options),
      campaigns.listReplies(since, { ...options, limit: MAX_REPLIES }),
    ]);
    return {
      output: {
        metrics: active.campaigns.slice(0, MAX_CAMPAIGNS).map(toMetrics),
        replies: recent.replies.map(toReply),
        via: active.via,
      },
      engine: "code",
    };
  },
});
