import type { Api, ApprovalView, JobDetail } from "./api.ts";
import { type Change, changesBetween } from "./changes.ts";

export interface Follower {
  onChange(change: Change, job: JobDetail): void;
  /** Answers an approval; the run goes on from there. */
  decide(approval: ApprovalView, job: JobDetail): Promise<{
    readonly decision: "approve" | "reject";
    readonly edits?: Readonly<Record<string, unknown>>;
    /** The approval's assignee, else the run's user, unless said. */
    readonly decided_by?: string;
  }>;
}

const ENDED: readonly string[] = ["completed", "failed", "cancelled"];
const POLL_MS = 100;

/**
 * Follows a run and everything that comes of it until all have ended, and answers their approvals on
 * the way.
 *
 * @returns the runs, parents first
 * @throws Error when they do not end within `limitMs`
 */
export async function followRuns(
  api: Api,
  rootId: string,
  options: Follower & { readonly limitMs: number },
): Promise<readonly JobDetail[]> {
  const known = new Map<string, JobDetail>();
  const asked = new Set<string>();
  let until = Date.now() + options.limitMs;
  while (Date.now() < until) {
    for (const id of [rootId, ...childrenOf(known)]) {
      const before = known.get(id) ?? null;
      if (before !== null && isOver(before, known)) continue;
      const job = await api.getJob(id);
      for (const change of changesBetween(before, job)) options.onChange(change, job);
      known.set(id, job);
      for (const approval of job.approvals) {
        if (approval.status !== "pending" || asked.has(approval.id)) continue;
        asked.add(approval.id);
        const started = Date.now();
        const answer = await options.decide(approval, job);
        // A person's time to think is not the run's.
        until += Date.now() - started;
        await api.decide(job.id, {
          approval_id: approval.id,
          decided_by: approval.assignee_user_id ?? job.user_id ?? "",
          ...answer,
        });
      }
    }
    const jobs = [...known.values()];
    if (jobs.every((job) => isOver(job, known))) return jobs;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  const open = [...known.values()].filter((job) => !ENDED.includes(job.status));
  throw new Error(
    `Not over within ${options.limitMs / 1000} s: ${
      open.map((job) => `${job.event_type} is ${job.status}`).join(", ")
    }`,
  );
}

function childrenOf(known: ReadonlyMap<string, JobDetail>): readonly string[] {
  return [...new Set([...known.values()].flatMap((job) => job.children.map((child) => child.id)))];
}

/** Ended, its follow-up events routed, and their runs seen. */
function isOver(job: JobDetail, known: ReadonlyMap<string, JobDetail>): boolean {
  return ENDED.includes(job.status) &&
    job.child_events.every((event) => event.status !== "pending") &&
    job.children.every((child) => known.has(child.id));
}
