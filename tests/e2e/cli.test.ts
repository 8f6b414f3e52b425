import assert from "node:assert/strict";
import { chain, MEMBER, ORG, type RunStack, shareRuns } from "../support/runs.ts";

const ROOT = new URL("../../", import.meta.url);
const shared = shareRuns();

/** The command line against the stack, as a person without a terminal runs it. */
async function fleet(stack: RunStack, ...args: readonly string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--frozen", "cli/fleet.ts", ...args],
    cwd: ROOT,
    stdin: "null",
    env: {
      FLEET_FUNCTIONS_URL: stack.status.FUNCTIONS_URL,
      FLEET_SECRET_KEY: stack.status.SECRET_KEY,
    },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  return { code, out: decode(stdout), err: decode(stderr) };
}

Deno.test("fleet events send starts a run, show tells all of it", async () => {
  const stack = shared();
  await stack.define("cli_send", chain(2, "probe-pure"));
  const sent = await fleet(
    stack,
    ...["events", "send", "cli_send", "--org", ORG, "--user", MEMBER],
    ...["--payload", '{"each": {"ms": 5}}', "--json"],
  );
  assert.equal(sent.code, 0, sent.err);
  const { job_id } = JSON.parse(sent.out);
  await stack.reach(job_id, ["completed"]);
  const shown = await fleet(stack, "show", job_id);
  assert.equal(shown.code, 0);
  assert.match(shown.out, /^cli_send {2}completed/);
  assert.match(shown.out, /s02 +completed +plain code/);
  assert.ok(!shown.out.includes("\u001b"), "no colours where there is no terminal");
});

Deno.test("fleet watch --json prints one object per change and fails with the run", async () => {
  const stack = shared();
  await stack.define("cli_watch", chain(1, "probe-keyed"));
  const { job_id } = await stack.start("cli_watch", { each: { status: 400 } });
  const watched = await fleet(stack, "watch", job_id!, "--json");
  assert.equal(watched.code, 1);
  const changes = watched.out.split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(changes.at(-1).status, "failed");
  assert.ok(changes.every((change) => change.job_id === job_id));
});

Deno.test("fleet jobs lists runs by status, newest first", async () => {
  const stack = shared();
  await stack.define("cli_jobs", chain(1, "probe-keyed"));
  const { job_id } = await stack.start("cli_jobs", { plan: { s01: { ask: true } } });
  await stack.reach(job_id!, ["waiting_approval"]);
  const listed = await fleet(stack, "jobs", "--status", "waiting_approval", "--json");
  assert.equal(listed.code, 0);
  assert.deepEqual(JSON.parse(listed.out).jobs.map((job: { id: string }) => job.id), [job_id]);
});

Deno.test("fleet approve and reject answer an approval by its id, as its assignee", async () => {
  const stack = shared();
  await stack.define("cli_decide", chain(1, "probe-keyed"));
  for (const [decision, end] of [["approve", "completed"], ["reject", "cancelled"]]) {
    const { job_id } = await stack.start("cli_decide", { plan: { s01: { ask: true } } });
    const { approvals: [approval] } = await stack.reach(job_id!, ["waiting_approval"]);
    const edits = decision === "approve" ? ["--edits", '{"text": "by hand"}'] : [];
    const answer = await fleet(stack, decision, approval.id, ...edits, "--json");
    assert.equal(answer.code, 0, answer.err);
    const job = await stack.reach(job_id!, ["completed", "cancelled"]);
    assert.equal(job.status, end);
    assert.equal(job.approvals[0].decided_by, MEMBER);
    const again = await fleet(stack, decision, approval.id, "--json");
    assert.equal(again.code, 1);
    assert.equal(JSON.parse(again.out).error.code, "already_decided");
  }
});

Deno.test("fleet answers a wrong command line with 2 and says what is wrong", async () => {
  const stack = shared();
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /^$/],
    [["nope"], /Unknown command/],
    [["show"], /^show takes one argument, but 0 were given: deno task fleet show <run>$/],
    [["jobs", "odd"], /^jobs takes no arguments, but 1 was given: deno task fleet jobs \[--status/],
    [["jobs", "--status", "odd"], /--status is one of/],
    [["jobs", "--color"], /Unknown option/],
    [["events", "send", "x"], /--org and --user/],
    [["events", "send", "x", "--org", ORG, "--user", MEMBER, "--payload", "[1]"], /JSON object/],
  ];
  for (const [args, message] of cases) {
    const { code, err } = await fleet(stack, ...args);
    assert.equal(code, 2, args.join(" "));
    assert.match(err, message);
  }
});

Deno.test("fleet says in words that a run is not there", async () => {
  const { code, err } = await fleet(shared(), "show", crypto.randomUUID());
  assert.deepEqual([code, err], [1, "No such run"]);
});
