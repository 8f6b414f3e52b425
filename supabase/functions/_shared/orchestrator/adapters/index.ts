import type { SkillSlug } from "../skillCatalogue.ts";
import { findAvailableSlots } from "./calendar/findAvailableSlots.ts";
import { parseSchedulingRequest } from "./calendar/parseSchedulingRequest.ts";
import { presentTimeOptions } from "./calendar/presentTimeOptions.ts";
import { classifyEmailIntent } from "./email/classifyEmailIntent.ts";
import { matchToCrmContact } from "./email/matchToCrmContact.ts";
import { sendEmailAsRep } from "./email/sendEmailAsRep.ts";
import { pullCampaignMetrics } from "./campaign/pullCampaignMetrics.ts";
import { classifyReplies } from "./campaign/classifyReplies.ts";
import { generateCampaignReport } from "./campaign/generateCampaignReport.ts";
import { deliverCampaignSlack } from "./campaign/deliverCampaignSlack.ts";
import { aggregateWeeklyMetrics } from "./coaching/aggregateWeeklyMetrics.ts";
import { correlateWinLoss } from "./coaching/correlateWinLoss.ts";
import { generateCoachingDigest } from "./coaching/generateCoachingDigest.ts";
import { deliverCoachingSlack } from "./coaching/deliverCoachingSlack.ts";
import { analyseStallReason } from "./deal/analyseStallReason.ts";
import { deliverRiskSlack } from "./deal/deliverRiskSlack.ts";
import { draftReengagement } from "./deal/draftReengagement.ts";
import { generateRiskAlerts } from "./deal/generateRiskAlerts.ts";
import { researchTriggerEvents } from "./deal/researchTriggerEvents.ts";
import { scanActiveDeals } from "./deal/scanActiveDeals.ts";
import { scoreDealRisks } from "./deal/scoreDealRisks.ts";
import { signalTaskProcessor } from "./deal/signalTaskProcessor.ts";
import type { SkillAdapter } from "./defineAdapter.ts";
import { classifyCallType } from "./meeting/classifyCallType.ts";
import { coachingMicroFeedback } from "./meeting/coachingMicroFeedback.ts";
import { createTasksFromActions } from "./meeting/createTasksFromActions.ts";
import { detectIntents } from "./meeting/detectIntents.ts";
import { detectNewStakeholders } from "./meeting/detectNewStakeholders.ts";
import { detectSchedulingIntent } from "./meeting/detectSchedulingIntent.ts";
import { detectVerbalCommitment } from "./meeting/detectVerbalCommitment.ts";
import { draftFollowupEmail } from "./meeting/draftFollowupEmail.ts";
import { extractActionItems } from "./meeting/extractActionItems.ts";
import { extractPricingDiscussion } from "./meeting/extractPricingDiscussion.ts";
import { suggestNextActions } from "./meeting/suggestNextActions.ts";
import { updateCrmFromMeeting } from "./meeting/updateCrmFromMeeting.ts";
import { deliverSlackBriefing } from "./premeeting/deliverSlackBriefing.ts";
import { enrichAttendees } from "./premeeting/enrichAttendees.ts";
import { generateBriefing } from "./premeeting/generateBriefing.ts";
import { pullCrmHistory } from "./premeeting/pullCrmHistory.ts";
import { researchCompanyNews } from "./premeeting/researchCompanyNews.ts";
import { selectProposalTemplate } from "./proposal/selectProposalTemplate.ts";
import { populateProposal } from "./proposal/populateProposal.ts";
import { generateCustomSections } from "./proposal/generateCustomSections.ts";
import { presentForReview } from "./proposal/presentForReview.ts";
import { updateDealTimeline } from "./deal/updateDealTimeline.ts";
import { pingSlackChannel } from "./slack/pingSlackChannel.ts";
import { extractCrmFields } from "./meeting/extractCrmFields.ts";
import { runSpecialistAgent } from "./agent/runSpecialistAgent.ts";
import { askForApproval } from "./approvals/askForApproval.ts";
import { updateApprovalMessages } from "./approvals/updateApprovalMessages.ts";
import { deliverAgentResult } from "./agent/deliverAgentResult.ts";
import { renewMailboxWatch } from "./upkeep/renewMailboxWatch.ts";
import { syncCalendar } from "./upkeep/syncCalendar.ts";
import { syncMailbox } from "./upkeep/syncMailbox.ts";
import { notifySlackSummary } from "./slack/notifySlackSummary.ts";
import { fetchMeetingRecording } from "./upkeep/fetchMeetingRecording.ts";

/** Every built skill, by name. A gap or a duplicate does not compile. */
export const ADAPTER_REGISTRY = {
  "classify-call-type": classifyCallType,
  "extract-action-items": extractActionItems,
  "detect-intents": detectIntents,
  "coaching-micro-feedback": coachingMicroFeedback,
  "detect-scheduling-intent": detectSchedulingIntent,
  "detect-verbal-commitment": detectVerbalCommitment,
  "extract-pricing-discussion": extractPricingDiscussion,
  "detect-new-stakeholders": detectNewStakeholders,
  "suggest-next-actions": suggestNextActions,
  "draft-followup-email": draftFollowupEmail,
  "update-crm-from-meeting": updateCrmFromMeeting,
  "create-tasks-from-actions": createTasksFromActions,
  "signal-task-processor": signalTaskProcessor,
  "notify-slack-summary": notifySlackSummary,
  "extract-crm-fields": extractCrmFields,
  "run-specialist-agent": runSpecialistAgent,
  "deliver-agent-result": deliverAgentResult,
  "ping-slack-channel": pingSlackChannel,
  "update-deal-timeline": updateDealTimeline,
  "enrich-attendees": enrichAttendees,
  "pull-crm-history": pullCrmHistory,
  "research-company-news": researchCompanyNews,
  "generate-briefing": generateBriefing,
  "deliver-slack-briefing": deliverSlackBriefing,
  "classify-email-intent": classifyEmailIntent,
  "match-to-crm-contact": matchToCrmContact,
  "send-email-as-rep": sendEmailAsRep,
  "pull-campaign-metrics": pullCampaignMetrics,
  "classify-replies": classifyReplies,
  "generate-campaign-report": generateCampaignReport,
  "deliver-campaign-slack": deliverCampaignSlack,
  "aggregate-weekly-metrics": aggregateWeeklyMetrics,
  "correlate-win-loss": correlateWinLoss,
  "generate-coaching-digest": generateCoachingDigest,
  "deliver-coaching-slack": deliverCoachingSlack,
  "select-proposal-template": selectProposalTemplate,
  "populate-proposal": populateProposal,
  "generate-custom-sections": generateCustomSections,
  "present-for-review": presentForReview,
  "scan-active-deals": scanActiveDeals,
  "score-deal-risks": scoreDealRisks,
  "generate-risk-alerts": generateRiskAlerts,
  "deliver-risk-slack": deliverRiskSlack,
  "research-trigger-events": researchTriggerEvents,
  "analyse-stall-reason": analyseStallReason,
  "draft-reengagement": draftReengagement,
  "parse-scheduling-request": parseSchedulingRequest,
  "find-available-slots": findAvailableSlots,
  "present-time-options": presentTimeOptions,
  "fetch-meeting-recording": fetchMeetingRecording,
  "sync-mailbox": syncMailbox,
  "sync-calendar": syncCalendar,
  "renew-mailbox-watch": renewMailboxWatch,
  "ask-for-approval": askForApproval,
  "update-approval-messages": updateApprovalMessages,
} satisfies Record<SkillSlug, SkillAdapter>;
