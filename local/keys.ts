import { SignJWT } from "jose";

/** Names as `supabase status` prints them. */
export interface StackKeys {
  readonly PUBLISHABLE_KEY: string;
  readonly SECRET_KEY: string;
  readonly ANON_KEY: string;
  readonly SERVICE_ROLE_KEY: string;
  readonly JWT_SECRET: string;
  /** `FLEET_TOKEN_KEYS` of this stack: {key id: 32 bytes, base64}. */
  readonly TOKEN_KEYS: string;
}

/** Keys of a stack, made once and kept in its data folder. */
export async function loadKeys(dataDir: string): Promise<StackKeys> {
  const path = `${dataDir}/keys.json`;
  try {
    return JSON.parse(await Deno.readTextFile(path)) as StackKeys;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const JWT_SECRET = randomText(40);
  const keys: StackKeys = {
    PUBLISHABLE_KEY: `sb_publishable_${randomText(24)}`,
    SECRET_KEY: `sb_secret_${randomText(32)}`,
    ANON_KEY: await legacyKey("anon", JWT_SECRET),
    SERVICE_ROLE_KEY: await legacyKey("service_role", JWT_SECRET),
    JWT_SECRET,
    TOKEN_KEYS: JSON.stringify({ k1: btoa(String.fromCharCode(...randomBytes(32))) }),
  };
  await Deno.writeTextFile(path, JSON.stringify(keys), { mode: 0o600 });
  return keys;
}

function legacyKey(role: string, secret: string): Promise<string> {
  return new SignJWT({ role, ref: "local" }).setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setIssuer("supabase").setIssuedAt().setExpirationTime("10y")
    .sign(new TextEncoder().encode(secret));
}

function randomBytes(count: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(count));
}

function randomText(length: number): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return Array.from(randomBytes(length), (byte) => alphabet[byte & 63]).join("");
}
