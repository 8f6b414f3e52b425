/** Every route of every function against strangers (T1, T7, T8, T32): refused, no row written, nobody called. */
import assert from "node:assert/strict";
import { SignJWT } from "jose";
import { type Doors, KEYS, listFunctions, openDoors } from "../support/doors.ts";
import { SEED } from "../support/skillWorld.ts";
import { bytesOf, DOOR_TABLE, REFUSALS, type Sample, SAMPLES } from "./_doorTable.ts";

let doors: Doors;
Deno.test.beforeAll(async () => {
  doors = await openDoors();
});
Deno.test.afterAll(async () => await doors[Symbol.asyncDispose]());

const test = (name: string, fn: () => Promise<void> | void) =>
  // The functions keep their pools for the isolate's life.
  Deno.test({ name, fn, sanitizeOps: false, sanitizeResources: false });

const now = () => Math.floor(Date.now() / 1000);
const sign = (claims: Record<string, unknown>, secret: string = KEYS.jwtSecret) =>
  new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode(secret));
const user = {
  sub: SEED.owner,
  role: "authenticated",
  aud: "authenticated",
  iss: "http://edge.test/auth/v1",
};

type Headers = Readonly<Record<string, string>>;
const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` });

/** What strangers, visitors and other projects hold. */
const CREDENTIALS: readonly (readonly [name: string, headers: () => Promise<Headers> | Headers])[] =
  [
    ["no credential", () => ({})],
    ["garbage as apikey", () => ({ apikey: "garbage" })],
    ["garbage as Bearer", () => bearer("garbage")],
    ["an empty Bearer", () => bearer("")],
    ["the anon key as apikey", () => ({ apikey: KEYS.anon })],
    ["the anon key as Bearer", () => bearer(KEYS.anon)],
    ["the publishable key as apikey", () => ({ apikey: KEYS.publishable })],
    ["the publishable key as Bearer", () => bearer(KEYS.publishable)],
    ["an expired token", async () => bearer(await sign({ ...user, exp: now() - 3600 }))],
    ["a token without an end", async () => bearer(await sign({ ...user, exp: undefined }))],
    [
      "another project's token",
      async () => bearer(await sign({ ...user, exp: now() + 3600 }, "x".repeat(40))),
    ],
    [
      "a token of another issuer",
      async () =>
        bearer(
          await sign({ ...user, exp: now() + 3600, iss: "https://other.supabase.co/auth/v1" }),
        ),
    ],
    [
      "another project's service key",
      async () => bearer(await sign({ role: "service_role", iss: "supabase" }, "x".repeat(40))),
    ],
    ["a service role that nobody signed for", async () =>
      bearer(
        await sign({
          ...user,
          role: "anon",
          user_metadata: { role: "service_role" },
          app_metadata: { role: "owner" },
          exp: now() + 3600,
        }),
      )],
    ["the secret key as Bearer", () => bearer(KEYS.secret)],
    ["the secret key in a cookie", () => ({ cookie: `apikey=${KEYS.secret}` })],
    ["the secret key under another name", () => ({ "x-api-key": KEYS.secret })],
    ["a proxy's word for it", () => ({
      "x-forwarded-user": SEED.owner,
      "x-forwarded-for": "127.0.0.1",
      "x-real-ip": "127.0.0.1",
      "x-forwarded-host": "edge.test",
      forwarded: "for=127.0.0.1",
    })],
    ["claims in headers", () => ({
      "x-supabase-role": "service_role",
      "x-user-id": SEED.owner,
      "x-jwt-claims": JSON.stringify(user),
    })],
  ];

test("every function and each of its methods has an entry in the door table", () => {
  assert.deepEqual(Object.keys(DOOR_TABLE).sort(), listFunctions());
  for (const { name, handler } of doors.doors) {
    const sampled = new Set(DOOR_TABLE[name].map(({ method }) => method));
    assert.deepEqual(
      { name, methods: [...sampled].sort() },
      { name, methods: [...new Set(handler.routes.map(({ method }) => method))].sort() },
    );
  }
});

test("docs/security.md tells the locks of every function", async () => {
  const text = await Deno.readTextFile(new URL("../../docs/security.md", import.meta.url));
  const rows = text.split("\n## Doors\n")[1].split("\n## ")[0].split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) =>
      line.split("|").slice(1, 3).map((cell) =>
        [...cell.matchAll(/`([^`]+)`/g)].map(([, word]) => word).sort().join(" ")
      )
    );
  const real = doors.doors.map(({ name, handler }) => [
    name,
    [...new Set(handler.routes.map(({ auth }) => auth))].sort().join(" "),
  ]);
  assert.deepEqual(rows.toSorted(), real.toSorted());
});

function lockOf(door: string, sample: Sample) {
  const { handler } = doors.doors.find(({ name }) => name === door)!;
  return handler.routes.find(({ method }) => method === sample.method)!.auth;
}

