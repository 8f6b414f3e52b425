/** Mail services anybody can join: such an address says nothing about a company (source: the specification names 13). */
const FREE_MAIL_DOMAINS: ReadonlySet<string> = new Set([
  "aol.com",
  "fastmail.com",
  "gmail.com",
  "gmx.com",
  "gmx.de",
  "googlemail.com",
  "hotmail.com",
  "icloud.com",
  "live.com",
  "mail.com",
  "me.com",
  "msn.com",
  "outlook.com",
  "proton.me",
  "protonmail.com",
  "web.de",
  "yahoo.com",
  "zoho.com",
]);

/** The address's domain in lower case; null when it has none. */
export function domainOf(email: string | null | undefined): string | null {
  const domain = email?.slice(email.lastIndexOf("@") + 1).trim().toLowerCase() ?? "";
  return email?.includes("@") && domain !== "" ? domain : null;
}

/** The domain of a company, or null: a free mail domain never implies one. */
export function companyDomainOf(email: string | null | undefined): string | null {
  const domain = domainOf(email);
  return domain === null || FREE_MAIL_DOMAINS.has(domain) ? null : domain;
}
