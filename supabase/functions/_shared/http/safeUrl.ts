import { FatalError } from "../orchestrator/core/errors.ts";

/** Longer than any signed address of a storage. */
const MAX_URL_LENGTH = 4096;
/** Labels and a top-level domain of letters: no address in digits, whatever its notation, and nothing local. */
const DNS_NAME = /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;
const NEVER =
  /(?:^|\.)(?:localhost|local|internal|intranet|lan|home|corp|arpa|onion|test|invalid)$/;

/**
 * Checks an address that somebody outside wrote before we go there (threat T14): https on its own port, a name and no
 * number, no user information, one of `hosts` (`name` or `*.name` for everything below it).
 *
 * @throws FatalError `unsafe_url`; the message tells the rule, never the address: that may hold a signature
 */
export function parseSafeUrl(text: string, hosts: readonly string[]): URL {
  if (text.length > MAX_URL_LENGTH) throw refuse("it is too long");
  // What parsers disagree about is refused before one of them decides.
  if (!/^[\x21-\x7e]+$/.test(text) || text.includes("\\")) throw refuse("it holds odd characters");
  const [, authority, rest] = /^https:\/\/([^/?#]+)(.*)$/i.exec(text) ?? [];
  if (authority === undefined) throw refuse("it is not https");
  if (!/^[A-Za-z0-9.-]+(?::443)?$/.test(authority)) throw refuse("its host is no plain name");
  if (/(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/i.test(rest.split(/[?#]/)[0])) {
    throw refuse("its path climbs");
  }
  if (!URL.canParse(text)) throw refuse("it cannot be read");
  const url = new URL(text);
  if (url.protocol !== "https:" || url.port !== "" || url.username + url.password !== "") {
    throw refuse("it is not plain https");
  }
  if (!DNS_NAME.test(url.hostname) || NEVER.test(url.hostname)) {
    throw refuse("its host is not a public name");
  }
  if (!hosts.some((allowed) => matches(url.hostname, allowed))) {
    throw refuse("its host is not on the list");
  }
  return url;
}

/** Whether a resolved address lies in the public internet: no private, local, reserved or translated network. */
export function isPublicAddress(address: string): boolean {
  const four = parseFour(address);
  if (four !== null) return !PRIVATE_FOUR.some(([net, bits]) => isWithin(four, net, bits));
  const six = parseSix(address);
  if (six === null) return false;
  // 2000::/3 is all that is given out; of it, what translates to other networks or documents.
  return (six[0] & 0xe000) === 0x2000 && six[0] !== 0x2002 &&
    !(six[0] === 0x2001 && (six[1] < 0x0200 || six[1] === 0x0db8)) &&
    !(six[0] === 0x3fff && six[1] < 0x1000);
}

/** IANA's special-purpose registry (RFC 6890 and after). */
const PRIVATE_FOUR: readonly (readonly [net: number, bits: number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
].map(([net, bits]) => [parseFour(net as string)!, bits as number] as const);

function matches(host: string, allowed: string): boolean {
  return allowed.startsWith("*.") ? host.endsWith(allowed.slice(1)) : host === allowed;
}

function parseFour(text: string): number | null {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  if (parts === undefined || parts.some((part) => part > 255)) return null;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

function isWithin(address: number, net: number, bits: number): boolean {
  const size = 2 ** (32 - bits);
  return Math.floor(address / size) === Math.floor(net / size);
}

/** Eight groups; the URL parser knows all notations and writes one. */
function parseSix(text: string): readonly number[] | null {
  if (!/^[0-9a-f:.]+$/i.test(text) || !URL.canParse(`http://[${text}]/`)) return null;
  const [head, tail] = new URL(`http://[${text}]/`).hostname.slice(1, -1).split("::")
    .map((side) => side.split(":").filter((group) => group !== "").map((g) => parseInt(g, 16)));
  if (tail === undefined) return head;
  return [...head, ...new Array(8 - head.length - tail.length).fill(0), ...tail];
}

function refuse(why: string): FatalError {
  return new FatalError("unsafe_url", `An address from outside is refused: ${why}`);
}
