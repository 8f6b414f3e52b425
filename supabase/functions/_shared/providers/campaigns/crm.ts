import type { CampaignsPort } from "../../ports/campaigns.ts";
import type { CrmPort } from "../../ports/crm.ts";

/** Campaigns as the CRM's own rows hold them. */
export function createCrmCampaigns(crm: CrmPort): CampaignsPort {
  const via = "the CRM; no campaign tool is connected";
  return {
    list: async ({ orgId }) => ({ campaigns: await crm.listCampaigns(orgId), via }),
    listReplies: async (sinceIso, { orgId, limit }) => ({
      replies: await crm.listCampaignReplies(orgId, sinceIso, limit),
      via,
    }),
  };
}
