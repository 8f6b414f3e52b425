/**
 * What every table, view and function is meant for, once, by hand: contract.md §5 "Rights". The tests compare
 * the catalogue with it, so an object that nobody declared fails them.
 */

/** Who reads and writes the relations of a kind; `authenticated` always under row security. */
export type RelationKind =
  /** Members: their own and the platform's. The engine: all. */
  | "configuration"
  /** Members: their organisation's. */
  | "members"
  /** Owners and admins: their organisation's. */
  | "admins"
  /** Each member: those addressed to them. */
  | "personal"
  /** The service role only: settings, secrets' envelopes, what holds bodies. */
  | "service"
  /** As `service`; the engine reads it. */
  | "skills"
  /** Nobody but functions of the owner. */
  | "engine"
  /** The engine reads them, filtered by organisation. */
  | "seam";

const kinds: Readonly<Record<RelationKind, string>> = {
  configuration: `public.fleet_event_routes public.fleet_handoff_routes
    public.fleet_sequence_definitions`,
  members: `public.fleet_activity public.fleet_approvals public.fleet_costs
    public.fleet_definition_snapshots public.fleet_deliveries public.fleet_job_history
    public.fleet_job_step_results public.fleet_job_steps public.fleet_jobs
    public.activities public.calendar_events public.call_types public.campaign_replies
    public.campaigns public.coaching_analyses public.companies public.contacts
    public.deal_contacts public.deal_risk_scores public.deal_stages public.deals public.emails
    public.icp_profiles public.meeting_action_items public.meeting_attendees
    public.meeting_summaries public.meeting_transcripts public.meetings
    public.next_action_suggestions public.organization_memberships public.organizations
    public.playbooks public.products public.profiles public.proposal_templates public.proposals
    public.tasks`,
  admins: "public.fleet_dead_letter_queue public.fleet_webhook_endpoints",
  personal: "public.notifications",
  service: `public.fleet_budgets public.fleet_connections public.fleet_events
    public.fleet_intent_actions public.fleet_model_prices public.fleet_org_settings
    public.fleet_user_preferences public.fleet_schedules public.fleet_triggers public.calendar_event_sources
    public.email_deliveries public.meeting_deliveries`,
  skills: "public.fleet_skills",
  engine:
    `fleet.approval_asks fleet.approval_links fleet.approval_refusals fleet.config_stamps fleet.connection_secrets fleet.mailbox_watches fleet.oauth_states fleet.sweep_state fleet.briefed_meetings fleet.calendar_feeds
    fleet.trigger_runs
    fleet.webhook_secrets fleet_crm.applied_changes`,
  seam: `fleet_crm.action_items fleet_crm.activities fleet_crm.attendees fleet_crm.calendar_events
    fleet_crm.call_types fleet_crm.campaign_replies fleet_crm.campaigns
    fleet_crm.coaching_analyses fleet_crm.companies fleet_crm.contacts fleet_crm.deal_contacts
    fleet_crm.deal_risk_scores fleet_crm.deal_stages fleet_crm.deals fleet_crm.emails
    fleet_crm.icp_profiles fleet_crm.meeting_summaries fleet_crm.meetings fleet_crm.members
    fleet_crm.organizations fleet_crm.playbooks fleet_crm.products fleet_crm.proposal_templates
    fleet_crm.tasks fleet_crm.transcripts`,
};

/** Who may execute the functions of a kind. Names stand for every overload. */
export type FunctionKind =
  /** The engine's own calls. */
  | "worker"
  /** Helpers, triggers and what the operator calls as the owner. */
  | "inside"
  /** Defaults, guards and triggers' helpers of tables that the service role may write. */
  | "service"
  /** `service`, and the engine. */
  | "clock"
  /** Members, the engine and the service role. */
  | "everyone";

