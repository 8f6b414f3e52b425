import assert from "node:assert/strict";
import { join } from "node:path";
import { SignJWT } from "jose";
import { eventually, openGateway, TEST_JWT_SECRET } from "../../support/stack.ts";

/** No function of a test needs more; a request that hangs must fail its test, not the run. */
const LIMIT = { signal: AbortSignal.timeout(120_000) };

Deno.test("gateway serves any folder with an index.ts under its own path", async () => {
  await using host = await openGateway();
  const response = await host.call("echo/a/b?c=1", { method: "POST", body: "words" });
  const answer = await response.json();
  assert.equal(response.status, 200);
  assert.deepEqual(
    { path: answer.path, method: answer.method, body: answer.body },
    { path: "/echo/a/b?c=1", method: "POST", body: "words" },
  );
  assert.deepEqual(host.gateway.pids(), { echo: [answer.pid] });
});

Deno.test("gateway hides from a function what only starting Deno needs", async () => {
  await using host = await openGateway({ env: { FLEET_MARK: "seen" } });
  const { env } = await (await host.call("echo")).json();
  assert.equal(env.FLEET_MARK, "seen");
  assert.deepEqual(["HOME", "PATH", "DENO_DIR"].filter((name) => name in env), []);
});

Deno.test("gateway kills an isolate at its wall clock and answers 546", async () => {
  await using host = await openGateway({ wallClockMs: 1500 });
  const response = await host.call("misbehave?do=hang", LIMIT);
  const { code } = await response.json();
  assert.deepEqual(
    { status: response.status, code, header: response.headers.get("sb-error-code") },
    { status: 546, code: "WORKER_LIMIT", header: "WORKER_LIMIT" },
  );
  const log = await host.log();
  assert.deepEqual(
    log.map((line) => line.reason ?? line.status),
    ["wall_clock", 546],
  );
  assert.equal(log[0].pid, log[1].pid);
});

Deno.test({
  name:
    "gateway kills an isolate that used its CPU and answers 546 (Linux: CPU is read from /proc)",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using host = await openGateway();
    const response = await host.call("misbehave?do=spin", LIMIT);
    await response.body?.cancel();
    assert.equal(response.status, 546);
    assert.equal((await host.log())[0].reason, "cpu");
  },
});

Deno.test("gateway gives a request that a dead isolate never saw to another", async () => {
  await using host = await openGateway();
  const { pid } = await (await host.call("echo")).json();
  Deno.kill(pid, "SIGKILL");
  const responses = await Promise.all(Array.from({ length: 5 }, () => host.call("echo")));
  const answers = await Promise.all(responses.map((response) => response.json()));
  assert.deepEqual(responses.map((response) => response.status), [200, 200, 200, 200, 200]);
  assert.ok(answers.every((answer) => answer.pid !== pid));
});

Deno.test("gateway warns an isolate before its wall clock ends", async () => {
  const file = await Deno.makeTempFile();
  await using host = await openGateway({
    wallClockMs: 2000,
    env: { FLEET_TEST_UNLOAD_FILE: file },
  });
  const response = await host.call("misbehave?do=hang", LIMIT);
  await response.body?.cancel();
  assert.equal(await Deno.readTextFile(file), "wall_clock");
  await Deno.remove(file);
});

Deno.test("gateway keeps a retired isolate until its waitUntil promises are done", async () => {
  // Retired after a second, killed after two.
  await using host = await openGateway({ wallClockMs: 2000 });
  const file = join(host.dir, "written");
  await (await host.call(`misbehave?do=background&ms=1500&file=${file}`)).body?.cancel();
  await eventually("the background work ends", () => Deno.readTextFile(file).catch(() => null));
  assert.deepEqual((await host.log()).map((line) => line.reason).filter(Boolean), []);
});

Deno.test("gateway retires an idle isolate at half its wall clock", async () => {
  await using host = await openGateway({ wallClockMs: 2000 });
  const { pid } = await (await host.call("misbehave")).json();
  await eventually(
    "the idle isolate ends",
    () => Promise.resolve(host.gateway.pids().misbehave.length === 0),
  );
  const next = await (await host.call("misbehave")).json();
  assert.notEqual(next.pid, pid);
  assert.deepEqual((await host.log()).map((line) => line.reason).filter(Boolean), []);
});

