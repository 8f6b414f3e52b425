/**
 * W2's second half: signed meeting webhooks at a steady rate through the gateway and the door of a whole stack, with
 * durable commits. Nothing drains them (no doorbells, no sweep): what is measured is verify, store, accept, answer.
 */
import { Webhook } from "standardwebhooks";
import { startStack } from "../local/stack.ts";
import { percentile } from "./floor.ts";

export const INGEST_PER_S = 200;
const REQUESTS = 5000;
/** Isolates boot and compile, connections open. */
const WARM_UP = 400;

export interface Ingest {
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly max_ms: number;
  readonly requests: number;
  readonly requests_per_s: number;
}

export async function measureIngest(): Promise<Ingest> {
  const dataDir = await Deno.makeTempDir({ prefix: "fleet-bench-" });
  await Deno.chmod(dataDir, 0o755);
  const stack = await startStack({
    dataDir,
    apiPort: 0,
    dbPort: 0,
    consolePort: 0,
    env: { ...Deno.env.toObject(), FLEET_WAKE: "off", FLEET_SWEEP: "off" },
  });
  try {
    const { webhooks } = await stack.status();
    await sendAll(webhooks.meeting, WARM_UP, "warm");
    const taken = await sendAll(webhooks.meeting, REQUESTS, "ingest");
    return {
      p50_ms: round(percentile(taken, 0.5)),
      p99_ms: round(percentile(taken, 0.99)),
      max_ms: round(taken.at(-1)!),
      requests: REQUESTS,
      requests_per_s: INGEST_PER_S,
    };
  } finally {
    await stack.stop();
    await Deno.remove(dataDir, { recursive: true });
  }
}

/**
 * Each request goes at its own moment, whether earlier ones were answered or not, and is timed from that moment: a
 * door that falls behind cannot slow its callers down. Milliseconds, sorted.
 */
async function sendAll(
  door: { readonly url: string; readonly secret: string },
  count: number,
  name: string,
): Promise<readonly number[]> {
  const requests = Array.from({ length: count }, (_, n) => sign(door.secret, `${name}-${n}`));
  const taken: number[] = [];
  const startedAt = performance.now() + 50;
  await Promise.all(requests.map(async (request, n) => {
    const due = startedAt + n * 1000 / INGEST_PER_S;
    await new Promise((resolve) => setTimeout(resolve, due - performance.now()));
    const response = await fetch(door.url, { method: "POST", ...request });
    const answer = await response.json();
    taken.push(performance.now() - due);
    if (response.status !== 202) throw new Error(`Not accepted: ${JSON.stringify(answer)}`);
  }));
  return taken.sort((a, b) => a - b);
}

function sign(secret: string, id: string): Pick<RequestInit, "headers" | "body"> {
  const body = JSON.stringify({
    type: "meeting.ended",
    data: {
      external_id: id,
      title: "Harbor Foods: forecasting demo",
      started_at: new Date().toISOString(),
      timezone: "Europe/London",
      duration_minutes: 30,
      organizer_email: "maya.chen@northwind.example",
      attendees: [
        { name: "Maya Chen", email: "maya.chen@northwind.example" },
        { name: "Priya Raman", email: "priya.raman@harborfoods.example" },
      ],
      transcript: Array.from({ length: 20 }, (_, n) => ({
        speaker: n % 2 === 0 ? "Maya Chen" : "Priya Raman",
        t_seconds: n * 9,
        text:
          "We would forecast demand for each of the sites, week by week, from the orders you have.",
      })),
    },
  });
  const at = new Date();
  return {
    body,
    headers: {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
      "webhook-signature": new Webhook(secret).sign(id, at, body),
    },
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
