import type { EventSequence } from "./core/definition.ts";

/** What no outside event names: hand-offs start the first three, triggers and schedules the runs of specialists. */
export const CHAINED_SEQUENCES: Readonly<Record<string, EventSequence>> = {
  email_reply: {
    sequenceKey: "email_reply",
    scope: "user",
    enabledByDefault: false,
    steps: [
      {
        skill: "draft-followup-email",
        requires_context: ["tier1", "tier2"],
        criticality: "critical",
      },
      {
        skill: "send-email-as-rep",
        requires_context: ["tier1"],
        criticality: "critical",
        requires_approval: true,
      },
    ],
  },
  team_ping: {
    sequenceKey: "team_ping",
    scope: "user",
    enabledByDefault: false,
    steps: [
      {
        skill: "ping-slack-channel",
        requires_context: ["tier1", "tier2"],
        criticality: "critical",
      },
    ],
  },
  deal_update: {
    sequenceKey: "deal_update",
    scope: "user",
    enabledByDefault: false,
    steps: [
      {
        skill: "update-deal-timeline",
        requires_context: ["tier1", "tier2"],
        criticality: "critical",
      },
    ],
  },
  agent_run: {
    sequenceKey: "agent_run",
    scope: "user",
    enabledByDefault: true,
    steps: [
      {
        skill: "run-specialist-agent",
        requires_context: ["tier1", "tier2"],
        criticality: "critical",
      },
      { skill: "deliver-agent-result", requires_context: ["tier1"], criticality: "critical" },
    ],
  },
  // Of schedules that ask first: what is delivered is what somebody approved, as they left it.
  agent_run_approval: {
    sequenceKey: "agent_run_approval",
    scope: "user",
    enabledByDefault: true,
    steps: [
      {
        skill: "run-specialist-agent",
        requires_context: ["tier1", "tier2"],
        criticality: "critical",
      },
      {
        skill: "deliver-agent-result",
        requires_context: ["tier1"],
        criticality: "critical",
        requires_approval: true,
        input: {
          headline: "outputs['run-specialist-agent'].headline",
          response_text: "outputs['run-specialist-agent'].response_text",
        },
      },
    ],
  },
};
