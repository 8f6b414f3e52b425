import type {
  ApprovalView,
  JobDetail,
  JobSummary,
  StartAnswer,
} from "../supabase/functions/_shared/orchestrator/api.ts";

export type { ApprovalView, JobDetail, JobSummary, StartAnswer };

/** Where a stack or a project answers, and the key that speaks for it. */
export interface Target {
  /** `…/functions/v1`. */
  readonly functionsUrl: string;
  readonly secretKey: string;
}

/** An answer in the error shape of contract.md §2, or no answer at all (`status` 0). */
export class ApiError extends Error {
  override readonly name = "ApiError";
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: readonly unknown[] = [],
  ) {
    super(message);
  }
}

export interface StartBody {
  readonly type: string;
  readonly org_id: string;
  readonly user_id: string | null;
  readonly source: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly idempotency_key?: string;
  readonly mode?: "live" | "shadow";
  readonly delay_minutes?: number;
}

export interface DecisionBody {
  readonly approval_id: string;
  readonly decision: "approve" | "reject" | "revise" | "undo";
  readonly decided_by: string;
  readonly edits?: Readonly<Record<string, unknown>>;
  readonly comment?: string;
}

/** agent-orchestrator, as an outsider with the secret key sees it. */
export interface Api {
  start(body: StartBody): Promise<StartAnswer>;
  getJob(jobId: string): Promise<JobDetail>;
  getJobOfApproval(approvalId: string): Promise<JobDetail>;
  listJobs(filter: {
    readonly status?: string;
    readonly org_id?: string;
    readonly limit: number;
  }): Promise<readonly JobSummary[]>;
  decide(
    jobId: string,
    decision: DecisionBody,
  ): Promise<{ job_id: string; status: string; acts_at?: string | null }>;
  /** The run now and after each change, until it ends; connects again when the stream does. */
  watch(jobId: string): AsyncGenerator<JobDetail>;
}

const ENDED: readonly string[] = ["completed", "failed", "cancelled"];

/** @throws ApiError from every call */
export function createApi(target: Target): Api {
  const url = `${target.functionsUrl}/agent-orchestrator`;
  const headers = { apikey: target.secretKey, "content-type": "application/json" };

  async function call<Answer>(query: string, body?: unknown): Promise<Answer> {
    const response = await reach(`${url}${query}`, {
      headers,
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
    });
    return await response.json() as Answer;
  }

  return {
    start: (body) => call("", body),
    getJob: (jobId) => call(`?job_id=${encodeURIComponent(jobId)}`),
    getJobOfApproval: (id) => call(`?approval_id=${encodeURIComponent(id)}`),
    listJobs: async (filter) => {
      const query = new URLSearchParams(
        Object.entries(filter).filter(([, value]) => value !== undefined)
          .map(([name, value]) => [name, String(value)]),
      );
      return (await call<{ jobs: readonly JobSummary[] }>(`?${query}`)).jobs;
    },
    decide: (jobId, decision) => call("", { resume_job_id: jobId, approval_data: decision }),
    async *watch(jobId) {
      for (;;) {
        const response = await reach(`${url}?job_id=${encodeURIComponent(jobId)}&watch=1`, {
          headers,
        });
        for await (const job of readJobs(response.body!)) {
          yield job;
          if (ENDED.includes(job.status)) return;
        }
      }
    },
  };
}

async function reach(url: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (error) {
    throw new ApiError(0, "unreachable", `Nothing answers at ${url}: ${(error as Error).message}`);
  }
  if (response.ok) return response;
  const text = await response.text();
  try {
    const { error } = JSON.parse(text);
    throw new ApiError(response.status, error.code, error.message, error.details);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    // Not ours: a proxy or the platform answered.
    throw new ApiError(response.status, "bad_answer", `HTTP ${response.status} from ${url}`);
  }
}

/** The `job` events of a server-sent stream. */
async function* readJobs(stream: ReadableStream<Uint8Array>): AsyncGenerator<JobDetail> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + text).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      if (!block.startsWith("event: job\n")) continue;
      yield JSON.parse(block.slice(block.indexOf("data: ") + 6)) as JobDetail;
    }
  }
}
