/** Which money is meant: the words said, then the deal, then where the meeting took place. */

const BY_SYMBOL: Readonly<Record<string, string>> = { "£": "GBP", "€": "EUR", "₹": "INR" };

interface CurrencyWord {
  /** ISO 4217, or `dollar` for a dollar that the place decides. */
  readonly currency: string;
  /** How many of the word make one of the currency. */
  readonly parts: 1 | 100;
}

const dollar: CurrencyWord = { currency: "dollar", parts: 1 };
const WORDS: readonly (readonly [RegExp, CurrencyWord])[] = [
  [/^(?:dollars?|bucks?)$/, dollar],
  [/^(?:usd|aud|cad|nzd|sgd|hkd|gbp|eur|inr|chf|sek|nok|dkk|brl|jpy|zar)$/, {
    currency: "",
    parts: 1,
  }],
  [/^(?:pounds?|quid|sterling)$/, { currency: "GBP", parts: 1 }],
  [/^(?:euros?)$/, { currency: "EUR", parts: 1 }],
  // Several countries share these words: the place decides.
  [/^rupees?$/, { currency: "rupee", parts: 1 }],
  [/^(?:shillings?|bob)$/, { currency: "shilling", parts: 1 }],
  [/^(?:kroner?|kronor|crowns?)$/, { currency: "krone", parts: 1 }],
  [/^pesos?$/, { currency: "peso", parts: 1 }],
  [/^dirhams?$/, { currency: "AED", parts: 1 }],
  [/^naira$/, { currency: "NGN", parts: 1 }],
  [/^cedis?$/, { currency: "GHS", parts: 1 }],
  [/^zlot(?:y|ys|ych)$/, { currency: "PLN", parts: 1 }],
  [/^(?:yuan|renminbi|rmb)$/, { currency: "CNY", parts: 1 }],
  [/^(?:reais|real)$/, { currency: "BRL", parts: 1 }],
  [/^(?:francs?)$/, { currency: "CHF", parts: 1 }],
  [/^(?:yen)$/, { currency: "JPY", parts: 1 }],
  [/^(?:rand)$/, { currency: "ZAR", parts: 1 }],
  [/^cents?$/, { currency: "cent", parts: 100 }],
  [/^(?:pence|p)$/, { currency: "GBP", parts: 100 }],
];

/** Reads a spoken currency ("bucks", "quid", "eur"); null for any other word. */
export function currencyWord(word: string): CurrencyWord | null {
  const found = WORDS.find(([pattern]) => pattern.test(word))?.[1] ?? null;
  return found?.currency === "" ? { ...found, currency: word.toUpperCase() } : found;
}

/** The currency of a sign in front of a figure; `$` is a dollar that the place decides. */
export function currencySign(sign: string): string | null {
  return sign === "$" ? "dollar" : BY_SYMBOL[sign] ?? null;
}

/** Words of money that more than one country uses: its codes, the likeliest first. */
const SHARED: Readonly<Record<string, readonly string[]>> = {
  rupee: ["INR", "PKR", "LKR", "NPR"],
  shilling: ["KES", "TZS", "UGX"],
  krone: ["NOK", "SEK", "DKK"],
  peso: ["MXN", "PHP", "COP", "ARS", "CLP"],
};

const DOLLARS = new Set(["USD", "AUD", "CAD", "NZD", "SGD", "HKD"]);

const BY_ZONE: readonly (readonly [RegExp, string])[] = [
  [/^Europe\/(?:London|Belfast|Jersey|Guernsey|Isle_of_Man)$/, "GBP"],
  [/^Europe\/(?:Zurich|Vaduz)$/, "CHF"],
  [/^Europe\/Stockholm$/, "SEK"],
  [/^Europe\/Oslo$/, "NOK"],
  [/^Europe\/Copenhagen$/, "DKK"],
  [/^Europe\/Warsaw$/, "PLN"],
  [/^Europe\/Prague$/, "CZK"],
  [
    /^Europe\/(?:Berlin|Paris|Madrid|Rome|Amsterdam|Brussels|Vienna|Dublin|Lisbon|Helsinki|Athens|Luxembourg|Bratislava|Ljubljana|Zagreb|Tallinn|Riga|Vilnius|Malta|Monaco)$/,
    "EUR",
  ],
  [/^Australia\//, "AUD"],
  [/^Pacific\/Auckland$/, "NZD"],
  [
    /^America\/(?:Toronto|Montreal|Vancouver|Edmonton|Calgary|Winnipeg|Halifax|Regina|St_Johns|Moncton)$/,
    "CAD",
  ],
  [/^America\/(?:Sao_Paulo|Bahia|Fortaleza|Recife|Manaus)$/, "BRL"],
  [
    /^America\/(?:New_York|Chicago|Denver|Phoenix|Los_Angeles|Detroit|Anchorage|Boise|Indiana\/.+)$|^Pacific\/Honolulu$|^US\//,
    "USD",
  ],
  [/^Asia\/(?:Kolkata|Calcutta)$/, "INR"],
  [/^Asia\/Singapore$/, "SGD"],
  [/^Asia\/Hong_Kong$/, "HKD"],
  [/^Asia\/Tokyo$/, "JPY"],
  [/^Africa\/Johannesburg$/, "ZAR"],
  [/^Africa\/Nairobi$/, "KES"],
  [/^Africa\/Dar_es_Salaam$/, "TZS"],
  [/^Africa\/Kampala$/, "UGX"],
  [/^Africa\/Lagos$/, "NGN"],
  [/^Africa\/Accra$/, "GHS"],
  [/^Asia\/Dubai$/, "AED"],
  [/^Asia\/Karachi$/, "PKR"],
  [/^Asia\/Colombo$/, "LKR"],
  [/^Asia\/Kathmandu$/, "NPR"],
  [/^Asia\/Manila$/, "PHP"],
  [/^Asia\/Shanghai$/, "CNY"],
  [/^America\/Mexico_City$/, "MXN"],
  [/^America\/Bogota$/, "COP"],
];

/** The money of the country that an IANA zone lies in; null where that is not one answer. */
export function currencyOfZone(timezone: string | null): string | null {
  if (!timezone) return null;
  return BY_ZONE.find(([pattern]) => pattern.test(timezone))?.[1] ?? null;
}

export interface CurrencyHints {
  readonly dealCurrency: string | null;
  readonly timezone: string | null;
  /** The first currency that the meeting named outright. */
  readonly spoken: string | null;
}

/** ISO code for what was said, or for an amount with no currency said (`null`); null when unknown. */
export function resolveCurrency(said: string | null, hints: CurrencyHints): string | null {
  const local = [hints.dealCurrency, currencyOfZone(hints.timezone)];
  if (said === "dollar") return local.find((code) => code !== null && DOLLARS.has(code)) ?? "USD";
  if (said === "cent") {
    return local.find((code) => code === "EUR" || DOLLARS.has(code ?? "")) ?? "USD";
  }
  if (said !== null && Object.hasOwn(SHARED, said)) {
    return local.find((code) => code !== null && SHARED[said].includes(code)) ?? SHARED[said][0];
  }
  if (said !== null) return said;
  return hints.spoken ?? local.find((code) => code !== null) ?? null;
}
