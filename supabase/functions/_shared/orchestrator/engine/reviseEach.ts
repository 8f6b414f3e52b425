import type { ApprovalRow, Proposal, Revision } from "../types.ts";
import type { PhaseResult, ProposedContent } from "./phaseResult.ts";

/** Proposes each content anew by what its approver said; the new question takes the place of the old one. */
export async function reviseEach(
  revised: readonly ApprovalRow[],
  propose: (
    revision: Revision,
    approval: ApprovalRow,
  ) => Promise<{ readonly proposal: Proposal; readonly engine: string }>,
): Promise<PhaseResult> {
  const proposals: ProposedContent[] = [];
  let engine = "code";
  for (const approval of revised) {
    const round = approval.round + 1;
    const answer = await propose(
      { feedback: approval.feedback ?? "", round, previous: approval.proposed },
      approval,
    );
    engine = answer.engine;
    proposals.push({ ...answer.proposal, revises: approval.id, round });
  }
  return { engine, output: null, followups: [], proposals };
}
