import { ValidationError } from "../../core/errors.ts";

/**
 * An approver edits words, never in whose name they leave.
 *
 * @throws ValidationError `sender_changed`
 */
export function assertSender(from: string, allowed: readonly (string | null | undefined)[]): void {
  if (allowed.includes(from)) return;
  throw new ValidationError(
    "sender_changed",
    "Cannot send: who a mail comes from is not up for editing",
  );
}
