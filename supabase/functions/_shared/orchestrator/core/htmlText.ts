/** Longest part of a mail that is read; markup may take four times the room. */
const MAX_READ = 20_000;

/** A body may hide words from its reader; nobody is meant to see them, so nobody reads them. */
const HIDDEN =
  /<(\w+)\b[^<>]{0,500}(?:display:\s*none|font-size:\s*0(?![.\d])|visibility:\s*hidden|opacity:\s*0(?![.\d]))[^<>]{0,500}>[^]{0,5000}?<\/\1\s*>/gi;

export function dropHidden(html: string): string {
  return html.replaceAll(HIDDEN, " ");
}

/** Text of an HTML body: tags, styles and comments go, blocks become lines. */
export function htmlToText(html: string): string {
  return html.slice(0, MAX_READ * 4)
    .replaceAll(/<!--[^]*?(?:-->|$)/g, " ")
    .replaceAll(/<(style|script|head|title)\b[^]*?(?:<\/\1\s*>|$)/gi, " ")
    .replaceAll(/<(?:br|\/p|\/div|\/tr|\/li|\/h[1-6])\b[^>]*>/gi, "\n")
    .replaceAll(/<[^<>]{0,2000}>/g, " ")
    .replaceAll(/&nbsp;|&#160;/gi, " ").replaceAll(/&lt;/gi, "<").replaceAll(/&gt;/gi, ">")
    .replaceAll(/&quot;|&#34;/gi, '"').replaceAll(/&#39;|&apos;|&rsquo;/gi, "'")
    .replaceAll(/&amp;/gi, "&")
    .replaceAll(/[ \t]+/g, " ").replaceAll(/\n[ \t]+/g, "\n").replaceAll(/\n{3,}/g, "\n\n").trim();
}

/** What a reader of the markup sees, bounded: hidden words are nobody's words. */
export function visibleText(html: string): string {
  return htmlToText(dropHidden(html.slice(0, MAX_READ * 4)));
}
