import type { CrmCampaign, CrmCampaignReply } from "./crmRows.ts";

/** An outreach tool, or the CRM's own campaign rows where none is connected. */
export interface CampaignsPort {
  /** Active campaigns with their counts. @throws RetryableError `campaigns_unavailable`; FatalError `campaigns_refused` */
  list(options: {
    readonly orgId: string;
    readonly signal: AbortSignal;
  }): Promise<{ readonly campaigns: readonly CrmCampaign[]; readonly via: string }>;
  /** Replies received since then, newest first. @throws as above */
  listReplies(
    sinceIso: string,
    options: { readonly orgId: string; readonly limit: number; readonly signal: AbortSignal },
  ): Promise<{ readonly replies: readonly CrmCampaignReply[]; readonly via: string }>;
}
