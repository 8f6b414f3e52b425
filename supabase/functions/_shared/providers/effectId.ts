import { sha256Hex } from "./sha256.ts";

/** Names of effects at vendors: the same key gives the same name, and another key another one. */

/** 40 hexadecimal digits, which every vendor takes as an id (Google's calendar wants base32hex). */
export async function effectId(effectKey: string): Promise<string> {
  return (await sha256Hex(effectKey)).slice(0, 40);
}

/** RFC 5322 Message-ID at the sender's own domain. */
export async function effectMessageId(effectKey: string, sender: string): Promise<string> {
  const domain = sender.slice(sender.lastIndexOf("@") + 1).replace(/[^A-Za-z0-9.-]/g, "");
  return `<fleet.${await effectId(effectKey)}@${domain || "fleet.invalid"}>`;
}
