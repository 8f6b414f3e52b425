/** What a request to the gateway is, by its body. The log counts hand-overs and follow-ups with it. */
export interface RequestKind {
  readonly kind: "start" | "resume" | "event" | "sweep" | "other";
  /** The job or event it names. */
  readonly id: string | null;
  /** A doorbell only wakes: it may be lost or doubled and nothing breaks. */
  readonly isBell: boolean;
}

const OTHER: RequestKind = { kind: "other", id: null, isBell: false };

/**
 * Tells doorbells from everything else. A decision (`approval_data`) carries something and is no bell;
 * neither is the sweep, which FLEET_WAKE must never touch.
 */
export function classifyRequest(
  functionName: string,
  method: string,
  body: Uint8Array | null,
): RequestKind {
  if (functionName !== "agent-orchestrator" || method !== "POST" || body === null) return OTHER;
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(body));
  } catch {
    // The function answers for bodies that are not JSON.
    return OTHER;
  }
  if (typeof json !== "object" || json === null) return OTHER;
  const fields = json as Readonly<Record<string, unknown>>;
  const idOf = (name: string) => (typeof fields[name] === "string" ? fields[name] : null);
  if ("resume_job_id" in fields) {
    const isBell = (fields.approval_data ?? null) === null;
    return { kind: "resume", id: idOf("resume_job_id"), isBell };
  }
  if ("event_id" in fields) return { kind: "event", id: idOf("event_id"), isBell: true };
  if (fields.action === "sweep") return { kind: "sweep", id: null, isBell: false };
  return "type" in fields ? { kind: "start", id: null, isBell: false } : OTHER;
}
