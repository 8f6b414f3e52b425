/**
 * The sink: where the embedded stack delivers instead of the outside world. A process of its own with
 * an append-only file, so that it survives every other process's death and can judge doubles.
 *
 * `deno run local/sink.ts <file> <port>`; POST takes a delivery, GET lists them in order of acceptance.
 */
import { z } from "zod";

const Delivery = z.object({
  effect_key: z.string().min(1),
  port: z.string().min(1),
  org_id: z.string(),
  recipient: z.string(),
  content: z.unknown(),
});

type Accepted = z.output<typeof Delivery> & { repeats: number; accepted_at: string };

if (import.meta.main) {
  const [path, port] = Deno.args;
  const server = await serveSink(path, Number(port));
  // The parent waits for this line.
  console.log(`READY ${server.addr.port}`);
}

export async function serveSink(
  path: string,
  port: number,
): Promise<Deno.HttpServer<Deno.NetAddr>> {
  const accepted = await load(path);
  const file = await Deno.open(path, { create: true, append: true, mode: 0o600 });

  function accept(delivery: z.output<typeof Delivery>): Response {
    const known = accepted.get(delivery.effect_key);
    const line = known === undefined
      ? { ...delivery, accepted_at: new Date().toISOString() }
      : { effect_key: delivery.effect_key, repeat: true };
    // Written before the answer: an acceptance somebody saw is never forgotten.
    file.writeSync(new TextEncoder().encode(JSON.stringify(line) + "\n"));
    if (known === undefined) accepted.set(delivery.effect_key, { ...line, repeats: 0 } as Accepted);
    else known.repeats++;
    return Response.json({ accepted: known === undefined, ref: `sink:${delivery.effect_key}` });
  }

  return Deno.serve({ hostname: "127.0.0.1", port, onListen: () => {} }, async (request) => {
    if (request.method === "GET") return Response.json([...accepted.values()]);
    if (request.method !== "POST") {
      return new Response(null, { status: 405, headers: { allow: "GET, POST" } });
    }
    const parsed = Delivery.safeParse(await request.json().catch(() => null));
    return parsed.success
      ? accept(parsed.data)
      : Response.json({ error: parsed.error.issues }, { status: 400 });
  });
}

async function load(path: string): Promise<Map<string, Accepted>> {
  const accepted = new Map<string, Accepted>();
  const text = await Deno.readTextFile(path).catch(() => "");
  for (const line of text.split("\n")) {
    if (line === "") continue;
    let row: Accepted & { repeat?: boolean };
    try {
      row = JSON.parse(line);
    } catch {
      // The last line of a killed process may be cut; its sender saw no answer and will repeat.
      continue;
    }
    const known = accepted.get(row.effect_key);
    if (row.repeat) {
      if (known !== undefined) known.repeats++;
    } else if (known === undefined) accepted.set(row.effect_key, { ...row, repeats: 0 });
  }
  return accepted;
}
