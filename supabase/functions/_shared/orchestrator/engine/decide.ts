import type { DecideRequest } from "../api.ts";
import { AuthError, ConflictError, NotFoundError, ValidationError } from "../core/errors.ts";
import { mergePatch } from "../core/mergePatch.ts";
import type { DecisionAnswer, Store } from "../store/types.ts";
import type { JsonObject, StepDefinition } from "../types.ts";
import type { EngineRules } from "./deps.ts";
import type { LoadedSkillCatalog } from "./skillCatalog.ts";

export interface DecideDeps {
  readonly store: Store;
  readonly skills: LoadedSkillCatalog;
  readonly rules: Pick<EngineRules, "hashContent">;
  readonly parseSnapshot: (steps: unknown) => readonly StepDefinition[];
  /** How long a yes to something external can be taken back, where the organisation says nothing. */
  readonly undoMs: number;
}

type KnownApprovals = NonNullable<Awaited<ReturnType<Store["readApprovals"]>>>;

/** Checks a person's answer against what was asked and stores it in one transition; a refused one leaves a note. */
export async function decide(request: DecideRequest, deps: DecideDeps): Promise<DecisionAnswer> {
  try {
    return await answer(request, deps);
  } catch (error) {
    if (error instanceof AuthError) {
      await deps.store.noteRefusedAnswer({
        orgId: null,
        approvalId: request.approval_id ?? null,
        via: request.via ?? "api",
        actor: request.decided_by,
        code: error.code,
      });
    }
    throw error;
  }
}

async function answer(request: DecideRequest, deps: DecideDeps): Promise<DecisionAnswer> {
  const known = await deps.store.readApprovals(request.job_id);
  if (known === null) throw new NotFoundError("job_not_found", "No such run");
  const approval = chooseApproval(request, known);
  const { decision } = request;
  if (decision === "undo") {
    return await deps.store.undoDecision({
      approvalId: approval.id,
      userId: request.decided_by,
      tokenSha256: request.token_sha256 ?? null,
    });
  }
  const proposed = request.edits === undefined
    ? null
    : await checkEdits(mergePatch(approval.proposed, request.edits), approval, { deps, known });
  // Edits were merged into what was read just now: where an undo changed it meanwhile, they change nothing.
  const expected = request.expected_sha256 ??
    (proposed === null ? undefined : deps.rules.hashContent(approval.proposed));
  return await deps.store.decideApproval({
    approvalId: approval.id,
    decision,
    decidedBy: request.decided_by,
    proposed,
    contentSha256: proposed === null ? null : deps.rules.hashContent(proposed),
    note: {
      via: request.via ?? "api",
      ...(request.comment === undefined ? {} : { comment: request.comment }),
      ...(request.edits === undefined ? {} : { edits: request.edits }),
    },
    options: {
      undo_ms: deps.undoMs,
      ...(expected === undefined ? {} : { expected_sha256: expected }),
      ...(request.token_sha256 === undefined ? {} : { token_sha256: request.token_sha256 }),
    },
  });
}

function chooseApproval(request: DecideRequest, known: KnownApprovals) {
  if (request.approval_id !== undefined) {
    const named = known.approvals.find((a) => a.id === request.approval_id);
    if (named === undefined) {
      throw new NotFoundError("approval_not_found", "No such approval of this run");
    }
    return named;
  }
  const open = request.decision === "undo" ? "approved" : "pending";
  const pending = known.approvals.filter((a) => a.status === open);
  if (pending.length === 1) return pending[0];
  if (pending.length > 1) {
    throw new ConflictError(
      "approval_id_required",
      `Several approvals are ${open}: name one by approval_id`,
      {
        details: pending.map((a) => ({
          approval_id: a.id,
          step_id: a.step_id,
          action_type: a.action_type,
        })),
      },
    );
  }
  const decided = known.approvals.findLast((a) =>
    a.status === "approved" || a.status === "rejected"
  );
  if (decided !== undefined) {
    throw new ConflictError("already_decided", `The approval is already ${decided.status}`, {
      details: [{ approval_id: decided.id, status: decided.status }],
    });
  }
  throw new ConflictError("not_waiting", `The run waits for no approval: it is ${known.status}`, {
    details: [{ status: known.status }],
  });
}

/** The skill itself says whether edited content is still something it can act on. */
async function checkEdits(
  content: JsonObject,
  approval: KnownApprovals["approvals"][number],
  context: { readonly deps: DecideDeps; readonly known: KnownApprovals },
): Promise<JsonObject> {
  const { deps, known } = context;
  const snapshot = deps.parseSnapshot(
    await deps.store.readSnapshot(known.org_id, known.definition_hash),
  );
  const skill = snapshot.find((step) => step.id === approval.step_id)?.skill ?? "";
  const adapter = deps.skills.adapterOf(skill);
  if (adapter?.kind !== "two-phase") return content;
  const parsed = adapter.proposal.safeParse(content);
  if (!parsed.success) {
    throw new ValidationError("invalid_edits", "The edited content is not valid", {
      details: parsed.error.issues.map((i) => ({ path: i.path.join("."), message: i.message })),
    });
  }
  return parsed.data as JsonObject;
}
