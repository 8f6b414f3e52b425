/**
 * Addresses that lead inside (T14): names of functions, addresses in providers' payloads, answers that send elsewhere.
 * A canary listens on this machine; nobody may knock.
 */
import assert from "node:assert/strict";
import { parseSafeUrl } from "../../supabase/functions/_shared/http/safeUrl.ts";
import { createHttpInvoker } from "../../supabase/functions/_shared/providers/invoker/http.ts";
import { createSafeFetch } from "../../supabase/functions/_shared/providers/http/safeFetch.ts";
import { VENDORS } from "../../supabase/functions/_shared/providers/vendors.ts";
import { createVendor } from "../../supabase/functions/_shared/providers/http/vendor.ts";

const knocks: string[] = [];
let canary: Deno.HttpServer, canaryUrl: string;
Deno.test.beforeAll(() => {
  canary = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request) => {
    knocks.push(`${request.method} ${request.url} ${request.headers.get("apikey") ?? ""}`);
    return Response.json({});
  });
  canaryUrl = `http://127.0.0.1:${(canary.addr as Deno.NetAddr).port}`;
});
Deno.test.afterAll(() => canary.shutdown());

const test = (name: string, fn: () => Promise<void>) =>
  Deno.test({
    name,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      await fn();
      assert.deepEqual(knocks, []);
    },
  });

/** Every notation of this machine, of private networks and of clouds' metadata. */
const INSIDE = [
  "127.0.0.1",
  "127.1",
  "127.0.1",
  "0",
  "0.0.0.0",
  "0x7f.1",
  "0x7f000001",
  "0177.0.0.1",
  "017700000001",
  "2130706433",
  "127.0.0.1.",
  "localhost",
  "LOCALHOST",
  "localhost.",
  "a.localhost",
  "[::1]",
  "[::]",
  "[0:0:0:0:0:0:0:1]",
  "[::ffff:127.0.0.1]",
  "[::ffff:7f00:1]",
  "[::127.0.0.1]",
  "[64:ff9b::7f00:1]",
  "[2002:7f00:1::]",
  "[fe80::1]",
  "[fd00::1]",
  "[fec0::1]",
  "10.0.0.1",
  "172.16.0.1",
  "192.168.0.1",
  "100.64.0.1",
  "169.254.169.254",
  "169.254.170.2",
  "2852039166",
  "0xa9fea9fe",
  "[fd00:ec2::254]",
  "[::ffff:169.254.169.254]",
  "metadata.google.internal",
  "instance-data.ec2.internal",
  "kubernetes.default.svc.cluster.local",
  "host.docker.internal",
  "printer.local",
  "router.lan",
  "intranet.corp",
  "①②⑦.⓪.⓪.①",
  "１２７.０.０.１",
  "127。0。0。1",
  "127%2e0%2e0%2e1",
  "224.0.0.1",
  "255.255.255.255",
  "198.18.0.1",
];

const ALLOWED = ["store.example.com", "*.s3.example.com"];
/** Disguises of a host as the allowed one, and of an address as another. */
const DISGUISES: readonly ((host: string) => string)[] = [
  (host) => `https://${host}/a`,
  (host) => `https://store.example.com@${host}/a`,
  (host) => `https://${host}#@store.example.com/a`,
];
const ODD = [
  "http://store.example.com/a",
  "ftp://store.example.com/a",
  "file:///etc/passwd",
  "gopher://store.example.com:6379/_INFO",
  "dict://127.0.0.1:11211/stat",
  "ldap://127.0.0.1/x",
  "jar:https://store.example.com!/x",
  "data:text/plain,x",
  "blob:https://store.example.com/x",
  "//store.example.com/a",
  "https:\\\\store.example.com\\a",
  "https://store.example.com\\@127.0.0.1/a",
  "https://store.example.com:22/a",
  "https://store.example.com:6379/a",
  "https://store.example.com/../../latest/meta-data",
  "https://store.example.com/%2e%2e/%2e%2e/latest",
  "https://store.example.com/a\r\nHost: 127.0.0.1",
  "https://store.example.com.attacker.example/a",
  "https://attackerstore.example.com/a",
  "https://attacker.example/store.example.com",
  "https://s3.example.com/a",
];
const ADDRESSES = [
  ...new Set([...INSIDE.flatMap((host) => DISGUISES.map((as) => as(host))), ...ODD]),
];

test(`none of ${ADDRESSES.length} addresses from outside is gone to (T14)`, async () => {
  assert.ok(ADDRESSES.length >= 120);
  const read = createSafeFetch({
    area: "recordings",
    fetch,
    resolve: () => Promise.resolve(["127.0.0.1"]),
    hosts: ALLOWED,
    ownOrigin: "https://api.provider.example",
    maxBytes: 1000,
    timeoutMs: 1000,
  });
  for (const address of ADDRESSES) {
    assert.throws(() => parseSafeUrl(address, ALLOWED), { code: "unsafe_url" }, address);
    await assert.rejects(
      read(address, new AbortController().signal),
      { code: "unsafe_url" },
      address,
    );
  }
});

