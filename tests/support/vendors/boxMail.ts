/** A mail as it lies in a mailbox at its vendor. */
export interface BoxMail {
  readonly id: string;
  readonly messageId: string;
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly labels?: readonly string[];
  readonly receivedAt?: string;
  /** Bytes of padding: the whole mail is then too large for one answer. */
  readonly padding?: number;
}

let lastMail = 0;

export function boxMail(more: Partial<BoxMail> = {}): BoxMail {
  const at = ++lastMail;
  return {
    id: `m${at}`,
    messageId: `<mail-${at}@customer.example>`,
    from: "Priya Raman <priya.raman@harborfoods.example>",
    to: "maya.chen@northwind.example",
    subject: `Question ${at}`,
    text: "Can the forecast be exported to Excel?",
    ...more,
  };
}
