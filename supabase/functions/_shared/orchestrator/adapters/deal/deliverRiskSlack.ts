import { z } from "zod";
import type { CrmUser } from "../../../ports/crm.ts";
import { defineAdapter } from "../defineAdapter.ts";
import { clip } from "../../core/cut.ts";
import { escapeMrkdwn, header, MAX_BLOCKS, section } from "../slack/_blocks.ts";
import { deliverToMember } from "../slack/_deliver.ts";
import { DigestItem, RiskAlert } from "./_risk.ts";

const Input = z.object({
  payload: z.object({}),
  outputs: z.object({
    "generate-risk-alerts": z.object({
      alerts: z.array(RiskAlert),
      digest_items: z.array(DigestItem),
    }).nullish(),
  }),
});

/** Output of `deliver-risk-slack`. */
export const DeliverRiskSlackOutput = z.object({
  delivered_count: z.number().int(),
  failed_count: z.number().int(),
  /** User ids. */
  owners_notified: z.array(z.string()),
  /** Owners who do not want this message, and deals that nobody owns. */
  left_out: z.array(z.string()),
  digest_sent: z.boolean(),
  digest_item_count: z.number().int(),
  delivery_error: z.string().nullable(),
  delivered_via: z.array(z.string()),
});

/** From here on a message is urgent. */
const URGENT_RISK = 80;
const MAX_ALERTS = 10;
const MAX_DIGEST = 20;

/** One owner's part of the scan. */
export interface OwnerReport {
  readonly owner: string;
  readonly alerts: readonly RiskAlert[];
  readonly digest: readonly DigestItem[];
}

/** Everything each owner is told, in one message. What nobody owns is left to the next scan. */
export function reportsByOwner(
  alerts: readonly RiskAlert[],
  digest: readonly DigestItem[],
): readonly OwnerReport[] {
  const owners = new Set([...alerts, ...digest].flatMap(({ owner_id }) => owner_id ?? []));
  return [...owners].sort().map((owner) => ({
    owner,
    alerts: alerts.filter((alert) => alert.owner_id === owner),
    digest: digest.filter((item) => item.owner_id === owner),
  }));
}

/** The report in Block Kit and in plain words; what people wrote is escaped. */
export function buildReport({ alerts, digest }: OwnerReport) {
  const isUrgent = alerts.some(({ score }) => score >= URGENT_RISK);
  const title = alerts.length === 0
    ? `${digest.length} deals to keep an eye on`
    : `${isUrgent ? "Urgent: " : ""}${alerts.length} ${
      alerts.length === 1 ? "deal" : "deals"
    } at risk`;
  const blocks: unknown[] = [header(title)];
  for (const alert of alerts.slice(0, MAX_ALERTS)) {
    const change = alert.score_delta === null || alert.score_delta === 0
      ? alert.trend
      : `${alert.trend}, ${alert.score_delta > 0 ? "+" : ""}${alert.score_delta}`;
    const reasons = alert.top_signals.map(({ description }) => `• ${escapeMrkdwn(description)}`);
    blocks.push(section(
      `*${escapeMrkdwn(alert.deal_name)}*: ${alert.score}/100 (${change})\n${
        reasons.join("\n")
      }\n_${escapeMrkdwn(alert.suggested_action)}_`,
    ));
  }
  if (digest.length > 0) {
    const lines = digest.slice(0, MAX_DIGEST).map((item) =>
      `• ${escapeMrkdwn(item.deal_name)}: ${item.score}/100${
        item.top_signal === null ? "" : `, ${escapeMrkdwn(item.top_signal)}`
      }`
    );
    blocks.push(section(`*To keep an eye on*\n${lines.join("\n")}`));
  }
  const message = [
    ...alerts.map((a) => `${a.deal_name}: ${a.score}/100. ${a.suggested_action}`),
    ...digest.map((d) => `${d.deal_name}: ${d.score}/100`),
  ].join("\n");
  return { title, text: clip(title, 200), blocks: blocks.slice(0, MAX_BLOCKS), message };
}

/** `deliver-risk-slack`: one message per owner; a score counts as told only once it was delivered. */
export const deliverRiskSlack = defineAdapter({
  skill: "deliver-risk-slack",
  effectMode: "reconcile",
  cpuMs: 20,
  input: Input,
  output: DeliverRiskSlackOutput,
  async run({ outputs }, ctx) {
    const { alerts, digest_items } = outputs["generate-risk-alerts"] ??
      { alerts: [], digest_items: [] };
    const { crm, preferences, clock } = ctx.ports;
    ctx.signal.throwIfAborted();
    const reports = reportsByOwner(alerts, digest_items);
    const members = new Map<string, CrmUser>(
      reports.length === 0
        ? []
        : (await crm.listMembers(ctx.orgId)).map((member) => [member.id, member]),
    );
    const optedOut = reports.length === 0
      ? new Set<string>()
      : await preferences.listOptOuts(ctx.orgId, ctx.event.type);
    const told: string[] = [];
    const leftOut = new Set(
      alerts.filter(({ owner_id }) => owner_id === null).map(({ deal_name }) => deal_name),
    );
    const via = new Set<string>();
    let failed = 0, digestCount = 0;
    let error: string | null = null;
    for (const report of reports) {
      const member = members.get(report.owner);
      if (member === undefined || optedOut.has(report.owner)) {
        leftOut.add(report.owner);
        continue;
      }
      const sent = await deliverToMember(ctx, {
        user: member,
        ...buildReport(report),
        type: "deal_risk",
        effectKey: ctx.effectKey(`owner:${report.owner}`),
      });
      via.add(sent.delivered_via);
      if (!sent.delivered) {
        failed++;
        error ??= sent.delivery_error;
        continue;
      }
      told.push(report.owner);
      digestCount += report.digest.length;
      for (const alert of report.alerts) {
        await crm.applyChange({
          orgId: ctx.orgId,
          entity: "deal_risk_score",
          id: alert.score_id,
          effectKey: ctx.effectKey(`told:${alert.score_id}`),
          change: { alerted_at: new Date(clock.now()).toISOString() },
        });
      }
    }
    return {
      output: {
        delivered_count: told.length,
        failed_count: failed,
        owners_notified: told,
        left_out: [...leftOut],
        digest_sent: digestCount > 0,
        digest_item_count: digestCount,
        delivery_error: error,
        delivered_via: [...via],
      },
      engine: "code",
    };
  },
});