Deno.test("gateway answers for an isolate that somebody killed, and starts another", async () => {
  await using host = await openGateway({ workers: 1 });
  const { pid } = await (await host.call("misbehave")).json();
  const pending = host.call("misbehave?do=hang", LIMIT);
  await host.call("misbehave").then((response) => response.body?.cancel());
  Deno.kill(pid, "SIGKILL");
  const response = await pending;
  await response.body?.cancel();
  assert.equal(response.status, 502);
  const started = await eventually("another isolate", () => {
    const [other] = host.gateway.pids().misbehave;
    return Promise.resolve(other !== undefined && other !== pid ? other : null);
  });
  assert.equal((await (await host.call("misbehave")).json()).pid, started);
});

Deno.test("gateway leaves a function that cannot boot alone for a while", async () => {
  await using host = await openGateway();
  const first = await host.call("broken");
  const second = await host.call("broken");
  assert.deepEqual([first.status, second.status], [503, 503]);
  assert.equal((await first.json()).code, "BOOT_ERROR");
  await second.body?.cancel();
  // The second was not worth a process.
  assert.deepEqual((await host.log()).map((line) => line.pid === null), [false, true]);
});

Deno.test("gateway passes a stream on while it is written", async () => {
  await using host = await openGateway();
  const file = join(host.dir, "go on");
  const response = await host.call(`misbehave?do=stream&file=${encodeURIComponent(file)}`);
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  assert.equal((await reader.read()).value, "first\n");
  await Deno.writeTextFile(file, "");
  assert.equal((await reader.read()).value, "second\n");
  assert.equal((await reader.read()).done, true);
});

Deno.test("gateway checks tokens with the platform's codes unless verify_jwt is off", async () => {
  await using host = await openGateway();
  const key = new TextEncoder().encode(TEST_JWT_SECRET);
  const sign = (secret: Uint8Array, expires: string) =>
    new SignJWT({ role: "anon" }).setProtectedHeader({ alg: "HS256" }).setExpirationTime(expires)
      .sign(secret);
  const good = await sign(key, "1h");
  const es256 = `${btoa('{"alg":"ES256"}')}.${btoa("{}")}.c2ln`;
  const cases: readonly (readonly [string | null, number, string | null])[] = [
    [null, 401, "UNAUTHORIZED_NO_AUTH_HEADER"],
    ["Bearer sb_secret_something", 401, "UNAUTHORIZED_INVALID_JWT_FORMAT"],
    [
      `Bearer ${await sign(new TextEncoder().encode("x".repeat(32)), "1h")}`,
      401,
      "UNAUTHORIZED_JWT",
    ],
    [`Bearer ${await sign(key, "-1h")}`, 401, "UNAUTHORIZED_JWT"],
    [`Bearer ${es256}`, 401, "UNAUTHORIZED_ASYMMETRIC_JWT"],
    [`Bearer ${good}`, 200, null],
  ];
  for (const [authorization, status, code] of cases) {
    const headers = authorization === null ? undefined : { authorization };
    const response = await host.call("closed", { headers });
    await response.body?.cancel();
    assert.deepEqual(
      [authorization, response.status, response.headers.get("sb-error-code")],
      [authorization, status, code],
    );
  }
});

Deno.test("gateway lets OPTIONS through to a function that wants a token", async () => {
  await using host = await openGateway();
  const response = await host.call("closed", { method: "OPTIONS" });
  assert.equal(await response.text(), "let in");
});

Deno.test("gateway answers 404 for no function and 501 for what it has no server for", async () => {
  await using host = await openGateway();
  const root = `http://127.0.0.1:${host.gateway.port}`;
  const paths = ["/functions/v1/absent", "/functions/v1/..%2fecho", "/rest/v1/x", "/auth/v1/user"];
  const answers: unknown[] = [];
  for (const path of paths) {
    const response = await fetch(root + path);
    answers.push([response.status, (await response.json()).code]);
  }
  assert.deepEqual(answers, [
    [404, "NOT_FOUND"],
    [404, "NOT_FOUND"],
    [501, "NOT_IMPLEMENTED"],
    [501, "NOT_IMPLEMENTED"],
  ]);
});
