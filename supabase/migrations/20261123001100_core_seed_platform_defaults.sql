-- Purpose: the platform's defaults: skills, routes, definitions, hand-offs and intent actions.
-- Data:    idempotent; equals eventSequences.ts, handoffRoutes.ts, intentActionRegistry.ts and skillCatalogue.ts of its release
--          (written by local/platformDefaults.ts, compared by tests/integration/parity.test.ts).
-- Risk:    none; rows of organisations are not touched.

insert into public.fleet_skills (skill, effect_mode, approval_floor, has_external_effect, is_active) values
  ('classify-call-type', 'db', 'none', false, true),
  ('extract-action-items', 'pure', 'none', false, true),
  ('detect-intents', 'db', 'none', false, true),
  ('coaching-micro-feedback', 'db', 'none', false, true),
  ('detect-scheduling-intent', 'pure', 'none', false, true),
  ('detect-verbal-commitment', 'pure', 'none', false, true),
  ('extract-pricing-discussion', 'pure', 'none', false, true),
  ('detect-new-stakeholders', 'pure', 'none', false, true),
  ('suggest-next-actions', 'db', 'none', false, true),
  ('draft-followup-email', 'pure', 'none', false, true),
  ('update-crm-from-meeting', 'db', 'none', false, true),
  ('create-tasks-from-actions', 'db', 'none', false, true),
  ('signal-task-processor', 'db', 'none', false, true),
  ('notify-slack-summary', 'reconcile', 'none', false, true),
  ('extract-crm-fields', 'pure', 'none', false, true),
  ('run-specialist-agent', 'pure', 'none', false, true),
  ('deliver-agent-result', 'reconcile', 'none', false, true),
  ('ping-slack-channel', 'reconcile', 'none', false, true),
  ('update-deal-timeline', 'db', 'none', false, true),
  ('enrich-attendees', 'pure', 'none', false, true),
  ('pull-crm-history', 'pure', 'none', false, true),
  ('research-company-news', 'db', 'none', false, true),
  ('generate-briefing', 'pure', 'none', false, true),
  ('deliver-slack-briefing', 'reconcile', 'none', false, true),
  ('classify-email-intent', 'db', 'none', false, true),
  ('match-to-crm-contact', 'db', 'none', false, true),
  ('send-email-as-rep', 'keyed', 'required', true, true),
  ('pull-campaign-metrics', 'pure', 'none', false, true),
  ('classify-replies', 'pure', 'none', false, true),
  ('generate-campaign-report', 'pure', 'none', false, true),
  ('deliver-campaign-slack', 'reconcile', 'none', false, true),
  ('aggregate-weekly-metrics', 'db', 'none', false, true),
  ('correlate-win-loss', 'pure', 'none', false, true),
  ('generate-coaching-digest', 'pure', 'none', false, true),
  ('deliver-coaching-slack', 'reconcile', 'none', false, true),
  ('select-proposal-template', 'pure', 'none', false, true),
  ('populate-proposal', 'pure', 'none', false, true),
  ('generate-custom-sections', 'pure', 'none', false, true),
  ('present-for-review', 'keyed', 'required', true, true),
  ('scan-active-deals', 'pure', 'none', false, true),
  ('score-deal-risks', 'db', 'none', false, true),
  ('generate-risk-alerts', 'pure', 'none', false, true),
  ('deliver-risk-slack', 'reconcile', 'none', false, true),
  ('research-trigger-events', 'db', 'none', false, true),
  ('analyse-stall-reason', 'pure', 'none', false, true),
  ('draft-reengagement', 'keyed', 'required', true, true),
  ('parse-scheduling-request', 'pure', 'none', false, true),
  ('find-available-slots', 'pure', 'none', false, true),
  ('present-time-options', 'keyed', 'required', true, true),
  ('fetch-meeting-recording', 'db', 'none', false, true),
  ('sync-mailbox', 'db', 'none', false, true),
  ('renew-mailbox-watch', 'reconcile', 'none', false, true)
on conflict (skill) do nothing;

