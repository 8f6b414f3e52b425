import type { JsonObject } from "../orchestrator/types.ts";

/** An approval as messages, links and modals show it (`fleet.read_asked_approval`). */
export interface AskedApproval {
  readonly id: string;
  readonly org_id: string;
  readonly job_id: string;
  readonly step_id: string;
  readonly action_type: string;
  readonly preview: string;
  readonly proposed: JsonObject;
  readonly content_sha256: string;
  /** Who wrote the content: `code`, `rules`, `<provider>:<model>`. */
  readonly engine: string;
  readonly status: "pending" | "approved" | "rejected" | "expired" | "cancelled";
  readonly assignee_user_id: string | null;
  readonly requested_by: string | null;
  readonly approvers: readonly string[] | string | null;
  readonly escalate_to: string | null;
  readonly escalated_at: string | null;
  readonly decided_by: string | null;
  readonly decided_at: string | null;
  readonly decision: {
    readonly decision: string;
    readonly comment?: string;
    readonly via?: string;
    readonly edits?: JsonObject;
  } | null;
  readonly acts_at: string | null;
  readonly is_undoable: boolean;
  /** Past its expiry, also before the sweep has said so. */
  readonly is_over: boolean;
  readonly round: number;
  readonly can_revise: boolean;
  readonly version: number;
  readonly expires_at: string;
  readonly event_type: string;
  readonly asked: readonly {
    readonly user_id: string;
    /** The vendor's reference of their message; null while none is posted. */
    readonly message_ref: string | null;
    /** Their line in the app; null where Slack carries the question. */
    readonly notification_id: string | null;
  }[];
}

/** Questions to people, for the skills that carry them. */
export interface ApprovalsPort {
  read(orgId: string, approvalId: string): Promise<AskedApproval | null>;
  /**
   * Notes that this person is asked and makes their link: single use, 72 hours, stored as a hash only.
   *
   * @returns `link` null where the project has no console; `refusal` where they may not answer
   */
  ask(
    orgId: string,
    approvalId: string,
    userId: string,
  ): Promise<{ readonly refusal: string | null; readonly link: string | null }>;
  /** Notes under which notification of the CRM this person finds the question. */
  noteInApp(note: InAppNote): Promise<void>;
}

export interface InAppNote {
  readonly orgId: string;
  readonly approvalId: string;
  readonly userId: string;
  readonly notificationId: string;
}

/** Rows behind `ApprovalsPort` and the two doors; implemented by orchestrator/store/approvals.ts. */
export interface ApprovalStore {
  read(approvalId: string, orgId: string | null): Promise<AskedApproval | null>;
  ask(call: {
    readonly orgId: string;
    readonly approvalId: string;
    readonly userId: string;
    readonly tokenSha256: string | null;
    readonly validMs: number;
  }): Promise<{ readonly refusal: string | null }>;
  noteInApp(note: InAppNote): Promise<void>;
  openLink(tokenSha256: string): Promise<ApprovalLink | null>;
  noteLinkFailure(tokenSha256: string): Promise<void>;
  /** Both null: that workspace is not the one the approval's organisation connected. */
  findSlackPerson(
    approvalId: string,
    teamId: string,
    slackUserId: string,
  ): Promise<{ readonly org_id: string | null; readonly user_id: string | null }>;
}

export interface ApprovalLink {
  readonly approval: AskedApproval;
  readonly user_id: string;
  readonly expires_at: string;
  readonly is_expired: boolean;
  readonly used_at: string | null;
  /** Too many refused answers within the hour. */
  readonly is_blocked: boolean;
}
