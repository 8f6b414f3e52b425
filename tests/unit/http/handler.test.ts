/** The order at every door, and that no route without a lock boots (T1). */
import assert from "node:assert/strict";
import { z } from "zod";
import {
  AuthError,
  ConflictError,
  FatalError,
  InvariantError,
  LeaseLostError,
  NotFoundError,
  RetryableError,
  TimeoutError,
  ValidationError,
} from "../../../supabase/functions/_shared/orchestrator/core/errors.ts";
import { HttpError } from "../../../supabase/functions/_shared/http/errors.ts";
import { parseWith, type Route } from "../../../supabase/functions/_shared/http/handler.ts";
import { createDoor, echo, post, REQUEST_ID } from "./_door.ts";

const throwing = (error: unknown) =>
  createDoor([echo({
    handle: () => {
      throw error;
    },
  })]);

for (const auth of [undefined, null, "none", "public", ""]) {
  Deno.test(`defineFunction() does not boot with a route of auth class ${JSON.stringify(auth)}`, () => {
    const route = { ...echo(), auth } as unknown as Route;
    assert.throws(() => createDoor([echo({ method: "GET" }), route]), {
      message: 'Function "unit": route POST declares no auth class',
    });
  });
}

for (const method of ["PUT", "PATCH", "DELETE", "HEAD"]) {
  Deno.test(`defineFunction() answers 405 and Allow for ${method}, without a credential`, async () => {
    const { answer } = createDoor([echo(), echo({ method: "GET" })]);
    const response = await answer(new Request("http://edge.test/unit", { method }));
    assert.deepEqual([response.status, response.headers.get("allow")], [405, "POST, GET"]);
    assert.equal((await response.json()).error.code, "method_not_allowed");
  });
}

