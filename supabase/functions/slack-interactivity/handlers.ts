import type { ApprovalDoor } from "../_shared/approvals/compose.ts";
import {
  AuthError,
  ConflictError,
  FleetError,
  NotFoundError,
  ValidationError,
} from "../_shared/orchestrator/core/errors.ts";
import type {
  ApprovalAction,
  ApprovalModal,
  ApprovalPointer,
} from "../_shared/orchestrator/core/approvalActions.ts";
import { editsOf } from "../_shared/orchestrator/core/approvalForm.ts";
import type { DecideRequest } from "../_shared/orchestrator/api.ts";
import type { AskedApproval } from "../_shared/ports/approvals.ts";
import { buildEditForm, buildNotice, buildReviseForm, FEEDBACK_BLOCK, INPUT } from "./modals.ts";
import type { Submission } from "./schema.ts";

/** Somebody of the approval's organisation, with what they saw. */
export interface Person {
  readonly pointer: ApprovalPointer;
  readonly orgId: string;
  readonly userId: string;
  readonly approval: AskedApproval;
}

export interface Press extends Person {
  readonly triggerId: string;
}

/** In words for the one who pressed; null where the message itself will show it. */
export type Said = string | null;

/** One for each action that a message of ours can hold. */
export const ACTION_HANDLERS: Readonly<
  Record<ApprovalAction, (press: Press, door: ApprovalDoor) => Promise<Said>>
> = {
  approval_approve: (press, door) => decide(press, door, { decision: "approve" }),
  approval_reject: (press, door) => decide(press, door, { decision: "reject" }),
  approval_undo: (press, door) => decide(press, door, { decision: "undo" }),
  approval_edit: (press, door) => openForm(press, door, buildEditForm(press.approval)),
  approval_revise: (press, door) => openForm(press, door, buildReviseForm(press.approval)),
  // A link: Slack opens it and tells us all the same.
  approval_open: () => Promise.resolve(null),
};

/** What a form's answer does to it: nothing closes it. */
export const MODAL_HANDLERS: Readonly<
  Record<
    ApprovalModal,
    (person: Person, submission: Submission, door: ApprovalDoor) => Promise<object>
  >
> = {
  async approval_edit_form(person, { view }, door) {
    const answers = Object.fromEntries(
      Object.entries(view.state.values).map(([key, block]) => [
        key,
        block[INPUT]?.selected_option?.value ?? block[INPUT]?.value ?? "",
      ]),
    );
    const edits = editsOf(person.approval.proposed, answers);
    const isEdited = Object.keys(edits).length > 0;
    return await submit(person, door, {
      decision: "approve",
      ...(isEdited ? { edits } : {}),
    });
  },
  async approval_revise_form(person, { view }, door) {
    const comment = view.state.values[FEEDBACK_BLOCK]?.[INPUT]?.value?.trim() ?? "";
    if (comment === "") {
      return { response_action: "errors", errors: { [FEEDBACK_BLOCK]: "Say what is to change" } };
    }
    return await submit(person, door, { decision: "revise", comment });
  },
};

type Decision = Pick<DecideRequest, "decision" | "edits" | "comment">;

async function decide(person: Person, door: ApprovalDoor, decision: Decision): Promise<Said> {
  await door.orchestrator.decide({
    ...decision,
    job_id: person.approval.job_id,
    approval_id: person.approval.id,
    decided_by: person.userId,
    via: "slack",
    ...(decision.decision === "undo" ? {} : { expected_sha256: person.pointer.sha256 }),
  }, { drive: false });
  return null;
}

async function openForm(press: Press, door: ApprovalDoor, form: unknown): Promise<Said> {
  if (press.approval.status !== "pending" || press.approval.is_over) {
    return await describeState(press, door);
  }
  const isOpen = await door.slack.openModal(press.orgId, press.triggerId, form);
  return isOpen ? null : "This workspace is not connected any more.";
}

async function submit(person: Person, door: ApprovalDoor, decision: Decision): Promise<object> {
  try {
    await decide(person, door, decision);
    return { response_action: "clear" };
  } catch (error) {
    if (error instanceof ValidationError && error.code === "invalid_edits") {
      return { response_action: "errors", errors: errorsOf(error, person.approval) };
    }
    // The same form sent twice: the first one counted.
    if (error instanceof ConflictError && error.code === "already_decided") {
      const now = await door.approvals.read(person.approval.id, person.orgId);
      if (now?.decided_by === person.userId) return { response_action: "clear" };
    }
    return { response_action: "update", view: buildNotice(await explain(error, person, door)) };
  }
}

/** By the block that holds the field; what belongs to none stands at the first. */
function errorsOf(error: ValidationError, approval: AskedApproval): Record<string, string> {
  const keys = Object.keys(approval.proposed);
  const errors: Record<string, string> = {};
  for (const detail of error.details as readonly { path?: string; message?: string }[]) {
    const key = (detail.path ?? "").split(".")[0];
    errors[keys.includes(key) ? key : keys[0]] = detail.message ?? "is not valid";
  }
  return errors;
}

/** A refusal in words; anything that is not one goes on as the failure it is. */
export async function explain(
  error: unknown,
  person: Person,
  door: ApprovalDoor,
): Promise<string> {
  if (error instanceof ConflictError && error.code === "already_decided") {
    return await describeState(person, door);
  }
  const isRefusal = error instanceof ConflictError || error instanceof AuthError ||
    error instanceof NotFoundError || error instanceof ValidationError;
  if (!isRefusal) throw error;
  return `Nothing was changed: ${(error as FleetError).message}.`;
}

/** "Already approved by Ann at …", as the database says now. */
async function describeState(person: Person, door: ApprovalDoor): Promise<string> {
  const now = await door.approvals.read(person.approval.id, person.orgId);
  if (now === null) return "There is no such approval.";
  const who = now.decided_by === null ? null : await door.memberOf(now.org_id, now.decided_by);
  const by = who === null ? "" : ` by ${who.name}`;
  const at = now.decided_at === null ? "" : ` at ${now.decided_at}`;
  const status = now.status === "pending" && now.is_over ? "expired" : now.status;
  return `It is already ${status}${by}${at}.`;
}
