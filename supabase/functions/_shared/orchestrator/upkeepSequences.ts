import type { EventSequence } from "./core/definition.ts";

/** What no organisation asks for by itself: it fetches what a notice only names, keeps accounts in step, and tells people. */
export const UPKEEP_SEQUENCES: Readonly<Record<string, EventSequence>> = {
  // A notification only named the recording. Needs no user: who hosted it is known once it is fetched.
  meeting_recorded: {
    sequenceKey: "meeting_recorded",
    scope: "org",
    enabledByDefault: true,
    steps: [
      {
        skill: "fetch-meeting-recording",
        criticality: "critical",
        timeout_ms: 60_000,
        // Transcripts take minutes, of long meetings hours: ten looks within half a day.
        retry: { max_retries: 10, base_ms: 30_000, factor: 3, max_ms: 3_600_000 },
      },
    ],
  },
  // A notice names only a position, a watch ends by itself (docs/mailboxes.md).
  mailbox_changed: {
    sequenceKey: "mailbox_changed",
    scope: "org",
    enabledByDefault: true,
    steps: [
      {
        skill: "sync-mailbox",
        requires_context: [],
        criticality: "critical",
        timeout_ms: 60_000,
      },
    ],
  },
  calendar_sync: {
    sequenceKey: "calendar_sync",
    scope: "org",
    enabledByDefault: true,
    steps: [
      {
        skill: "sync-calendar",
        requires_context: [],
        criticality: "critical",
        timeout_ms: 60_000,
      },
    ],
  },
  watch_due: {
    sequenceKey: "watch_due",
    scope: "org",
    enabledByDefault: true,
    steps: [
      { skill: "renew-mailbox-watch", requires_context: [], criticality: "critical" },
    ],
  },
  // Questions reach people whatever is switched off (docs/approvals.md).
  approval_asked: {
    sequenceKey: "approval_asked",
    scope: "org",
    enabledByDefault: true,
    isUngated: true,
    steps: [{ skill: "ask-for-approval", criticality: "critical" }],
  },
  approval_changed: {
    sequenceKey: "approval_changed",
    scope: "org",
    enabledByDefault: true,
    isUngated: true,
    steps: [{ skill: "update-approval-messages", criticality: "critical" }],
  },
};
