import { FatalError } from "../../orchestrator/core/errors.ts";

/**
 * Reads a vendor's answer up to a size and lets go of the rest: an isolate has 256 MB for all its runs.
 *
 * @throws FatalError `answer_too_large`
 */
export async function readLimited(response: Response, maxBytes: number): Promise<string> {
  if (response.body === null) return "";
  const decoder = new TextDecoder();
  let text = "", size = 0;
  for await (const chunk of response.body) {
    size += chunk.byteLength;
    if (size > maxBytes) {
      // Leaving the loop cancels the stream: the connection is closed, not drained.
      throw new FatalError("answer_too_large", `A vendor's answer is over ${maxBytes} bytes`);
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