/** Runs `work` and holds that it wrote no row and called nobody. */
async function withoutEffect(work: () => Promise<void>): Promise<void> {
  const rows = await doors.countRows(), calls = doors.outbound.length;
  await work();
  assert.deepEqual(await doors.countRows(), rows);
  assert.deepEqual(doors.outbound.slice(calls), []);
}

async function readError(response: Response): Promise<{ code: string; text: string }> {
  const text = await response.text();
  const body = JSON.parse(text);
  assert.deepEqual(Object.keys(body), ["error", "request_id"]);
  assert.deepEqual(Object.keys(body.error), ["code", "message", "details"]);
  assert.match(body.error.code, /^[a-z_]+$/);
  return { code: body.error.code, text };
}

for (const { door, ...sample } of SAMPLES) {
  test(`${door} refuses ${sample.name} to ${CREDENTIALS.length} strangers (T1, T32)`, async () => {
    await withoutEffect(async () => {
      const answers = new Set<string>();
      for (const [name, headers] of CREDENTIALS) {
        const response = await doors.call(sample.path, {
          method: sample.method,
          headers: { "content-type": "application/json", ...await headers() },
          body: sample.body === undefined ? undefined : bytesOf(sample.body),
        });
        const { code, text } = await readError(response);
        assert.ok(
          REFUSALS[lockOf(door, sample)].includes(response.status),
          `${name}: ${response.status} ${code}`,
        );
        answers.add(text.replace(/"request_id":"[^"]*"/, ""));
      }
      assert.equal(answers.size, 1, "strangers are told apart");
    });
  });

  test(`${door} takes the secret key for ${sample.name} from no query and no body (T1)`, async () => {
    await withoutEffect(async () => {
      const path = `${sample.path}${sample.path.includes("?") ? "&" : "?"}apikey=${KEYS.secret}`;
      const response = await doors.call(path, {
        method: sample.method,
        headers: { "content-type": "application/json" },
        body: sample.body === undefined
          ? undefined
          : bytesOf({ ...sample.body, apikey: KEYS.secret }),
      });
      await readError(response);
      assert.ok(REFUSALS[lockOf(door, sample)].includes(response.status));
    });
  });
}

for (const name of listFunctions()) {
  test(`${name} does nothing by another method, whatever a header calls it (T7)`, async () => {
    await withoutEffect(async () => {
      const [{ path, sign }] = DOOR_TABLE[name];
      const bytes = bytesOf({});
      const routes = doors.doors.find((door) => door.name === name)!.handler.routes;
      for (const method of ["PUT", "PATCH", "DELETE", "HEAD", "GET"]) {
        if (routes.some((route) => route.method === method)) continue;
        const response = await doors.call(path, {
          method,
          headers: {
            apikey: KEYS.secret,
            "x-http-method-override": "POST",
            "x-method-override": "POST",
            "x-http-method": "POST",
            ...sign?.(bytes),
          },
        });
        assert.equal(response.status, 405);
        assert.ok(response.headers.get("allow"));
      }
    });
  });

  test(`${name} reads no credential out of a doubled header (T7)`, async () => {
    await withoutEffect(async () => {
      const sample = DOOR_TABLE[name][0];
      const bytes = sample.body === undefined ? null : bytesOf(sample.body);
      const once: Headers = sample.isOpenedByPath
        ? {}
        : sample.sign === undefined
        ? { apikey: KEYS.secret }
        : sample.sign(bytes ?? bytesOf({}));
      for (const header of Object.keys(once)) {
        const headers = new Headers({ "content-type": "application/json", ...once });
        headers.append(header, headers.get(header)!);
        const response = await doors.call(sample.path, {
          method: sample.method,
          headers,
          body: bytes,
        });
        assert.ok([401, 403].includes(response.status), `${header}: ${response.status}`);
        await response.body?.cancel();
      }
    });
  });
}

const ORIGINS = [
  "null",
  "https://console.fleet.example.attacker.example",
  "https://attacker.example",
  "https://console.fleet.example:444",
  "http://console.fleet.example",
  "https://CONSOLE.fleet.example",
  "https://console.fleet.example/",
  "https://sub.console.fleet.example",
  "https://consoleXfleet.example",
  "https://attacker.example/https://console.fleet.example",
  "https://console.fleet.example, https://attacker.example",
  "file://",
];

for (const name of listFunctions()) {
  test(`${name} lets the console's origin in and ${ORIGINS.length} others not (T8)`, async () => {
    const [{ path }] = DOOR_TABLE[name];
    for (const method of ["OPTIONS", "POST"]) {
      const ask = async (origin: string) => {
        const response = await doors.call(path, {
          method,
          headers: { origin, "access-control-request-method": "POST" },
        });
        await response.body?.cancel();
        assert.equal(response.headers.get("access-control-allow-credentials"), null);
        assert.match(response.headers.get("vary") ?? "", /Origin/);
        return response.headers.get("access-control-allow-origin");
      };
      assert.equal(await ask(KEYS.console), KEYS.console);
      for (const origin of ORIGINS) assert.equal(await ask(origin), null, origin);
    }
  });
}
