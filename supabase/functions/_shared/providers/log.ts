import type { LogPort } from "../ports/log.ts";

/** Hosted log messages are cut at 10,000 characters. */
const MAX_LENGTH = 10_000;

/** What a secret looks like, wherever it turns up: keys, tokens, signing secrets, private keys. */
const SECRET =
  /eyJ[\w-]{5,}\.[\w-]+\.[\w-]*|sb_(?:secret|publishable)_[\w-]+|whsec_[\w+/=-]+|xox[a-z]-[\w-]+|(?:sk|rk|pk)-[\w-]{16,}|Bearer\s+[\w.~+/=-]+|postgres(?:ql)?:\/\/[^\s"]+|-----BEGIN [A-Z ]+-----[\s\S]*?-----END [A-Z ]+-----/g;

/** JSON lines on the console. Values that look like secrets are replaced, control characters escaped. */
export function createJsonLog(write: (line: string) => void = console.log): LogPort {
  function log(level: string, event: string, fields: Readonly<Record<string, unknown>> = {}): void {
    // JSON.stringify escapes control characters, so a value cannot forge a line.
    write(redact(JSON.stringify({ level, event, ...fields })).slice(0, MAX_LENGTH));
  }
  return {
    info: (event, fields) => log("info", event, fields),
    warn: (event, fields) => log("warn", event, fields),
    error: (event, fields) => log("error", event, fields),
  };
}

/** Replaces everything that looks like a secret. */
export function redact(text: string): string {
  return text.replaceAll(SECRET, "[redacted]");
}
