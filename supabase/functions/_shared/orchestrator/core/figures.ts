const FIGURE = /(?<![\p{L}\p{N}.,])\d+(?:[,'’\u00A0\u202F ]\d{3}(?!\d))*(?:[.,]\d+)?/gu;
const SENTENCE_END = /(?<=[.!?])\s+/;

/** The figures of a text as plain numbers: "1,200.50 €" and "1200.5" are the same one. */
export function figuresOf(text: string): ReadonlySet<number> {
  const figures = (text.match(FIGURE) ?? []).map((figure) => {
    const grouped = figure.replaceAll(/[,'’\u00A0\u202F ](?=\d{3}(?!\d))/g, "");
    return Number(grouped.replace(",", "."));
  });
  return new Set(figures);
}

/**
 * The sentences of a model's text that name no figure which its material does not name: what it worked out or made up
 * falls away.
 *
 * @example keepKnownFigures("40 answered. That is 8 %.", "answered: 40") // "40 answered."
 */
export function keepKnownFigures(text: string, material: string): string {
  const known = figuresOf(material);
  const isKnown = (sentence: string) =>
    [...figuresOf(sentence)].every((figure) => known.has(figure));
  return text.trim().split(SENTENCE_END).filter(isKnown).join(" ");
}
