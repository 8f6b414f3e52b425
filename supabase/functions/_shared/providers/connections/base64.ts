/** Standard base64 of bytes; `btoa` takes characters, and long arguments must not be spread. */
export function encodeBase64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/** For addresses: no sign in it needs escaping, and no padding. */
export function encodeBase64Url(bytes: Uint8Array): string {
  return encodeBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Bytes; null when the text is no base64. The type is inferred: older TypeScript has no `Uint8Array<…>`. */
export function decodeBase64(text: string) {
  try {
    return Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  } catch {
    // Not base64: the caller says what that means.
    return null;
  }
}
