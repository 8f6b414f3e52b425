/**
 * What people can press under a question. Message builders use these and no others; `slack-interactivity` has a handler
 * for each, or it does not compile.
 */
export const APPROVAL_ACTIONS = [
  "approval_approve",
  "approval_edit",
  "approval_reject",
  "approval_revise",
  "approval_undo",
  "approval_open",
] as const;
export type ApprovalAction = typeof APPROVAL_ACTIONS[number];

/** Modals that answer when they are sent. */
export const APPROVAL_MODALS = ["approval_edit_form", "approval_revise_form"] as const;
export type ApprovalModal = typeof APPROVAL_MODALS[number];

/** How often a content can be sent back. */
export const MAX_ROUNDS = 3;

/** Value of a button, and what a modal remembers: the approval, and the hash of the content that was shown. */
export interface ApprovalPointer {
  readonly approvalId: string;
  readonly sha256: string;
}

export function writePointer({ approvalId, sha256 }: ApprovalPointer): string {
  return `${approvalId}:${sha256}`;
}

/** Null when the text is no pointer. */
export function readPointer(text: string): ApprovalPointer | null {
  const found = /^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}):([0-9a-f]{64})$/
    .exec(text);
  return found === null ? null : { approvalId: found[1], sha256: found[2] };
}
