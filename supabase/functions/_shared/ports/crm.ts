import type {
  CrmActionItem,
  CrmActivity,
  CrmCalendarEvent,
  CrmCallType,
  CrmCampaign,
  CrmCampaignReply,
  CrmCoachingAnalysis,
  CrmCompany,
  CrmContact,
  CrmDeal,
  CrmEmail,
  CrmIdealCustomer,
  CrmLostDeal,
  CrmMail,
  CrmMeeting,
  CrmMeetingSummary,
  CrmOrganization,
  CrmPipelineDeal,
  CrmPlaybook,
  CrmProduct,
  CrmProposalTemplate,
  CrmRiskScore,
  CrmTask,
  CrmUser,
  TranscriptTurn,
} from "./crmRows.ts";

export type * from "./crmRows.ts";

/**
 * Business data. The Postgres provider reads the views `fleet_crm.*` and writes through
 * `fleet_crm.apply_change`; a team maps its own schema by replacing those, never this port.
 * Every call names the organisation; a row of another organisation is as good as absent.
 *
 * @throws RetryableError `crm_unavailable` when the database does not answer
 * @throws FatalError `not_mapped` when the seam has no mapping in this project
 */
export interface CrmPort {
  getOrganization(orgId: string): Promise<CrmOrganization | null>;
  getUser(orgId: string, userId: string): Promise<CrmUser | null>;
  listMembers(orgId: string): Promise<readonly CrmUser[]>;
  getMeeting(orgId: string, meetingId: string): Promise<CrmMeeting | null>;
  /** Turns in spoken order; empty when no transcript is stored. */
  getTranscript(orgId: string, meetingId: string): Promise<readonly TranscriptTurn[]>;
  getContact(orgId: string, contactId: string): Promise<CrmContact | null>;
  /** Case-insensitive on the address. */
  findContactsByEmail(orgId: string, emails: readonly string[]): Promise<readonly CrmContact[]>;
  getCompany(orgId: string, companyId: string): Promise<CrmCompany | null>;
  getDeal(orgId: string, dealId: string): Promise<CrmDeal | null>;
  /** Open deals of the contact, newest first. */
  listDealsOfContact(orgId: string, contactId: string): Promise<readonly CrmDeal[]>;
  /** Won and lost deals of the contact or its company, latest end first; 20 at most. */
  listEndedDeals(
    orgId: string,
    of: { readonly contactId?: string; readonly companyId?: string },
  ): Promise<readonly CrmDeal[]>;
  listDealStages(orgId: string): Promise<readonly { id: string; name: string; position: number }[]>;
  listMeetingsOfContact(
    orgId: string,
    contactId: string,
    limit: number,
  ): Promise<readonly CrmMeeting[]>;
  listActivities(
    orgId: string,
    of: { contactId?: string; dealId?: string },
    limit: number,
  ): Promise<readonly CrmActivity[]>;
  listEmailsOfContact(
    orgId: string,
    contactId: string,
    limit: number,
  ): Promise<readonly CrmEmail[]>;
  /** Events of the user that overlap [fromIso, toIso), by start. */
  listCalendarEvents(
    orgId: string,
    userId: string,
    range: { readonly fromIso: string; readonly toIso: string },
  ): Promise<readonly CrmCalendarEvent[]>;
  listOpenTasks(
    orgId: string,
    of: { userId?: string; meetingId?: string },
  ): Promise<readonly CrmTask[]>;
  /** The company of a mail domain, compared without case. */
  findCompanyByDomain(orgId: string, domain: string): Promise<CrmCompany | null>;
  /** By row id or by RFC 5322 message id. */
  findEmail(
    orgId: string,
    of: { readonly id?: string; readonly messageId?: string },
  ): Promise<CrmMail | null>;
  /** Open deals, highest value first; one when `dealId` is given, a member's when `ownerId` is. */
  listPipeline(
    orgId: string,
    of: { readonly dealId?: string; readonly ownerId?: string; readonly limit: number },
  ): Promise<readonly CrmPipelineDeal[]>;
  /** Lost deals that ended before `beforeIso`, highest value first. */
  listLostDeals(
    orgId: string,
    of: { readonly dealId?: string; readonly beforeIso: string; readonly limit: number },
  ): Promise<readonly CrmLostDeal[]>;
  /** The newest score of each of these deals, those of one scan left out. */
  listRiskScores(
    orgId: string,
    dealIds: readonly string[],
    options?: { readonly exceptScan?: string },
  ): Promise<readonly CrmRiskScore[]>;
  /** Open action items of meetings with the contact, soonest due first. */
  listActionItems(
    orgId: string,
    contactId: string,
    limit: number,
  ): Promise<readonly CrmActionItem[]>;
  /** The newest summary of each meeting with the contact, newest meeting first. */
  listMeetingSummaries(
    orgId: string,
    contactId: string,
    limit: number,
  ): Promise<readonly CrmMeetingSummary[]>;
  /** Analyses of single meetings made in [fromIso, toIso); of everybody when `userId` is left out. */
  listCoachingAnalyses(
    orgId: string,
    of: { readonly userId?: string; readonly fromIso: string; readonly toIso: string },
  ): Promise<readonly CrmCoachingAnalysis[]>;
  listProposalTemplates(orgId: string): Promise<readonly CrmProposalTemplate[]>;
  listPlaybooks(orgId: string): Promise<readonly CrmPlaybook[]>;
  listProducts(orgId: string): Promise<readonly CrmProduct[]>;
  getIdealCustomer(orgId: string): Promise<CrmIdealCustomer | null>;
  /** Active campaigns that the CRM itself knows. */
  listCampaigns(orgId: string): Promise<readonly CrmCampaign[]>;
  /** Replies to any campaign received since then, newest first. */
  listCampaignReplies(
    orgId: string,
    sinceIso: string,
    limit: number,
  ): Promise<readonly CrmCampaignReply[]>;
  /** The organisation's own call types; empty means the built-in eight. */
  listCallTypes(orgId: string): Promise<readonly CrmCallType[]>;
  /**
   * Inserts (`id` null) or updates one row, once per `effectKey`: a repeat returns the first result.
   * `change` holds column values of the entity as documented in docs/crm-seam.md.
   */
  applyChange(change: CrmChange): Promise<{ readonly id: string; readonly repeated: boolean }>;
}

export interface CrmChange {
  readonly orgId: string;
  readonly entity: CrmEntity;
  readonly id: string | null;
  readonly change: Readonly<Record<string, unknown>>;
  readonly effectKey: string;
}

export type CrmEntity =
  | "activity"
  | "calendar_event"
  | "coaching_analysis"
  | "company"
  | "contact"
  | "deal"
  | "deal_risk_score"
  | "email"
  | "meeting"
  | "meeting_action_item"
  | "meeting_summary"
  | "notification"
  | "proposal"
  | "suggestion"
  | "task";