insert into public.fleet_event_routes (event_type, sequence_key, scope) values
  ('meeting_ended', 'meeting_ended', 'user'),
  ('meeting_recorded', 'meeting_recorded', 'org'),
  ('pre_meeting_90min', 'pre_meeting_90min', 'user'),
  ('email_received', 'email_received', 'user'),
  ('email_reply', 'email_reply', 'user'),
  ('agent_run', 'agent_run', 'user'),
  ('agent_run_approval', 'agent_run_approval', 'user'),
  ('team_ping', 'team_ping', 'user'),
  ('deal_update', 'deal_update', 'user'),
  ('proposal_generation', 'proposal_generation', 'user'),
  ('calendar_find_times', 'calendar_find_times', 'user'),
  ('stale_deal_revival', 'stale_deal_revival', 'org'),
  ('campaign_daily_check', 'campaign_daily_check', 'user'),
  ('coaching_weekly', 'coaching_weekly', 'user'),
  ('deal_risk_scan', 'deal_risk_scan', 'org'),
  ('mailbox_changed', 'mailbox_changed', 'org'),
  ('watch_due', 'watch_due', 'org')
on conflict do nothing;

insert into public.fleet_sequence_definitions (sequence_key, version, steps) values
  ('meeting_ended', 1, '[{"skill":"classify-call-type","requires_context":["tier1"],"criticality":"best-effort","depends_on":[]},{"skill":"extract-action-items","requires_context":["tier1","tier2"],"criticality":"critical","depends_on":["classify-call-type"]},{"skill":"detect-intents","requires_context":["tier1"],"criticality":"best-effort","depends_on":["classify-call-type"],"when":"outputs[''classify-call-type''] == null || !(''is_sales'' in outputs[''classify-call-type'']) || outputs[''classify-call-type''].is_sales != false"},{"skill":"coaching-micro-feedback","requires_context":["tier1","tier2"],"criticality":"best-effort","depends_on":["classify-call-type","extract-action-items"],"when":"outputs[''classify-call-type''] == null || !(''enable_coaching'' in outputs[''classify-call-type'']) || outputs[''classify-call-type''].enable_coaching != false"},{"skill":"detect-scheduling-intent","requires_context":["tier1"],"criticality":"best-effort","depends_on":["detect-intents"]},{"skill":"detect-verbal-commitment","requires_context":["tier1"],"criticality":"best-effort","depends_on":["detect-intents"]},{"skill":"extract-pricing-discussion","requires_context":["tier1"],"criticality":"best-effort","depends_on":["detect-intents"]},{"skill":"detect-new-stakeholders","requires_context":["tier1","tier2"],"criticality":"best-effort","depends_on":["extract-action-items"]},{"skill":"suggest-next-actions","requires_context":["tier1","tier2"],"criticality":"best-effort","depends_on":["extract-action-items","detect-intents","detect-scheduling-intent","detect-verbal-commitment"],"when":"outputs[''classify-call-type''] == null || !(''is_sales'' in outputs[''classify-call-type'']) || outputs[''classify-call-type''].is_sales != false"},{"skill":"draft-followup-email","requires_context":["tier1","tier2"],"criticality":"best-effort","depends_on":["extract-action-items","detect-intents","extract-pricing-discussion","detect-scheduling-intent"],"when":"outputs[''classify-call-type''] == null || !(''is_sales'' in outputs[''classify-call-type'']) || outputs[''classify-call-type''].is_sales != false"},{"skill":"update-crm-from-meeting","requires_context":["tier1","tier2"],"criticality":"best-effort","depends_on":["extract-action-items","detect-intents","extract-pricing-discussion"]},{"skill":"create-tasks-from-actions","requires_context":["tier2"],"criticality":"best-effort","depends_on":["extract-action-items","detect-intents","detect-new-stakeholders"]},{"skill":"signal-task-processor","requires_context":["tier1","tier2"],"criticality":"best-effort","depends_on":["extract-action-items","detect-intents","detect-verbal-commitment"]},{"skill":"notify-slack-summary","requires_context":["tier1"],"criticality":"best-effort","depends_on":["coaching-micro-feedback","detect-new-stakeholders","suggest-next-actions","draft-followup-email","update-crm-from-meeting","create-tasks-from-actions","signal-task-processor"]}]'::jsonb),
  ('meeting_recorded', 1, '[{"skill":"fetch-meeting-recording","criticality":"critical","timeout_ms":60000,"retry":{"max_retries":10,"base_ms":30000,"factor":3,"max_ms":3600000}}]'::jsonb),
  ('pre_meeting_90min', 1, '[{"skill":"enrich-attendees","requires_context":["tier1","tier2"],"criticality":"best-effort","depends_on":[]},{"skill":"pull-crm-history","requires_context":["tier1","tier2"],"criticality":"best-effort","depends_on":["enrich-attendees"]},{"skill":"research-company-news","requires_context":["tier1"],"criticality":"best-effort","depends_on":["enrich-attendees"]},{"skill":"generate-briefing","requires_context":["tier1","tier2"],"criticality":"critical","depends_on":["enrich-attendees","pull-crm-history","research-company-news"]},{"skill":"deliver-slack-briefing","requires_context":["tier1"],"criticality":"critical","depends_on":["generate-briefing"]}]'::jsonb),
  ('email_received', 1, '[{"skill":"classify-email-intent","requires_context":["tier1"],"criticality":"critical"},{"skill":"match-to-crm-contact","requires_context":["tier2"],"criticality":"critical"}]'::jsonb),
  ('email_reply', 1, '[{"skill":"draft-followup-email","requires_context":["tier1","tier2"],"criticality":"critical"},{"skill":"send-email-as-rep","requires_context":["tier1"],"criticality":"critical","requires_approval":true}]'::jsonb),
  ('agent_run', 1, '[{"skill":"run-specialist-agent","requires_context":["tier1","tier2"],"criticality":"critical"},{"skill":"deliver-agent-result","requires_context":["tier1"],"criticality":"critical"}]'::jsonb),
  ('agent_run_approval', 1, '[{"skill":"run-specialist-agent","requires_context":["tier1","tier2"],"criticality":"critical"},{"skill":"deliver-agent-result","requires_context":["tier1"],"criticality":"critical","requires_approval":true,"input":{"headline":"outputs[''run-specialist-agent''].headline","response_text":"outputs[''run-specialist-agent''].response_text"}}]'::jsonb),
  ('team_ping', 1, '[{"skill":"ping-slack-channel","requires_context":["tier1","tier2"],"criticality":"critical"}]'::jsonb),
  ('deal_update', 1, '[{"skill":"update-deal-timeline","requires_context":["tier1","tier2"],"criticality":"critical"}]'::jsonb),
  ('proposal_generation', 1, '[{"skill":"select-proposal-template","requires_context":["tier1","tier2"],"criticality":"critical"},{"skill":"populate-proposal","requires_context":["tier2","tier3:template"],"criticality":"critical"},{"skill":"generate-custom-sections","requires_context":["tier1","tier2"],"criticality":"best-effort"},{"skill":"present-for-review","requires_context":["tier1"],"criticality":"critical","requires_approval":true}]'::jsonb),
  ('calendar_find_times', 1, '[{"skill":"parse-scheduling-request","requires_context":["tier1"],"criticality":"critical"},{"skill":"find-available-slots","requires_context":["tier2"],"criticality":"critical"},{"skill":"present-time-options","requires_context":["tier1"],"criticality":"critical","requires_approval":true}]'::jsonb),
  ('stale_deal_revival', 1, '[{"skill":"research-trigger-events","requires_context":["tier2","tier3:news","tier3:linkedin"],"criticality":"best-effort","depends_on":[]},{"skill":"analyse-stall-reason","requires_context":["tier2"],"criticality":"critical","depends_on":["research-trigger-events"]},{"skill":"draft-reengagement","requires_context":["tier1","tier2"],"criticality":"critical","requires_approval":true,"depends_on":["analyse-stall-reason"]},{"skill":"signal-task-processor","requires_context":["tier2"],"criticality":"best-effort","depends_on":["analyse-stall-reason"]}]'::jsonb),
  ('campaign_daily_check', 1, '[{"skill":"pull-campaign-metrics","requires_context":["tier1"],"criticality":"critical"},{"skill":"classify-replies","requires_context":["tier1"],"criticality":"critical"},{"skill":"generate-campaign-report","requires_context":["tier1"],"criticality":"critical"},{"skill":"deliver-campaign-slack","requires_context":["tier1"],"criticality":"critical"}]'::jsonb),
  ('coaching_weekly', 1, '[{"skill":"aggregate-weekly-metrics","requires_context":["tier1","tier2"],"criticality":"critical"},{"skill":"correlate-win-loss","requires_context":["tier1","tier2"],"criticality":"best-effort"},{"skill":"generate-coaching-digest","requires_context":["tier1"],"criticality":"critical"},{"skill":"deliver-coaching-slack","requires_context":["tier1"],"criticality":"critical"}]'::jsonb),
  ('deal_risk_scan', 1, '[{"skill":"scan-active-deals","requires_context":["tier2"],"criticality":"best-effort","depends_on":[]},{"skill":"score-deal-risks","requires_context":["tier2"],"criticality":"best-effort","depends_on":["scan-active-deals"]},{"skill":"generate-risk-alerts","requires_context":["tier2"],"criticality":"best-effort","depends_on":["score-deal-risks"]},{"skill":"deliver-risk-slack","requires_context":["tier1"],"criticality":"best-effort","depends_on":["generate-risk-alerts"]},{"skill":"signal-task-processor","requires_context":["tier2"],"criticality":"best-effort","depends_on":["score-deal-risks"]}]'::jsonb),
  ('mailbox_changed', 1, '[{"skill":"sync-mailbox","requires_context":[],"criticality":"critical","timeout_ms":60000}]'::jsonb),
  ('watch_due', 1, '[{"skill":"renew-mailbox-watch","requires_context":[],"criticality":"critical"}]'::jsonb)
