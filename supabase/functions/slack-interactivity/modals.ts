import {
  type ApprovalModal,
  type ApprovalPointer,
  writePointer,
} from "../_shared/orchestrator/core/approvalActions.ts";
import {
  type FormField,
  formFieldsOf,
  MAX_FORM_TEXT,
} from "../_shared/orchestrator/core/approvalForm.ts";
import { labelOf } from "../_shared/orchestrator/core/approvalContent.ts";
import type { AskedApproval } from "../_shared/ports/approvals.ts";

/** Slack takes a hundred blocks and options, labels of 75 characters. */
const MAX_FIELDS = 50;
const MAX_OPTIONS = 100;
const MAX_LABEL = 75;
/** Name of the one input of each block. */
export const INPUT = "value";
export const FEEDBACK_BLOCK = "feedback";

/** A form with what may be changed, filled in with what was proposed. */
export function buildEditForm(approval: AskedApproval): unknown {
  const tooLong = Object.entries(approval.proposed).filter(([, value]) =>
    typeof value === "string" && value.length > MAX_FORM_TEXT
  ).map(([key]) => labelOf(key));
  return modal("approval_edit_form", pointerOf(approval), {
    title: "Edit and approve",
    submit: "Approve",
    blocks: [
      ...(tooLong.length === 0 ? [] : [{
        type: "section",
        text: words(`Too long for this form, and left as it is: ${tooLong.join(", ")}`),
      }]),
      ...formFieldsOf(approval.proposed).slice(0, MAX_FIELDS).map(inputOf),
    ],
  });
}

export function buildReviseForm(approval: AskedApproval): unknown {
  return modal("approval_revise_form", pointerOf(approval), {
    title: "Ask for a revision",
    submit: "Send",
    blocks: [{
      type: "input",
      block_id: FEEDBACK_BLOCK,
      label: words("What is to change?"),
      element: { type: "plain_text_input", action_id: INPUT, multiline: true, max_length: 2000 },
    }],
  });
}

/** In the place of a form whose answer cannot count. */
export function buildNotice(text: string): unknown {
  return {
    type: "modal",
    title: words("Not changed"),
    close: words("Close"),
    blocks: [{ type: "section", text: words(text) }],
  };
}

function pointerOf({ id, content_sha256 }: AskedApproval): ApprovalPointer {
  return { approvalId: id, sha256: content_sha256 };
}

function modal(
  callbackId: ApprovalModal,
  pointer: ApprovalPointer,
  form: { readonly title: string; readonly submit: string; readonly blocks: readonly unknown[] },
): unknown {
  return {
    type: "modal",
    callback_id: callbackId,
    private_metadata: writePointer(pointer),
    title: words(form.title),
    submit: words(form.submit),
    close: words("Cancel"),
    blocks: form.blocks,
  };
}

function inputOf(field: FormField): unknown {
  return {
    type: "input",
    block_id: field.key,
    label: words(field.label.slice(0, MAX_LABEL) || field.key),
    optional: field.kind === "text" && field.value === "",
    element: elementOf(field),
  };
}

function elementOf(field: FormField): unknown {
  switch (field.kind) {
    case "text":
      return {
        type: "plain_text_input",
        action_id: INPUT,
        multiline: field.isLong,
        max_length: MAX_FORM_TEXT,
        ...(field.value === "" ? {} : { initial_value: field.value }),
      };
    case "yes_no":
      return select(
        [{ label: "yes", value: "yes" }, { label: "no", value: "no" }],
        field.value ? 0 : 1,
      );
    case "choice":
      return select(
        field.options.map(({ label }, index) => ({ label, value: String(index) })),
        field.index,
      );
  }
}

function select(
  choices: readonly { readonly label: string; readonly value: string }[],
  chosen: number,
): unknown {
  const options = choices.slice(0, MAX_OPTIONS).map(({ label, value }) => ({
    text: words(label.slice(0, MAX_LABEL)),
    value,
  }));
  return { type: "static_select", action_id: INPUT, options, initial_option: options[chosen] };
}

function words(text: string) {
  return { type: "plain_text", text, emoji: false };
}
