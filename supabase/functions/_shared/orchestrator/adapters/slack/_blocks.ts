import { clip } from "../../core/cut.ts";

/** Slack's own limits (Block Kit reference). */
const MAX_TEXT = 3000;
const MAX_HEADER = 150;
export const MAX_BLOCKS = 50;

/**
 * Escapes what Slack would read as markup: `<!channel>`, links and mentions from data stay words.
 *
 * @example escapeMrkdwn("<!channel> A & B") // "&lt;!channel&gt; A &amp; B"
 */
export function escapeMrkdwn(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll(
    /[*_~`]/g,
    " ",
  );
}

export function header(text: string) {
  return { type: "header", text: { type: "plain_text", text: clip(text, MAX_HEADER) } };
}

/** `text` is already escaped. */
export function section(text: string) {
  return { type: "section", text: { type: "mrkdwn", text: clip(text, MAX_TEXT) } };
}
