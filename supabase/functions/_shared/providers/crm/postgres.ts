import type { Sql } from "../../db/client.ts";
import { classifySqlFailure, isAbsence, toFleetError } from "../../db/sqlstate.ts";
import { FatalError, RetryableError } from "../../orchestrator/core/errors.ts";
import type { CrmMeeting, CrmPort, CrmUser, TranscriptTurn } from "../../ports/crm.ts";
import * as queries from "./queries.ts";
import * as selling from "./sellingQueries.ts";

/**
 * The CRM over the views `fleet_crm.*` and `fleet_crm.apply_change`. Each call is one statement, and
 * each statement filters by organisation.
 */
export function createPostgresCrm(sql: Sql): CrmPort {
  const one = async <T>(rows: PromiseLike<readonly T[]>): Promise<T | null> =>
    (await asked(rows))[0] ?? null;
  const all = asked;

  return {
    getOrganization: (orgId) => one(queries.organization(sql, orgId)),
    getUser: (orgId, userId) => one<CrmUser>(queries.members(sql, orgId, userId)),
    listMembers: (orgId) => all<CrmUser>(queries.members(sql, orgId, null)),
    getMeeting: (orgId, meetingId) => one<CrmMeeting>(queries.meeting(sql, orgId, meetingId)),
    getTranscript: async (orgId, meetingId) =>
      (await one<{ turns: readonly TranscriptTurn[] }>(queries.transcript(sql, orgId, meetingId)))
        ?.turns ?? [],
    getContact: (orgId, contactId) => one(queries.contact(sql, orgId, contactId)),
    findContactsByEmail: (orgId, emails) =>
      emails.length === 0 ? Promise.resolve([]) : all(queries.contactsByEmail(sql, orgId, emails)),
    getCompany: (orgId, companyId) => one(queries.company(sql, orgId, companyId)),
    getDeal: (orgId, dealId) => one(queries.deal(sql, orgId, dealId)),
    listDealsOfContact: (orgId, contactId) => all(queries.dealsOfContact(sql, orgId, contactId)),
    listEndedDeals: (orgId, of) => all(queries.endedDeals(sql, orgId, of)),
    listDealStages: (orgId) => all(queries.dealStages(sql, orgId)),
    listMeetingsOfContact: (orgId, contactId, limit) =>
      all(queries.meetingsOfContact(sql, orgId, contactId, limit)),
    listActivities: (orgId, of, limit) => all(queries.activities(sql, orgId, of, limit)),
    listEmailsOfContact: (orgId, contactId, limit) =>
      all(queries.emailsOfContact(sql, orgId, contactId, limit)),
    listCalendarEvents: (orgId, userId, range) =>
      all(queries.calendarEvents(sql, orgId, userId, range)),
    listOpenTasks: (orgId, of) => all(queries.openTasks(sql, orgId, of)),
    listCallTypes: (orgId) => all(queries.callTypes(sql, orgId)),
    findCompanyByDomain: (orgId, domain) => one(queries.companyByDomain(sql, orgId, domain)),
    findEmail: (orgId, of) => one(selling.email(sql, orgId, of)),
    listPipeline: (orgId, of) => all(selling.pipeline(sql, orgId, of)),
    listLostDeals: (orgId, of) => all(selling.lostDeals(sql, orgId, of)),
    listRiskScores: (orgId, dealIds, { exceptScan } = {}) =>
      dealIds.length === 0
        ? Promise.resolve([])
        : all(selling.riskScores(sql, orgId, { dealIds, exceptScan: exceptScan ?? null })),
    listActionItems: (orgId, contactId, limit) =>
      all(selling.actionItems(sql, orgId, contactId, limit)),
    listMeetingSummaries: (orgId, contactId, limit) =>
      all(selling.meetingSummaries(sql, orgId, contactId, limit)),
    listCoachingAnalyses: (orgId, of) => all(selling.coachingAnalyses(sql, orgId, of)),
    listProposalTemplates: (orgId) => all(selling.proposalTemplates(sql, orgId)),
    listPlaybooks: (orgId) => all(selling.playbooks(sql, orgId)),
    listProducts: (orgId) => all(selling.products(sql, orgId)),
    getIdealCustomer: (orgId) => one(selling.idealCustomer(sql, orgId)),
    listCampaigns: (orgId) => all(selling.campaigns(sql, orgId)),
    listCampaignReplies: (orgId, sinceIso, limit) =>
      all(selling.campaignReplies(sql, orgId, sinceIso, limit)),
    applyChange: async (change) => {
      const row = await one(queries.applyChange(sql, change));
      if (row === null) {
        throw new RetryableError("crm_unavailable", "Cannot change the CRM: no answer");
      }
      return row.result;
    },
  };
}

/** Waits for a query and says in our words what went wrong. */
async function asked<T>(rows: PromiseLike<readonly T[]>): Promise<readonly T[]> {
  try {
    return await rows;
  } catch (error) {
    if (isAbsence(error)) {
      throw new FatalError(
        "not_mapped",
        "The CRM views are not mapped in this project; see docs/crm-seam.md",
      );
    }
    if (classifySqlFailure(error) !== "data") {
      throw new RetryableError("crm_unavailable", "The CRM did not answer", { cause: error });
    }
    throw toFleetError(error, "use the CRM");
  }
}
