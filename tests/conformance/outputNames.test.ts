import assert from "node:assert/strict";
import { z } from "zod";
import { ADAPTER_REGISTRY } from "../../supabase/functions/_shared/orchestrator/adapters/index.ts";
import type { SkillSlug } from "../../supabase/functions/_shared/orchestrator/skillCatalogue.ts";

/** Output fields of the system that this one replaces: conditions and mappings of teams name them. */
const NAMES: Partial<Record<SkillSlug, string>> = {
  "classify-call-type":
    "call_type_id call_type_name confidence reasoning enable_coaching is_sales source",
  "extract-action-items":
    "itemsCreated action_items.id action_items.title action_items.assignee_name action_items.assignee_email action_items.priority action_items.category action_items.deadline_at action_items.ai_confidence meeting_id",
  "detect-intents":
    "commitments.speaker commitments.speaker_side commitments.phrase commitments.source_quote commitments.intent commitments.action_type commitments.confidence commitments.confidence_tier commitments.deadline commitments.deadline_parsed commitments.context buying_signals.type buying_signals.signal buying_signals.meddicc_category buying_signals.phrase buying_signals.confidence buying_signals.strength buying_signals.interpretation follow_up_items.owner follow_up_items.action follow_up_items.deadline follow_up_items.intent_type follow_up_items.priority executive_summary meeting_id skipped reason",
  "coaching-micro-feedback":
    "talk_ratio question_quality_score objection_handling_score discovery_depth_score insights.category insights.text insights.severity insights.timestamp recommendations.category recommendations.action recommendations.priority recommendations.rationale raw_metrics overall_score",
  "detect-scheduling-intent": "has_scheduling_intent trigger_phrase duration_minutes slots",
  "detect-verbal-commitment":
    "detected commitments.phrase commitments.strength commitments.confidence",
  "extract-pricing-discussion": "discussed amounts.value amounts.currency amounts.context terms",
  "detect-new-stakeholders":
    "new_stakeholders.name new_stakeholders.role new_stakeholders.company new_stakeholders.evidence count",
  "suggest-next-actions": "suggestions tasks count activity_type skipped message",
  "draft-followup-email":
    "email_draft.to email_draft.subject email_draft.body email_draft.body_short email_draft.tone email_draft.framework email_draft.cc email_draft.bcc email_draft.ai_generated to contact_name contact_title contact_company subject tone ai_generated context_used skipped reason",
  "update-crm-from-meeting":
    "deal_id deal_name changes_applied update_ids field_changes.field field_changes.new_value field_changes.confidence skipped reason",
  "create-tasks-from-actions":
    "success tasks_created tasks errors meeting_id contact_name deal_name message",
  "notify-slack-summary":
    "delivered email_draft_delivered delivery_method delivery_error action_items_count crm_fields_updated sentiment",
  "signal-task-processor": "task_id tasks_created signal_type",
  "enrich-attendees":
    "attendees.name attendees.email attendees.title attendees.company attendees.is_known_contact attendees.is_internal company classification.relationship classification.meeting_type deal",
  "pull-crm-history":
    "contact recent_meetings recent_emails open_action_items.title open_action_items.due_date open_action_items.status open_action_items.from_meeting previous_objections.objection previous_objections.resolution previous_objections.resolved deal meeting_count",
  "research-company-news": "enrichment company_profile lead_profile company_id",
  "generate-briefing":
    "briefing.meeting_type_label briefing.relationship_label briefing.executive_summary briefing.talking_points briefing.risk_signals briefing.questions_to_ask briefing.action_item_followups briefing.company_snapshot briefing.attendee_notes briefing.attendee_deep_profile briefing.connection_points briefing.personalization_hooks",
  "deliver-slack-briefing": "delivered delivery_method delivery_error",
  "classify-email-intent":
    "category confidence signals.response_required signals.urgency signals.sentiment signals.keywords signals.action_items signals.is_sales_related signals.follow_up_suggested signals.ghost_risk reasoning raw",
  "match-to-crm-contact":
    "contact.id contact.name contact.email contact.title contact.company_id company.id company.name company.domain deal.id deal.name deal.stage deal.value is_new_contact",
  "select-proposal-template": "success focus_areas template",
  "populate-proposal": "proposal",
  "generate-custom-sections":
    "executive_summary roi_projections custom_sections.title custom_sections.content",
  "present-for-review": "proposal_preview_sent slack_delivered slack_ts deal_id deal_name",
  "parse-scheduling-request": "duration_minutes timeframe_days timezone preferences.time_of_day",
  "find-available-slots":
    "success slots.start slots.end slots.score slots.label slots.timezone_note slots.day_type slots.time_quality total_candidates user_timezone prospect_timezone",
  "present-time-options": "slots prospect_name prospect_email meeting_title message",
  "research-trigger-events":
    "watchlist_items.deal_id watchlist_items.deal_name watchlist_items.company_name watchlist_items.signals watchlist_items.cache_used signals_found",
  "analyse-stall-reason":
    "scored_opportunities.deal_id scored_opportunities.deal_name scored_opportunities.company_name scored_opportunities.deal_value scored_opportunities.loss_reason scored_opportunities.close_date scored_opportunities.days_since_close scored_opportunities.signals scored_opportunities.score scored_opportunities.signal_score scored_opportunities.timing_score scored_opportunities.relationship_score scored_opportunities.reason_compatibility_score scored_opportunities.primary_signal scored_opportunities.recommended_approach",
  "draft-reengagement":
    "drafts.deal_id drafts.deal_name drafts.company_name drafts.contact_name drafts.contact_email drafts.subject drafts.body drafts.signal_summary drafts.score drafts.recommended_approach total_qualified",
  "pull-campaign-metrics": "metrics classified_replies recommendations",
  "classify-replies":
    "classified_replies.contact_name classified_replies.contact_email classified_replies.subject classified_replies.category classified_replies.confidence classified_replies.summary classified_replies.suggested_action metrics recommendations",
  "generate-campaign-report": "summary blocks campaign_id metrics reply_rate",
  "deliver-campaign-slack": "delivered delivery_method delivery_error",
  "aggregate-weekly-metrics":
    "talk_ratio question_quality_score objection_handling_score discovery_depth_score insights recommendations raw_metrics.meetings_analyzed raw_metrics.period",
  "correlate-win-loss":
    "patterns.metric patterns.won_avg patterns.lost_avg patterns.insight sample_size",
  "generate-coaching-digest": "summary blocks overall_score metrics recommendations",
  "deliver-coaching-slack": "delivered delivery_method delivery_error",
  "scan-active-deals":
    "deals.deal_id deals.deal_name deals.deal_value deals.current_stage deals.expected_close_date deals.owner_id deals.owner_name deals.company_name deals.primary_contact_name deals.primary_contact_email deals.days_since_last_activity deals.contact_count deals.last_activity_at",
  "score-deal-risks": "scored_deals high_risk_count medium_risk_count",
  "generate-risk-alerts":
    "alerts.deal_id alerts.deal_name alerts.deal_value alerts.company_name alerts.current_stage alerts.owner_id alerts.owner_name alerts.owner_slack_id alerts.score alerts.previous_score alerts.score_delta alerts.trend alerts.top_signals alerts.suggested_action digest_items.deal_id digest_items.deal_name digest_items.score digest_items.top_signal summary.high_risk_count summary.medium_risk_count summary.total_scanned",
  "deliver-risk-slack":
    "delivered_count failed_count owners_notified digest_sent digest_item_count delivery_error",
  "send-email-as-rep": "success message_id thread_id sent_at to subject",
  "extract-crm-fields":
    "fields_changed.field_name fields_changed.old_value fields_changed.new_value fields_changed.confidence fields_changed.reasoning no_change_reason",
  "ping-slack-channel":
    "delivered delivery_method channel_resolved channel_posted_to ts rep_name contact_name commitment_phrase fallback_reason",
  "update-deal-timeline":
    "deal_id deal_name updates_applied updates_pending_approval updates_skipped updates.field updates.entity updates.old_value updates.new_value updates.strategy updates.skip_reason pending_approvals skipped reason",
};

