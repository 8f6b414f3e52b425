import { HttpError } from "../_shared/http/errors.ts";

/** Absent, or not the caller's to know of. */
export function notFound(): HttpError {
  return new HttpError(404, "not_found", "No such resource");
}
