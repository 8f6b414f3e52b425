/** Addresses that somebody outside wrote (T14). */
import assert from "node:assert/strict";
import { isPublicAddress, parseSafeUrl } from "../../../supabase/functions/_shared/http/safeUrl.ts";
import { createSafeFetch } from "../../../supabase/functions/_shared/providers/http/safeFetch.ts";

const HOSTS = ["store.example.com", "*.s3.example.com"];
const UNSAFE = { code: "unsafe_url", kind: "fatal" };

for (
  const text of [
    "https://store.example.com/a.json?X-Amz-Signature=00&x=%2F..%2F",
    "https://store.example.com:443/a//b.json",
    "HTTPS://Bucket.S3.example.com/key",
    "https://a.b.s3.example.com/",
    "https://store.example.com",
  ]
) {
  Deno.test(`parseSafeUrl() takes ${text}`, () => {
    assert.equal(parseSafeUrl(text, HOSTS).protocol, "https:");
  });
}

const REFUSED: readonly string[] = [
  "",
  "store.example.com/a",
  "//store.example.com/a",
  "https:store.example.com/a",
  "https:/store.example.com/a",
  "https:///store.example.com/a",
  "https:\\\\store.example.com\\a",
  "https://store.example.com\\@evil.example/",
  "http://store.example.com/a",
  "ftp://store.example.com/a",
  "file:///etc/passwd",
  "data:application/json,{}",
  "gopher://store.example.com/",
  "https://store.example.com:8443/a",
  "https://store.example.com:80/a",
  "https://store.example.com:0443/a",
  "https://user@store.example.com/a",
  "https://user:pass@store.example.com/a",
  "https://@store.example.com/a",
  "https://store.example.com@evil.example/a",
  "https://store.example.com%40evil.example/a",
  "https://store%2eexample.com/a",
  "https://%73tore.example.com/a",
  "https://store.example.com./a",
  "https://store.example.com.evil.example/a",
  "https://evilstore.example.com/a",
  "https://s3.example.com/a",
  "https://evils3.example.com/a",
  "https://.s3.example.com/a",
  "https://evil.example/store.example.com",
  "https://evil.example/?store.example.com",
  "https://evil.example/#store.example.com",
  "https://store.example.com/../../latest",
  "https://store.example.com/%2e%2e/latest",
  "https://store.example.com/%2E./latest",
  "https://store.example.com/./a",
  "https://store.example.com/a b",
  " https://store.example.com/a",
  "https://store.example.com/a\n",
  "https://store.example.com/\u0000",
  "https://store.example.com/\u00e9",
  "https://st\u00f6re.example.com/a",
  "https://store\u3002example\u3002com/a",
  "https://store.example.com\t/a",
  "https://localhost/a",
  "https://a.localhost/a",
  "https://metadata.google.internal/a",
  "https://127.0.0.1/a",
  "https://127.1/a",
  "https://0x7f.1/a",
  "https://0x7f000001/a",
  "https://017700000001/a",
  "https://2130706433/a",
  "https://169.254.169.254/latest/meta-data",
  "https://10.0.0.1/a",
  "https://[::1]/a",
  "https://[::ffff:127.0.0.1]/a",
  "https://[fd00::1]/a",
  "https://[::ffff:7f00:1]:443/a",
  `https://store.example.com/${"a".repeat(5000)}`,
];

Deno.test(`parseSafeUrl() refuses ${REFUSED.length} addresses, and repeats none of them in its error`, () => {
  for (const text of REFUSED) {
    assert.throws(
      () => parseSafeUrl(text, HOSTS),
      (error: { code?: string; message?: string }) =>
        error.code === "unsafe_url" && (text.length < 8 || !error.message!.includes(text)),
      text,
    );
  }
});

Deno.test("parseSafeUrl() refuses numbers and local names even where somebody listed them", () => {
  for (const host of ["127.0.0.1", "localhost", "db.internal", "[::1]"]) {
    assert.throws(() => parseSafeUrl(`https://${host}/`, [host]), UNSAFE, host);
  }
});

