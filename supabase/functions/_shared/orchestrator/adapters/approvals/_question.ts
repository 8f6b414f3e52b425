import type { AskedApproval } from "../../../ports/approvals.ts";
import { SECRET_URL } from "../../../ports/delivery.ts";
import { type ApprovalAction, MAX_ROUNDS, writePointer } from "../../core/approvalActions.ts";
import { showContent, type ShownContent } from "../../core/approvalContent.ts";
import { EFFECT_UNKNOWN } from "../../core/runState.ts";
import { revealHidden } from "../../core/visibleText.ts";
import { clip } from "../../core/cut.ts";
import { escapeMrkdwn, header } from "../slack/_blocks.ts";
import { formFieldsOf } from "../../core/approvalForm.ts";

/** Slack's limits of one text, and of what a message carries before it is refused as too long. */
const MAX_SECTION = 2900;
const MAX_SHOWN = 11_000;

export interface Reader {
  readonly zone: string;
  /** Names of members by id. */
  readonly names: ReadonlyMap<string, string>;
}

export interface QuestionMessage {
  readonly text: string;
  readonly blocks: readonly unknown[];
  readonly title: string;
}

/**
 * An approval as it is now: the whole question with its buttons while it waits, else who settled it and how. What does
 * not fit is never approved unseen: then the message says so and has no button for a yes.
 */
export function buildQuestion(approval: AskedApproval, reader: Reader): QuestionMessage {
  const title = titleOf(approval);
  const content = showContent(approval.proposed);
  const shown = sectionsOf(content);
  const outcome = outcomeOf(approval, reader);
  const blocks: unknown[] = [
    header(title),
    plain(revealHidden(approval.preview)),
    ...(outcome === null ? [] : [marked(`*${outcome}*`)]),
    ...shown.blocks,
  ];
  const notes = [...warningsOf(content), ...factsOf(approval, reader)];
  if (shown.leftOut > 0) {
    notes.unshift(
      `${shown.leftOut} more characters do not fit here. Open the whole text before you decide.`,
    );
  }
  blocks.push({
    type: "context",
    elements: notes.map((note) => ({ type: "plain_text", text: clip(note, 2000), emoji: false })),
  });
  const buttons = buttonsOf(approval, { isWhole: shown.leftOut === 0 });
  if (buttons.length > 0) blocks.push({ type: "actions", elements: buttons });
  return {
    // What notifications and screen readers show: words of ours, escaped words of theirs.
    text: clip(escapeMrkdwn(title) + (outcome === null ? "" : `: ${outcome}`), 300),
    blocks,
    title: outcome === null ? title : `${title}: ${outcome}`,
  };
}

function titleOf({ action_type, round }: AskedApproval): string {
  if (action_type === EFFECT_UNKNOWN) return "Did this happen?";
  const words = revealHidden(action_type).replaceAll(/[_-]+/g, " ");
  return round === 0 ? `Approve: ${words}` : `Approve: ${words} (revision ${round})`;
}

/** Texts are plain: nothing in them is read as a link, a mention or markup. */
function plain(text: string) {
  return { type: "section", text: { type: "plain_text", text: text || " ", emoji: false } };
}

function marked(text: string) {
  return { type: "section", text: { type: "mrkdwn", text: clip(text, MAX_SECTION) } };
}

function sectionsOf(content: ShownContent): {
  readonly blocks: readonly unknown[];
  readonly leftOut: number;
} {
  const blocks: unknown[] = [];
  let room = MAX_SHOWN, leftOut = 0;
  for (const { label, text } of content.fields) {
    const whole = `${label}: ${text}`;
    const fitting = whole.slice(0, Math.max(0, room));
    leftOut += whole.length - fitting.length;
    room -= fitting.length;
    for (const part of partsOf(fitting)) blocks.push(plain(part));
  }
  return { blocks, leftOut };
}

/** Cuts at line ends and spaces where there are some; never inside a surrogate pair; nothing is lost. */
function partsOf(text: string): readonly string[] {
  const parts: string[] = [];
  for (let rest = text; rest !== "";) {
    if (rest.length <= MAX_SECTION) return [...parts, rest];
    const head = rest.slice(0, MAX_SECTION);
    let at = Math.max(head.lastIndexOf("\n"), head.lastIndexOf(" ")) + 1;
    if (at < MAX_SECTION / 2) at = /[\ud800-\udbff]$/.test(head) ? MAX_SECTION - 1 : MAX_SECTION;
    parts.push(rest.slice(0, at));
    rest = rest.slice(at);
  }
  return parts;
}

