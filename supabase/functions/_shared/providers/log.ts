import type { LogPort } from "../ports/log.ts";

/** Hosted log messages are cut at 10,000 characters. */
const MAX_LENGTH = 10_000;

/** What a secret looks like, wherever it turns up: keys, tokens, signing secrets, private keys. */
const SECRET = new RegExp(
  [
    /eyJ[\w-]{5,}\.[\w-]+\.[\w-]*/,
    /sb_(?:secret|publishable)_[\w-]+/,
    /whsec_[\w+/=-]+/,
    /xox[a-z](?:\.xox[a-z])?-[\w-]+/,
    /\b(?:sk|rk|pk)-[\w-]{16,}/,
    /\bre_\w{16,}/,
    /\bAIza[\w-]{30,}/,
    /\bya29\.[\w-]{20,}/,
    /\b1\/\/0[\w-]{20,}/,
    /\bGOCSPX-[\w-]{20,}/,
    /\bgh[a-z]_\w{30,}/,
    /\bAKIA[A-Z0-9]{16}\b/,
    /\b(?:Bearer\s+[\w.~+/=-]+|Basic\s+[A-Za-z0-9+/]{12,}=*)/,
    /postgres(?:ql)?:\/\/[^\s"]+/,
    /-----BEGIN [A-Z ]+-----[\s\S]*?-----END [A-Z ]+-----/,
  ].map(({ source }) => source).join("|"),
  "g",
);
/** Terminals and viewers act on them though JSON lets them be: C1 controls, separators, directions, hidden ones. */
const UNSEEN = /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
/** Variables that hold what opens something. */
const SECRET_NAME = /(?:KEY|KEYS|SECRET|TOKEN|PASSWORD|DB_URL|HEADERS)$/;
/** Shorter values are words that logs may hold. */
const MIN_SECRET = 8;

/**
 * JSON lines on the console. Values that look like secrets or are ours are replaced, control characters escaped.
 *
 * @param secrets what may never be written, whatever it looks like: `secretsIn(env)`
 */
export function createJsonLog(
  write: (line: string) => void = console.log,
  secrets: readonly string[] = [],
): LogPort {
  // As they stand inside a line.
  const known = secrets.map((secret) => JSON.stringify(secret).slice(1, -1));

  function log(level: string, event: string, fields: Readonly<Record<string, unknown>> = {}): void {
    // JSON.stringify escapes control characters, so a value cannot forge a line.
    let line = JSON.stringify({ level, event, ...fields });
    for (const secret of known) line = line.replaceAll(secret, "[redacted]");
    write(redact(line).replace(UNSEEN, escapeUnicode).slice(0, MAX_LENGTH));
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

/** The secrets of an environment by their variables' names, those inside JSON maps of keys too. */
export function secretsIn(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const values = Object.entries(env)
    .filter(([name]) => SECRET_NAME.test(name))
    .flatMap(([, value]) => value === undefined ? [] : [value, ...valuesInside(value)]);
  return [...new Set(values)].filter((value) => value.length >= MIN_SECRET)
    // A longer one may hold a shorter one.
    .sort((a, b) => b.length - a.length);
}

function valuesInside(json: string): readonly string[] {
  if (!json.startsWith("{")) return [];
  try {
    return Object.values(JSON.parse(json)).filter((value) => typeof value === "string");
  } catch {
    // Not a map of keys: the whole value is the secret.
    return [];
  }
}

function escapeUnicode(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