/** Left out, each for the reason in decision 0022. */
const LEFT_OUT: Partial<Record<SkillSlug, string>> = {
  "extract-action-items":
    "itemsCreated action_items.id action_items.priority action_items.category action_items.ai_confidence",
  "detect-intents":
    "commitments.context buying_signals.meddicc_category buying_signals.phrase buying_signals.interpretation follow_up_items.priority",
  "suggest-next-actions": "skipped message",
  "draft-followup-email":
    "email_draft.tone email_draft.framework email_draft.cc email_draft.bcc tone context_used",
  "create-tasks-from-actions": "errors message",
  "research-company-news": "enrichment",
  "classify-email-intent": "signals.action_items raw",
  "present-for-review": "slack_delivered slack_ts",
  "pull-campaign-metrics": "classified_replies recommendations",
  "classify-replies": "metrics recommendations",
  "generate-campaign-report": "blocks",
  "generate-coaching-digest": "blocks",
  "generate-risk-alerts": "alerts.owner_slack_id",
  "update-deal-timeline": "pending_approvals",
};

type Node = {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly allOf?: readonly Node[];
};

/** Names of an object, or of the objects in a list, whichever of its shapes holds them. */
function fieldsOf(node: Node): Readonly<Record<string, Node>> {
  const shapes = [...node.anyOf ?? [], ...node.allOf ?? [], ...node.items ? [node.items] : []];
  return Object.assign({}, node.properties, ...shapes.map(fieldsOf));
}

for (const [slug, names] of Object.entries(NAMES) as [SkillSlug, string][]) {
  Deno.test(`${slug} keeps the names of its output, but for those with a reason`, () => {
    const { output } = ADAPTER_REGISTRY[slug];
    const schema = z.toJSONSchema(output, {
      io: "output",
      unrepresentable: "any",
      reused: "inline",
    });
    const missing = names.split(" ").filter((name) => {
      let fields = fieldsOf(schema as Node);
      return name.split(".").some((part) => {
        if (!Object.hasOwn(fields, part)) return true;
        fields = fieldsOf(fields[part]);
        return false;
      });
    });
    assert.deepEqual(missing, LEFT_OUT[slug]?.split(" ") ?? []);
  });
}
