import { decodeBase64, encodeBase64 } from "./base64.ts";
import { FatalError, InvariantError } from "../../orchestrator/core/errors.ts";
import type { Sealed } from "../../ports/connections.ts";

export interface KeyRing {
  /** Encrypts under the newest key, bound to the row it will lie in. */
  seal(text: string, rowId: string): Promise<Sealed>;
  /** @throws FatalError `secret_unreadable` for an unknown key, another row or a changed ciphertext */
  open(sealed: Sealed, rowId: string): Promise<string>;
}

const KEY_BYTES = 32;
const NONCE_BYTES = 12;

/**
 * AES-256-GCM under `FLEET_TOKEN_KEYS`, `{"k2": "<32 bytes, base64>", "k1": "…"}`: the first key seals, all
 * open. A key is rotated by putting a new one in front; old ones go once nothing is sealed with them.
 *
 * @throws InvariantError `invalid_settings`
 */
export function createKeyRing(setting: string): KeyRing {
  const keys = new Map<string, Promise<CryptoKey>>();
  let parsed: unknown;
  try {
    parsed = JSON.parse(setting);
  } catch {
    // What was set must not be quoted: it may hold keys.
    throw invalid("is not JSON");
  }
  if (typeof parsed !== "object" || parsed === null) throw invalid("is not an object");
  for (const [id, value] of Object.entries(parsed)) {
    const bytes = typeof value === "string" ? decodeBase64(value) : null;
    if (bytes?.length !== KEY_BYTES) throw invalid(`key "${id}" is not 32 bytes in base64`);
    keys.set(
      id,
      crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]),
    );
  }
  const [newest] = keys.keys();
  if (newest === undefined) throw invalid("holds no key");

  return {
    async seal(text, rowId) {
      const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
      const ciphertext = await crypto.subtle.encrypt(
        { name: "AES-GCM", iv: nonce, additionalData: new TextEncoder().encode(rowId) },
        await keys.get(newest)!,
        new TextEncoder().encode(text),
      );
      return {
        key_id: newest,
        nonce: encodeBase64(nonce),
        ciphertext: encodeBase64(new Uint8Array(ciphertext)),
      };
    },
    async open(sealed, rowId) {
      const key = keys.get(sealed.key_id);
      const iv = decodeBase64(sealed.nonce), ciphertext = decodeBase64(sealed.ciphertext);
      if (key === undefined || iv === null || ciphertext === null) throw unreadable();
      try {
        const plain = await crypto.subtle.decrypt(
          { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(rowId) },
          await key,
          ciphertext,
        );
        return new TextDecoder().decode(plain);
      } catch (cause) {
        throw unreadable(cause);
      }
    },
  };
}

function invalid(what: string): InvariantError {
  return new InvariantError("invalid_settings", `Cannot boot: FLEET_TOKEN_KEYS ${what}`);
}

function unreadable(cause?: unknown): FatalError {
  return new FatalError(
    "secret_unreadable",
    "Cannot open a stored credential: its key is not in FLEET_TOKEN_KEYS, or it was changed",
    { cause },
  );
}
