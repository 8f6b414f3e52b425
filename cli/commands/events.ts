import type { Command } from "../command.ts";
import { status } from "../render.ts";
import { EXIT, parseObject, UsageError } from "../usage.ts";

/** `events send`: starts whatever the event's routes say. */
export const sendEvent: Command = {
  synopsis: "<type> --org ORG --user USER [--payload @FILE|JSON] [--key KEY] [--mode shadow]",
  summary: "Send an event; --user none for an event of the organisation",
  arguments: ["type"],
  strings: ["org", "user", "payload", "key", "mode", "source"],
  async run({ words: [type], options, isJson, api, print }) {
    const { org, user, key, mode } = options;
    if (!org || !user) throw new UsageError("events send needs --org and --user");
    if (mode !== undefined && mode !== "live" && mode !== "shadow") {
      throw new UsageError('--mode is "live" or "shadow"');
    }
    const answer = await api.start({
      type,
      org_id: String(org),
      user_id: user === "none" ? null : String(user),
      source: options.source === undefined ? "cli" : String(options.source),
      payload: await readPayload(options.payload),
      ...(key === undefined ? {} : { idempotency_key: String(key) }),
      ...(mode === undefined ? {} : { mode }),
    });
    if (isJson) print(answer);
    else {
      print(`${status(answer.status)}  event ${answer.event_id}`);
      for (const id of answer.job_ids) print(`run ${id}`);
      if (answer.message) print(answer.message);
      for (const refused of answer.refused) print(`${refused.sequence_key}: ${refused.status}`);
    }
    return answer.status === "queued" || answer.status === "duplicate" ? EXIT.ok : EXIT.failed;
  },
};

async function readPayload(
  option: string | boolean | undefined,
): Promise<Readonly<Record<string, unknown>>> {
  if (option === undefined) return {};
  const text = String(option).startsWith("@")
    ? await Deno.readTextFile(String(option).slice(1)).catch((error) => {
      throw new UsageError(`Cannot read the payload: ${error.message}`);
    })
    : String(option);
  return parseObject(text, "The payload");
}