test("a listed name that means this machine now is not gone to: rebinding changes nothing (T14)", async () => {
  const answers = ["93.184.216.34", "127.0.0.1", "::ffff:127.0.0.1", "169.254.169.254"];
  const gone: string[] = [];
  for (const address of answers) {
    const read = createSafeFetch({
      area: "recordings",
      fetch: (input) => {
        gone.push(address);
        assert.equal(new URL(String(input)).hostname, "store.example.com");
        return Promise.resolve(Response.json({}));
      },
      resolve: () => Promise.resolve(["93.184.216.34", address]),
      hosts: ALLOWED,
      ownOrigin: "https://api.provider.example",
      maxBytes: 1000,
      timeoutMs: 1000,
    });
    await read("https://store.example.com/a", new AbortController().signal).catch(() => {});
  }
  assert.deepEqual(gone, ["93.184.216.34"]);
});

/** Names of functions that are paths, hosts or nothing. */
const FUNCTION_NAMES = [
  "",
  ".",
  "..",
  "../rest/v1/organizations",
  "..%2frest%2fv1",
  "%2e%2e/auth/v1/admin/users",
  "..\\auth",
  "a/b",
  "a//b",
  "/a",
  "//127.0.0.1/a",
  "\\\\127.0.0.1\\a",
  "@127.0.0.1",
  "a@127.0.0.1",
  "a:b@127.0.0.1",
  "a?x=1",
  "a#x",
  "a b",
  "a\nb",
  "a\0",
  "A",
  "a_b",
  "-a",
  "1a",
  "a.b",
  "a;b",
  "a%00",
  "http://127.0.0.1/",
  "https:a",
  "é",
  "ａ",
  "a\u200b",
  "a".repeat(64),
  "__proto__",
  "[::1]",
];

const invoker = (functionsUrl: string) =>
  createHttpInvoker({
    functionsUrl,
    secretKey: "sb_secret_canary",
    legacyServiceKey: null,
    region: null,
    fetch,
    now: () => Date.now(),
    log: { info: () => {}, warn: () => {}, error: () => {} },
  });
const call = (functionName: string) => ({
  functionName,
  idempotencyKey: "key",
  body: {},
  signal: new AbortController().signal,
});

test(`a skill's function is a name: none of ${FUNCTION_NAMES.length} others is called (T14)`, async () => {
  for (const name of FUNCTION_NAMES) {
    await assert.rejects(invoker(`${canaryUrl}/functions/v1`).callFunction(call(name)), {
      code: "invalid_function_name",
    }, name);
  }
});

/** A server that sends everybody to the canary. */
async function withRedirect(status: number, work: (url: string) => Promise<void>): Promise<void> {
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    () => new Response(null, { status, headers: { location: `${canaryUrl}/stolen` } }),
  );
  try {
    await work(`http://127.0.0.1:${(server.addr as Deno.NetAddr).port}`);
  } finally {
    await server.shutdown();
  }
}

for (const status of [301, 302, 303, 307, 308]) {
  test(`an answer ${status} takes no key of ours elsewhere: functions, bells, vendors, recordings (T14)`, () =>
    withRedirect(status, async (url) => {
      const signal = new AbortController().signal;
      await assert.rejects(invoker(url).callFunction(call("a-function")));
      await invoker(url).ring({ kind: "sweep" });
      const vendor = createVendor({
        name: "Vendor",
        provider: "slack",
        area: "slack",
        baseUrl: url,
        authorize: () => ({ authorization: "Bearer canary", apikey: "canary" }),
        connections: {
          find: () => Promise.resolve({ token: "canary" } as never),
          refuse: () => Promise.resolve(new Error("refused")),
        },
        clock: { now: () => Date.now() },
        fetch,
      });
      const session = await vendor.open({ orgId: "o", userId: null, signal });
      await assert.rejects(session!.call({ method: "GET", path: "/x" }));
      const read = createSafeFetch({
        area: "recordings",
        fetch,
        resolve: null,
        hosts: [],
        ownOrigin: url,
        maxBytes: 1000,
        timeoutMs: 1000,
      });
      await assert.rejects(read(`${url}/recording`, signal));
    }));
}

test("vendors are reached over https at their own hosts, and elsewhere only where the operator's environment says so", () => {
  for (const [name, { baseUrl, urlVariable }] of Object.entries(VENDORS)) {
    const url = new URL(baseUrl);
    assert.deepEqual([name, url.protocol, url.port, url.username], [name, "https:", "", ""]);
    assert.match(urlVariable, /^[A-Z_]+_URL$/);
  }
  return Promise.resolve();
});