const ADDRESSES: Readonly<Record<string, boolean>> = {
  "1.1.1.1": true,
  "52.95.110.1": true,
  "172.15.255.255": true,
  "172.32.0.1": true,
  "100.63.255.255": true,
  "198.20.0.1": true,
  "2606:4700:4700::1111": true,
  "2a00:1450:4001:82a::200e": true,
  "0.0.0.0": false,
  "10.1.2.3": false,
  "100.64.0.1": false,
  "127.0.0.1": false,
  "127.255.255.254": false,
  "169.254.169.254": false,
  "172.16.0.1": false,
  "172.31.255.255": false,
  "192.0.0.8": false,
  "192.0.2.1": false,
  "192.168.1.1": false,
  "198.18.0.1": false,
  "198.19.255.255": false,
  "198.51.100.1": false,
  "203.0.113.9": false,
  "224.0.0.1": false,
  "240.0.0.1": false,
  "255.255.255.255": false,
  "::": false,
  "::1": false,
  "::ffff:127.0.0.1": false,
  "::ffff:8.8.8.8": false,
  "64:ff9b::7f00:1": false,
  "fc00::1": false,
  "fd12:3456::1": false,
  "fe80::1": false,
  "fec0::1": false,
  "ff02::1": false,
  "2001::1": false,
  "2001:db8::1": false,
  "2002:7f00:1::": false,
  "3fff::1": false,
  "127.1": false,
  "0x7f000001": false,
  "256.1.1.1": false,
  "example.com": false,
  "": false,
};

Deno.test(`isPublicAddress() judges ${Object.keys(ADDRESSES).length} addresses`, () => {
  for (const [address, expected] of Object.entries(ADDRESSES)) {
    assert.equal(isPublicAddress(address), expected, address);
  }
});

// safeFetch ------------------------------------------------------------------------------------------------

interface Asked {
  readonly url: string;
  readonly init: RequestInit | undefined;
}

function fetcher(
  answer: (url: string) => Response | Promise<Response>,
  options: { readonly addresses?: readonly string[]; readonly maxBytes?: number } = {},
) {
  const asked: Asked[] = [];
  const read = createSafeFetch({
    area: "recordings",
    fetch: (input, init) => {
      asked.push({ url: String(input), init });
      return Promise.resolve(answer(String(input)));
    },
    resolve: () => Promise.resolve(options.addresses ?? ["52.95.110.1"]),
    hosts: HOSTS,
    ownOrigin: "https://api.example.net",
    maxBytes: options.maxBytes ?? 1000,
    timeoutMs: 1000,
  });
  return { asked, read: (url: string) => read(url, new AbortController().signal) };
}

Deno.test("safeFetch() reads a listed address without any credential and follows nothing", async () => {
  const { asked, read } = fetcher(() => new Response("[]"));
  assert.equal(await read("https://store.example.com/a?s=1"), "[]");
  const [{ init }] = asked;
  assert.deepEqual([init?.redirect, init?.credentials, init?.headers], ["manual", "omit", {
    accept: "application/json",
  }]);
});

for (
  const addresses of [["127.0.0.1"], ["52.95.110.1", "10.0.0.1"], ["::ffff:169.254.169.254"]]
) {
  Deno.test(`safeFetch() connects to nobody where a listed name means ${addresses}`, async () => {
    const { asked, read } = fetcher(() => new Response("[]"), { addresses });
    await assert.rejects(read("https://store.example.com/a"), UNSAFE);
    assert.equal(asked.length, 0);
  });
}

Deno.test("safeFetch() says later for a name without address and for an answer that is none", async () => {
  const later = { code: "recordings_unavailable", kind: "retryable" };
  await assert.rejects(
    fetcher(() => new Response(), { addresses: [] }).read("https://store.example.com/a"),
    later,
  );
  for (const status of [403, 404, 500, 503]) {
    await assert.rejects(
      fetcher(() => new Response(null, { status })).read("https://store.example.com/a"),
      later,
    );
  }
  const broken = fetcher(() => Promise.reject(new TypeError("connection reset")));
  await assert.rejects(broken.read("https://store.example.com/a"), later);
});

for (const status of [301, 302, 303, 307, 308]) {
  Deno.test(`safeFetch() refuses a redirect by ${status}`, async () => {
    const { asked, read } = fetcher(() =>
      new Response(null, { status, headers: { location: "https://store.example.com/b" } })
    );
    await assert.rejects(read("https://store.example.com/a"), UNSAFE);
    assert.equal(asked.length, 1);
  });
}

Deno.test("safeFetch() stops at its limit of bytes", async () => {
  const { read } = fetcher(() => new Response("x".repeat(1001)));
  await assert.rejects(read("https://store.example.com/a"), { code: "answer_too_large" });
});

Deno.test("safeFetch() goes where the operator sent the API itself, by origin and no other way", async () => {
  const { asked, read } = fetcher(() => new Response("[]"));
  assert.equal(await read("https://api.example.net/files/1"), "[]");
  await assert.rejects(read("https://api.example.net:8443/files/1"), UNSAFE);
  await assert.rejects(read("http://api.example.net/files/1"), UNSAFE);
  await assert.rejects(read("https://api.example.net.evil.example/files/1"), UNSAFE);
  assert.equal(asked.length, 1);
});
