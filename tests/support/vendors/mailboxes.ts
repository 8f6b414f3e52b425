/** Mailboxes at their vendors, and what the vendors send to our doors. */
export * from "./boxMail.ts";
export * from "./gmailBoxes.ts";
export * from "./googleSigner.ts";
export * from "./graphBoxes.ts";