for (
  const type of [null, "text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""]
) {
  Deno.test(`defineFunction() answers 415 for content type ${type}`, async () => {
    const response = await createDoor().answer(post(new Blob(["{}"]), { "content-type": type }));
    assert.deepEqual([response.status, (await response.json()).error.code], [415, "not_json"]);
  });
}

for (const type of ["application/json", "Application/JSON; charset=utf-8"]) {
  Deno.test(`defineFunction() takes content type ${type}`, async () => {
    const response = await createDoor().answer(post('{"a":1}', { "content-type": type }));
    assert.deepEqual([response.status, await response.json()], [200, { got: { a: 1 } }]);
  });
}

Deno.test("defineFunction() tells a stranger about the credential before anything in the body", async () => {
  for (const body of ["{", "x".repeat(1024 * 1024 + 1)]) {
    const response = await createDoor().answer(
      post(body, { apikey: null, "content-type": "text/plain" }),
    );
    assert.deepEqual([response.status, (await response.json()).error.code], [401, "unauthorized"]);
  }
});

Deno.test("defineFunction() runs no use case for a refused request", async () => {
  let calls = 0;
  const { answer } = createDoor([echo({
    handle: () => {
      calls++;
      return Promise.resolve(new Response());
    },
  })]);
  const refused: readonly Record<string, string>[] = [
    { apikey: "wrong" },
    { "content-type": "text/plain" },
  ];
  for (const headers of refused) {
    await (await answer(post("{}", headers))).body?.cancel();
  }
  assert.equal(calls, 0);
});

Deno.test("defineFunction() answers an error in exactly the contract's shape", async () => {
  const response = await createDoor().answer(post("{"));
  assert.deepEqual(await response.json(), {
    error: { code: "invalid_json", message: "The body is not JSON", details: [] },
    request_id: REQUEST_ID,
  });
  assert.equal(response.headers.get("content-type"), "application/json");
  assert.equal(response.headers.get("x-request-id"), REQUEST_ID);
});

Deno.test("parseWith() names path and message of everything that is wrong", async () => {
  const schema = z.object({ org_id: z.uuid(), steps: z.array(z.object({ skill: z.string() })) });
  const { answer } = createDoor([echo({
    handle: (incoming) => Promise.resolve(Response.json(parseWith(schema, incoming.json()))),
  })]);
  const response = await answer(post('{"org_id":"x","steps":[{"skill":1}]}'));
  const { error } = await response.json();
  assert.deepEqual([response.status, error.code], [400, "invalid_input"]);
  assert.deepEqual(error.details.map((d: { path: string }) => d.path), ["org_id", "steps.0.skill"]);
  assert.ok(error.details.every((d: { message: unknown }) => typeof d.message === "string"));
});

/** thrown, status, code, Retry-After */
const MAPPED: readonly (readonly [Error, number, string, string | null])[] = [
  [new ValidationError("invalid_edits", "m"), 400, "invalid_edits", null],
  [new ValidationError("no_route", "m"), 422, "no_route", null],
  [new ValidationError("invalid_definition", "m"), 422, "invalid_definition", null],
  [new ValidationError("payload_too_large", "m"), 413, "payload_too_large", null],
  [new AuthError("unauthorized", "m"), 401, "unauthorized", null],
  [new AuthError("not_yours", "m", 403), 403, "not_yours", null],
  [new NotFoundError("job_not_found", "m"), 404, "job_not_found", null],
  [new ConflictError("already_decided", "m"), 409, "already_decided", null],
  [new RetryableError("database_unavailable", "m"), 503, "database_unavailable", "1"],
  [new TimeoutError("slow", "m"), 503, "slow", "1"],
  [
    new HttpError(429, "slow_down", "m", { headers: { "retry-after": "9" } }),
    429,
    "slow_down",
    "9",
  ],
];

for (const [error, status, code, retryAfter] of MAPPED) {
  Deno.test(`defineFunction() answers ${status} for ${error.constructor.name} ${code}`, async () => {
    const response = await throwing(error).answer(post("{}"));
    assert.deepEqual(
      [response.status, (await response.json()).error.code, response.headers.get("retry-after")],
      [status, code, retryAfter],
    );
  });
}

Deno.test("defineFunction() passes the details of a conflict on", async () => {
  const error = new ConflictError("not_waiting", "m", { details: [{ status: "completed" }] });
  const response = await throwing(error).answer(post("{}"));
  assert.deepEqual((await response.json()).error.details, [{ status: "completed" }]);
});

const OURS: readonly (readonly [string, unknown])[] = [
  ["a database error", Object.assign(new Error('relation "secrets" of org x'), { code: "42P01" })],
  ["a thrown text", "select * from secrets"],
  ["a fatal error", new FatalError("refused", "secret words")],
  ["a lost lease", new LeaseLostError("lease_lost", "secret words")],
  ["a bug", new InvariantError("unreachable", "secret words")],
];

for (const [name, error] of OURS) {
  Deno.test(`defineFunction() answers a bare 500 for ${name}, with the request id in the log`, async () => {
    const { answer, errors } = throwing(error);
    const response = await answer(post("{}"));
    assert.deepEqual([response.status, await response.json()], [500, {
      error: {
        code: "internal_error",
        message: "Something failed on our side; the request id finds it in the logs",
        details: [],
      },
      request_id: REQUEST_ID,
    }]);
    assert.equal((errors[0].fields as { request_id: string }).request_id, REQUEST_ID);
    assert.doesNotMatch(JSON.stringify(errors), /secret/);
  });
}

Deno.test("defineFunction() lets the console's origin through and no other", async () => {
  const { answer } = createDoor([echo()], { corsOrigin: "https://console.example" });
  const allowed = async (origin: string) => {
    const response = await answer(
      new Request("http://edge.test/unit", { method: "OPTIONS", headers: { origin } }),
    );
    return [response.status, response.headers.get("access-control-allow-origin")];
  };
  assert.deepEqual(await allowed("https://console.example"), [204, "https://console.example"]);
  assert.deepEqual(await allowed("https://console.example.evil.test"), [204, null]);
});

Deno.test("defineFunction() gives a route the path behind the function's name", async () => {
  const { answer } = createDoor([echo({
    handle: (incoming) => Promise.resolve(Response.json(incoming.path)),
  })]);
  const request = new Request("http://edge.test/unit//a/b/?c=d", post("{}"));
  assert.deepEqual(await (await answer(request)).json(), ["a", "b"]);
});