function warningsOf({ hidden, recipients }: ShownContent): readonly string[] {
  const warnings: string[] = [];
  if (recipients.length > 0) warnings.push(`Goes to: ${recipients.join(", ")}`);
  if (hidden.count > 0) {
    const turned = hidden.direction_count === 0
      ? ""
      : `, ${hidden.direction_count} of them turn the direction of reading`;
    warnings.push(`Careful: ${hidden.count} hidden characters, written out above${turned}.`);
  }
  return warnings;
}

function factsOf(approval: AskedApproval, reader: Reader): readonly string[] {
  const writer = approval.engine === "code" ? "no text was written" : approval.engine;
  const facts = [`Written by: ${revealHidden(writer)}`];
  if (approval.escalated_at !== null) {
    facts.push(`Escalated ${timeIn(approval.escalated_at, reader.zone)}`);
  }
  if (approval.status === "pending") {
    facts.push(`Expires ${timeIn(approval.expires_at, reader.zone)}`);
  }
  return facts;
}

/** Null while somebody may answer. */
function outcomeOf(approval: AskedApproval, reader: Reader): string | null {
  const { status, decision } = approval;
  if (status === "pending") return approval.is_over ? "Expired unanswered" : null;
  const at = approval.decided_at === null ? "" : ` ${timeIn(approval.decided_at, reader.zone)}`;
  const by = approval.decided_by === null
    ? ""
    : ` by ${escapeMrkdwn(revealHidden(reader.names.get(approval.decided_by) ?? "a member"))}`;
  switch (status) {
    case "approved": {
      const edited = decision?.edits === undefined ? "" : " with changes";
      const held = approval.is_undoable
        ? `; goes out ${timeIn(approval.acts_at!, reader.zone)}`
        : "";
      return `Approved${edited}${by}${at}${held}`;
    }
    case "rejected":
      return decision?.decision === "revise"
        ? `Sent back${by}${at}: ${escapeMrkdwn(revealHidden(clip(decision.comment ?? "", 500)))}`
        : `Rejected${by}${at}`;
    case "expired":
      return `Expired unanswered${at}`;
    case "cancelled":
      return `Cancelled with its run${at}`;
  }
}

function buttonsOf(
  approval: AskedApproval,
  { isWhole }: { readonly isWhole: boolean },
): readonly unknown[] {
  const button = (action: ApprovalAction, words: string, style?: "primary" | "danger") => ({
    type: "button",
    action_id: action,
    text: { type: "plain_text", text: words, emoji: false },
    value: writePointer({ approvalId: approval.id, sha256: approval.content_sha256 }),
    ...(style === undefined ? {} : { style }),
  });
  const open = { ...button("approval_open", "Open"), url: SECRET_URL };
  if (approval.status === "approved" && approval.is_undoable) {
    return [button("approval_undo", "Undo", "danger")];
  }
  if (approval.status !== "pending" || approval.is_over) return [];
  if (approval.action_type === EFFECT_UNKNOWN) {
    return [
      button("approval_approve", "It happened"),
      button("approval_reject", "Run it again"),
      open,
    ];
  }
  return [
    ...(isWhole ? [button("approval_approve", "Approve", "primary")] : []),
    ...(isWhole && formFieldsOf(approval.proposed).length > 0
      ? [button("approval_edit", "Edit")]
      : []),
    ...(approval.can_revise && approval.round < MAX_ROUNDS
      ? [button("approval_revise", "Revise")]
      : []),
    button("approval_reject", "Reject", "danger"),
    open,
  ];
}

/** A moment in the reader's own zone, named. */
export function timeIn(iso: string, zone: string): string {
  const format = (timeZone: string) =>
    new Intl.DateTimeFormat("en-GB", {
      timeZone,
      dateStyle: "medium",
      timeStyle: "medium",
    }).format(new Date(iso));
  try {
    return `${format(zone)} (${zone})`;
  } catch {
    // A zone that this runtime does not know: better a named one than none.
    return `${format("UTC")} (UTC)`;
  }
}