on conflict do nothing;

insert into public.fleet_handoff_routes (
  key, source_sequence_key, source_step_skill, target_event_type, for_each, context_mapping, conditions, dedupe,
  delay_minutes, is_active) values
  ('detect-intents.send_proposal', 'meeting_ended', 'detect-intents', 'proposal_generation', 'output.intents', '{"trigger_phrase":"item.trigger_phrase","quote":"item.quote","intent":"item.intent","confidence":"item.confidence","deadline":"item.deadline_parsed"}'::jsonb, '{"cel":"item.intent == ''send_proposal'' && item.actionable"}'::jsonb, 'item.quote', 0, true),
  ('detect-intents.pricing_request', 'meeting_ended', 'detect-intents', 'proposal_generation', 'output.intents', '{"trigger_phrase":"item.trigger_phrase","quote":"item.quote","intent":"item.intent","confidence":"item.confidence","deadline":"item.deadline_parsed"}'::jsonb, '{"cel":"item.intent == ''pricing_request'' && item.actionable"}'::jsonb, 'item.quote', 0, true),
  ('detect-intents.schedule_meeting', 'meeting_ended', 'detect-intents', 'calendar_find_times', 'output.intents', '{"scheduling_text":"item.trigger_phrase","quote":"item.quote","confidence":"item.confidence","meeting_title":{"path":"event.payload.title","default":"Follow-up"}}'::jsonb, '{"cel":"item.intent == ''schedule_meeting'' && item.actionable"}'::jsonb, 'item.quote', 0, true),
  ('detect-intents.team_ping', 'meeting_ended', 'detect-intents', 'team_ping', 'output.intents', '{"intent":"item.intent","trigger_phrase":"item.trigger_phrase","quote":"item.quote","confidence":"item.confidence","deadline_parsed":{"path":"item.deadline_parsed","default":null}}'::jsonb, '{"cel":"item.slack_action == ''ping_channel''"}'::jsonb, 'item.quote', 0, true),
  ('detect-intents.crm_updates', 'meeting_ended', 'detect-intents', 'deal_update', 'output.intents', '{"intent":"item.intent","trigger_phrase":"item.trigger_phrase","quote":"item.quote","confidence":"item.confidence","deadline_parsed":{"path":"item.deadline_parsed","default":null},"crm_updates":"item.crm_updates"}'::jsonb, '{"cel":"size(item.crm_updates) > 0 && (item.intent != ''timeline_signal'' || item.deadline_parsed != null)"}'::jsonb, null, 0, true),
  ('detect-scheduling-intent.has_scheduling_intent', 'meeting_ended', 'detect-scheduling-intent', 'calendar_find_times', null, '{"scheduling_text":"output.trigger_phrase","duration_minutes":"output.duration_minutes"}'::jsonb, '{"has_scheduling_intent":true}'::jsonb, null, 0, false),
  ('analyse-stall-reason.send_proposal', 'stale_deal_revival', 'analyse-stall-reason', 'proposal_generation', null, '{"deal_id":"output.deal_id","trigger_phrase":"output.reasoning"}'::jsonb, '{"cel":"has(output.recommended_action) && output.recommended_action == ''send_proposal''"}'::jsonb, null, 0, true),
  ('classify-email-intent.booking_request', 'email_received', 'classify-email-intent', 'calendar_find_times', null, '{"email_id":"output.email_id","meeting_title":"output.subject"}'::jsonb, '{"classification":"booking_request"}'::jsonb, null, 0, true),
  ('classify-email-intent.proposal_request', 'email_received', 'classify-email-intent', 'proposal_generation', null, '{"email_id":"output.email_id","trigger_phrase":"output.subject"}'::jsonb, '{"cel":"output.category == ''to_respond'' && output.email_id != null && output.signals.response_required && output.classification != ''booking_request'' && (''proposal_request'' in output.topics || ''pricing_request'' in output.topics)"}'::jsonb, null, 0, true),
  ('classify-email-intent.reply_needed', 'email_received', 'classify-email-intent', 'email_reply', null, '{"email_id":"output.email_id","topics":"output.topics"}'::jsonb, '{"cel":"output.category == ''to_respond'' && output.email_id != null && output.signals.response_required && output.classification != ''booking_request'' && !(output.classification != ''booking_request'' && (''proposal_request'' in output.topics || ''pricing_request'' in output.topics))"}'::jsonb, null, 0, true),
  ('score-deal-risks.high_risk', 'deal_risk_scan', 'score-deal-risks', 'stale_deal_revival', 'output.scores', '{"deal_id":"item.deal_id","risk_score":"item.risk_score","signals":"item.signals"}'::jsonb, '{"risk_score_above":0.8}'::jsonb, 'item.deal_id', 0, true)
