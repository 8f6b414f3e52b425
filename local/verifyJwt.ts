import { decodeProtectedHeader, jwtVerify } from "jose";
import { problem } from "./problem.ts";

/**
 * The platform's token check in front of a function that leaves `verify_jwt` on; null lets the request
 * pass. Codes and messages are those of the hosted gateway. Keys of the new kind are no tokens.
 */
export async function refuseJwt(request: Request, jwtSecret: string): Promise<Response | null> {
  const header = request.headers.get("authorization");
  if (header === null) {
    return problem(401, "UNAUTHORIZED_NO_AUTH_HEADER", "Missing authorization header");
  }
  const token = header.match(/^Bearer\s+(\S+)$/i)?.[1] ?? "";
  let algorithm: string | undefined;
  try {
    algorithm = decodeProtectedHeader(token).alg;
  } catch {
    return problem(401, "UNAUTHORIZED_INVALID_JWT_FORMAT", "Invalid JWT format");
  }
  if (algorithm === "ES256" || algorithm === "RS256") {
    // Locally nobody signs with a key pair, so no such token can be right.
    return problem(401, "UNAUTHORIZED_ASYMMETRIC_JWT", "Invalid JWT");
  }
  if (algorithm !== "HS256") {
    return problem(
      401,
      "UNAUTHORIZED_UNSUPPORTED_TOKEN_ALGORITHM",
      `Unsupported JWT algorithm ${algorithm}`,
    );
  }
  try {
    await jwtVerify(token, new TextEncoder().encode(jwtSecret), { algorithms: ["HS256"] });
    return null;
  } catch {
    return problem(401, "UNAUTHORIZED_JWT", "Invalid JWT");
  }
}
