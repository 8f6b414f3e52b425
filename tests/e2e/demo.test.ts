import assert from "node:assert/strict";

const ROOT = new URL("../../", import.meta.url);

interface Summary {
  readonly jobs: readonly {
    readonly event_type: string;
    readonly status: string;
    readonly cost_usd: number;
    readonly steps: readonly { readonly status: string; readonly skip_reason: string | null }[];
  }[];
  readonly approvals: readonly { readonly status: string }[];
  readonly deliveries: readonly { readonly port: string; readonly repeats: number }[];
  readonly stand_ins: readonly string[];
}

async function demo(...args: readonly string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--frozen", "cli/demo.ts", ...args],
    cwd: ROOT,
    stdin: "null",
    env: { NO_COLOR: "1" },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, lines: decode(stdout).trim().split("\n"), stderr: decode(stderr) };
}

Deno.test("demo --yes --json plays the main job and says what happened", async () => {
  const { code, lines, stderr } = await demo("--yes", "--json");
  assert.deepEqual([code, stderr], [0, ""]);
  const parsed = lines.map((line) => JSON.parse(line));
  const { summary } = parsed.pop() as { summary: Summary };
  assert.ok(parsed.length >= 18);
  for (const change of parsed) {
    assert.deepEqual(["at", "job_id", "status"].filter((name) => !(name in change)), []);
  }
  assert.deepEqual(
    summary.jobs.map((job) => [job.event_type, job.status, job.steps.length, job.cost_usd]).sort(),
    [
      ["calendar_find_times", "completed", 3, 0],
      // A named date, a rival and a person to be introduced: the first two are known already.
      ["deal_update", "completed", 1, 0],
      ["deal_update", "completed", 1, 0],
      ["deal_update", "completed", 1, 0],
      ["meeting_ended", "completed", 14, 0],
      ["team_ping", "completed", 1, 0],
    ],
  );
  assert.ok(
    summary.jobs.flatMap((job) => job.steps).every((step) => step.skip_reason !== "not_available"),
  );
  assert.deepEqual(summary.approvals.map((approval) => approval.status), ["approved"]);
  assert.deepEqual(
    summary.deliveries.filter((one) => one.port === "calendar").map((one) => one.repeats),
    [0],
  );
  assert.ok(summary.stand_ins.length > 0);
});

Deno.test("demo plays a transcript of one's own and says what was heard in it", async () => {
  const path = await Deno.makeTempFile({ suffix: ".vtt" });
  await Deno.writeTextFile(
    path,
    "WEBVTT\n\n00:00:01.000 --> 00:00:03.000\n<v Ann>I will send you the contract tomorrow.</v>\n",
  );
  const { code, lines } = await demo("--transcript", path);
  await Deno.remove(path);
  assert.equal(code, 0);
  assert.ok(lines.some((line) => line.includes("Ann: Send you the contract tomorrow")));
  assert.ok(lines.some((line) => line.startsWith("What stood in")));
});

Deno.test("demo answers a wrong command line with 2, before it boots anything", async () => {
  for (const args of [["--nope"], ["--transcript", "/no/such/file"]]) {
    const { code, stderr } = await demo(...args);
    assert.equal(code, 2);
    assert.notEqual(stderr, "");
  }
});
