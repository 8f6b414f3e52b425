import { setImmediate } from "node:timers";
import type postgres from "postgres";
import { classifySqlFailure, sqlStateOf, toFleetError } from "../../db/sqlstate.ts";
import { RetryableError } from "../core/errors.ts";
import type { IdsPort } from "../../ports/ids.ts";
import type { LogPort } from "../../ports/log.ts";
import { type SqlDeps, withTimeout } from "./call.ts";
import type { AcceptAnswer, AcceptDraft, RecordAnswer, RecordDraft } from "./types.ts";

/**
 * The one writer of an isolate. Whatever accepts and records wait are taken together into one commit,
 * at the end of the event-loop turn in which the writer is free: no timer, so a lone run never waits
 * for company (reference: hot path).
 */
export interface Writer {
  accept(draft: AcceptDraft): Promise<AcceptAnswer>;
  record(draft: RecordDraft): Promise<RecordAnswer>;
  /** Configuration stamp of the last commit; null when that is longer ago than a read would take. */
  freshStamp(): number | null;
}

interface Waiting {
  readonly key: string;
  readonly opId: string;
  readonly accept?: AcceptDraft;
  readonly record?: RecordDraft;
  resolve(answer: AcceptAnswer & RecordAnswer): void;
  reject(error: Error): void;
}

interface BatchAnswer {
  readonly events: Readonly<Record<string, AcceptAnswer>>;
  readonly records: Readonly<Record<string, RecordAnswer>>;
  readonly stamp: number;
}

/**
 * Two commits of half the runs each, not one of all: while one is the server's work the other's answers
 * are ours, and larger batches make a failing one dearer to split.
 */
const MAX_BATCH_ITEMS = 16;
const MAX_COMMITS_AT_ONCE = 2;
/** A decision on what was true so long ago is one on what is true. */
const FRESH_MS = 50;
/** An unknown commit is asked again for about 8 s: longer than a failover, shorter than a lease. */
const UNKNOWN_WAITS_MS = [50, 200, 500, 1000, 2000, 4000];
const REPEAT_NOW_LIMIT = 10;

export function createWriter(
  deps: SqlDeps & {
    readonly ids: IdsPort;
    readonly log: LogPort;
    readonly killpoint: (name: string) => void;
  },
): Writer {
  let queue: Waiting[] = [];
  let isScheduled = false;
  let atOnce = 0;
  let seen = { stamp: 0, at: -Infinity };

  function enqueue<Answer>(item: Omit<Waiting, "resolve" | "reject">): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      queue.push({ ...item, resolve: resolve as Waiting["resolve"], reject });
      schedule();
    });
  }

  /** At the end of the turn, so that all it brings goes together. */
  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      while (queue.length > 0 && atOnce < MAX_COMMITS_AT_ONCE) {
        const batch = takeBatch();
        atOnce++;
        commit(batch).finally(() => {
          atOnce--;
          schedule();
        });
      }
    });
  }

  /** At most one record of a run per commit: a second one would be dropped by `update … from`. */
  function takeBatch(): Waiting[] {
    const taken: Waiting[] = [];
    const left: Waiting[] = [];
    const keys = new Set<string>();
    for (const item of queue) {
      if (taken.length < MAX_BATCH_ITEMS && !keys.has(item.key)) {
        keys.add(item.key);
        taken.push(item);
      } else left.push(item);
    }
    queue = left;
    return taken;
  }

  async function commit(batch: readonly Waiting[]): Promise<void> {
    const { steps, ...others } = toBatch(batch);
    const body = deps.sql.json(others as unknown as postgres.JSONValue);
    const stepRows = JSON.stringify(steps);
    for (let unknowns = 0, repeats = 0;;) {
      try {
        const rows = await withTimeout(
          deps.sql`select fleet.commit_batch(${body}::jsonb, ${stepRows}::text::json) as value`,
          deps.clock,
        );
        // Committed, and nobody was told: what an answer lost on its way looks like.
        deps.killpoint("KP09");
        const value = rows[0].value as BatchAnswer;
        seen = { stamp: value.stamp, at: deps.clock.now() };
        return answer(batch, value);
      } catch (error) {
        const failure = classifySqlFailure(error);
        if (failure === "repeat_now" && ++repeats <= REPEAT_NOW_LIMIT) continue;
        if (failure === "unknown" && unknowns < UNKNOWN_WAITS_MS.length) {
          // The same operation ids make a repeat of a commit that did happen answer as it did.
          await deps.clock.sleep(UNKNOWN_WAITS_MS[unknowns++]);
          continue;
        }
        if (failure === "data" && batch.length > 1) {
          // One bad item fails every run in the batch: find it by halves, no subtransactions.
          const middle = Math.ceil(batch.length / 2);
          await commit(batch.slice(0, middle));
          return commit(batch.slice(middle));
        }
        const reason = toFleetError(error, "commit the transition");
        deps.log.error("commit_failed", {
          items: batch.length,
          code: reason.code,
          sqlstate: sqlStateOf(error),
        });
        for (const item of batch) item.reject(reason);
        return;
      }
    }
  }

  return {
    accept: (accept) =>
      enqueue({ key: accept.event.event_id, opId: accept.event.event_id, accept }),
    record: (record) => enqueue({ key: record.job_id, opId: deps.ids.uuid(), record }),
    freshStamp: () => (deps.clock.now() - seen.at <= FRESH_MS ? seen.stamp : null),
  };
}

function answer(batch: readonly Waiting[], value: BatchAnswer): void {
  for (const item of batch) {
    const found = item.accept === undefined ? value.records[item.key] : value.events[item.key];
    if (found === undefined) {
      item.reject(
        new RetryableError(
          "database_unavailable",
          "Cannot commit the transition: no answer for it",
        ),
      );
    } else item.resolve(found as AcceptAnswer & RecordAnswer);
  }
}

/** Flattens drafts into the arrays that `fleet.commit_batch` reads; runs in id order, as it locks them. */
function toBatch(batch: readonly Waiting[]) {
  const sorted = [...batch].sort((a, b) => (a.key < b.key ? -1 : 1));
  const records = sorted.filter((item) => item.record !== undefined);
  const drafts = records.map((item) => item.record as RecordDraft);
  const accepts = sorted.flatMap((item) => item.accept ?? []);
  return {
    events: accepts.map((draft) => compact(draft.event)),
    jobs: accepts.flatMap((draft) => draft.jobs.map(compact)),
    records: records.map((item) => {
      const { steps: _s, approvals: _a, costs: _c, followups: _f, ...record } = item
        .record as RecordDraft;
      return { ...compact(record), op_id: item.opId };
    }),
    steps: drafts.flatMap((draft) => draft.steps.map(compact)),
    approvals: drafts.flatMap((draft) => draft.approvals.map(compact)),
    costs: drafts.flatMap((draft) => draft.costs.map(compact)),
    followups: drafts.flatMap((draft) => draft.followups.map(compact)),
  };
}

/** Absent and null are one for jsonb_to_recordset; half the columns of most rows are null. */
function compact<Row extends object>(row: Row): Partial<Row> {
  const full: Partial<Row> = {};
  for (const name in row) {
    if (row[name] !== null && row[name] !== undefined) full[name] = row[name];
  }
  return full;
}