const functionKinds: Readonly<Record<FunctionKind, string>> = {
  worker:
    `fleet.ask_approver fleet.note_asked_in_app fleet.find_slack_person fleet.note_link_failure fleet.note_refused_answer
    fleet.open_approval_link fleet.read_approvers fleet.read_asked_approval fleet.undo_decision
    fleet.advance_schedule fleet.advance_calendar_feed fleet.read_calendar_feed fleet.fire_triggers fleet.list_due_schedules
    fleet.read_event_runs fleet.read_schedule fleet.read_trigger_handoff fleet.test_trigger
    fleet.advance_mailbox fleet.cancel_job fleet.claim_jobs fleet.commit_batch fleet.decide_approval
    fleet.defer_event fleet.expire_connection fleet.extend_leases fleet.find_connection
    fleet.lease_connection_refresh fleet.list_due_events fleet.list_intent_actions fleet.list_jobs
    fleet.list_mailboxes fleet.list_opt_outs fleet.list_slack_channels fleet.open_delivery fleet.open_oauth_state fleet.outdate_connection
    fleet.post_activity fleet.prepare_mailbox_watch fleet.read_approvals fleet.read_event
    fleet.read_graph_watches fleet.read_health fleet.read_job fleet.read_mailbox
    fleet.read_job_of_approval fleet.read_llm_settings fleet.read_member_settings fleet.read_snapshot fleet.read_start
    fleet.read_webhook_endpoint fleet.refresh_connection fleet.reserve_model_call fleet.retry_job
    fleet.revoke_connection fleet.save_connection fleet.save_mailbox_watch fleet.save_snapshot fleet.settle_delivery
    fleet.settle_model_call fleet.store_calendar_delivery fleet.sweep fleet.take_oauth_state fleet_crm.apply_change
    fleet_crm.store_calendar_events fleet_crm.store_email fleet_crm.store_meeting`,
  inside:
    `fleet.acts_outside fleet.decision_answer fleet.lock_for_decider fleet.find_approval_link fleet.raise_asked
    fleet.raise_changed fleet.raise_upkeep fleet.refuse_decider fleet.remind_of_approvals
    fleet.slack_member fleet.use_approval_link fleet.why_not_decide
    fleet.install_cron fleet.uninstall_cron fleet.is_upkeep fleet.local_date fleet.meeting_marks fleet.prune
    fleet.prune_events fleet.prune_runs fleet.prune_upkeep fleet.raise_found_work fleet.raise_calendar_syncs fleet.raise_overdue_tasks
    fleet.raise_upcoming_meetings fleet.retention_default fleet.retention_shortest fleet_crm.prune_content
    fleet_crm.erase_organization
    fleet.acting_user fleet.check_schedule fleet.crm_event_key fleet.effective_triggers
    fleet.is_heard fleet.is_routed fleet.run_user fleet.schedule_event_type fleet.schedule_payload fleet.start_trigger_run
    fleet_crm.announce fleet.accept_events fleet.approval_json fleet.broadcast fleet.broadcast_approvals
    fleet.broadcast_runs fleet.check_definition fleet.check_handoff fleet.check_route
    fleet.close_runs fleet.disable_realtime fleet.emit_on_change fleet.enable_realtime
    fleet.job_summary fleet.mailbox_sync_interval fleet.message_wait_ms fleet.price_of fleet.raise_due_watches fleet.read_stamp fleet.record_outcomes
    fleet.refuse_history_change fleet.ring_sweep fleet.settle_unknown_effect fleet.touch_config
    fleet.track_mailbox
    fleet.wake_decided_job fleet_crm.calendar_attendees fleet_crm.find_calendar_events
    fleet_crm.is_own_message fleet_crm.mailbox_owner fleet_crm.plain_subject
    fleet_crm.put_calendar_event fleet_crm.row_exists`,
  service: `fleet.is_retention fleet.are_approvers fleet.is_escalation fleet.is_user_id
    fleet.is_cron_expression fleet.is_cron_field fleet.is_trigger_event
    fleet.touch_updated_at fleet_crm.stamp_stage fleet.check_step fleet.emit fleet.is_whole_between fleet.new_id fleet.refuse
    fleet.validate_definition fleet.erase_organization`,
  clock: "fleet.now",
  everyone: `fleet.member_orgs fleet.member_role fleet.user_profile public.get_handoff_routes
    public.get_sequence_definition public.resolve_event_route`,
};

const split = (names: string) => names.trim().split(/\s+/);

function invert<Kind extends string>(lists: Readonly<Record<Kind, string>>) {
  return new Map(
    Object.entries<string>(lists).flatMap(([kind, names]) =>
      split(names).map((name) => [name, kind as Kind] as const)
    ),
  );
}

export const RELATION_KINDS: ReadonlyMap<string, RelationKind> = invert(kinds);
export const FUNCTION_KINDS: ReadonlyMap<string, FunctionKind> = invert(functionKinds);

/** Relations of the kinds, in the order of their names. */
export const relationsOf = (...wanted: readonly RelationKind[]) =>
  wanted.flatMap((kind) => split(kinds[kind])).sort();