on conflict do nothing;

insert into public.fleet_intent_actions (
  intent, task_type, deliverable_type, slack_action, auto_generate, fallback_expiry_hours, confidence_threshold,
  signal_type, orchestrator_event, linked_skill, crm_updates) values
  ('send_proposal', 'follow_up', 'proposal', 'dm_owner', true, 48, 0.7, 'proposal_requested', 'proposal_generation', null, '[]'::jsonb),
  ('schedule_meeting', 'follow_up', 'email_draft', 'dm_owner', true, 24, 0.7, 'meeting_requested', 'calendar_find_times', null, '[]'::jsonb),
  ('send_content', 'follow_up', 'content_draft', 'dm_owner', true, 48, 0.7, 'content_requested', null, null, '[]'::jsonb),
  ('check_with_team', 'internal_action', 'slack_message', 'ping_channel', false, 24, 0.7, 'internal_check_required', null, null, '[]'::jsonb),
  ('pricing_request', 'follow_up', 'proposal', 'dm_owner', true, 48, 0.7, 'pricing_requested', 'proposal_generation', null, '[{"entity":"deal","field":"tags","value_source":"fixed","fixed_value":"Pricing Requested"}]'::jsonb),
  ('stakeholder_introduction', 'follow_up', 'email_draft', 'dm_owner', true, 48, 0.7, 'new_stakeholder_identified', null, null, '[{"entity":"contact","field":"create_stakeholder","value_source":"extracted"}]'::jsonb),
  ('competitive_mention', 'follow_up', 'research_brief', 'alert_manager', true, 72, 0.6, 'competitive_risk', null, 'competitor-intel', '[{"entity":"deal","field":"meddicc_competition","value_source":"extracted"}]'::jsonb),
  ('timeline_signal', 'follow_up', 'none', 'dm_owner', false, 48, 0.6, 'timeline_change', null, null, '[{"entity":"deal","field":"close_date","value_source":"extracted"}]'::jsonb),
  ('objection_blocker', 'follow_up', 'research_brief', 'alert_manager', true, 72, 0.6, 'objection_identified', null, 'objection-to-playbook', '[]'::jsonb),
  ('general', 'follow_up', 'email_draft', 'dm_owner', true, 48, 0.8, 'general_commitment', null, null, '[]'::jsonb)
on conflict do nothing;
