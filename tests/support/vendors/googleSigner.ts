import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { serveVendor, type VendorServer } from "./server.ts";

export interface GoogleSigner extends VendorServer {
  /** A token as Pub/Sub sends it; any claim or header may be replaced. */
  sign(
    claims?: Readonly<Record<string, unknown>>,
    header?: Readonly<Record<string, unknown>>,
  ): Promise<string>;
  /** The public key as text, for whoever would sign with it. */
  readonly publicKey: string;
  readonly account: string;
}

/** Google's certificates on this machine, and a key that signs as Pub/Sub does. */
export async function serveGoogleCerts(audience: string): Promise<GoogleSigner> {
  const { publicKey, privateKey } = await generateKeyPair("RS256", { extractable: true });
  const jwk = { ...await exportJWK(publicKey), kid: "google-1", alg: "RS256", use: "sig" };
  const account = "pubsub@fleet-test.iam.gserviceaccount.com";
  const server = serveVendor(() => Response.json({ keys: [jwk] }));
  return Object.assign(server, {
    account,
    publicKey: JSON.stringify(jwk),
    sign(claims: Readonly<Record<string, unknown>> = {}, header: object = {}) {
      const now = Math.floor(Date.now() / 1000);
      const all = {
        iss: "https://accounts.google.com",
        aud: audience,
        azp: "113774264463038321964",
        sub: "113774264463038321964",
        email: account,
        email_verified: true,
        iat: now,
        exp: now + 3600,
        ...claims,
      };
      return new SignJWT(all)
        .setProtectedHeader({ alg: "RS256", kid: "google-1", typ: "JWT", ...header })
        .sign(privateKey);
    },
  });
}

/** Pub/Sub's push of a Gmail notice: the history id is a number in it, of more digits than a number holds. */
export function gmailPush(
  account: string,
  historyId: string,
  messageId: string = crypto.randomUUID(),
) {
  const data = btoa(`{"emailAddress":"${account}","historyId":${historyId}}`);
  return JSON.stringify({
    message: {
      data,
      messageId,
      message_id: messageId,
      publishTime: new Date().toISOString(),
    },
    subscription: "projects/fleet-test/subscriptions/gmail",
  });
}
