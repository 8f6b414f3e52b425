import { ValidationError } from "../../core/errors.ts";

/** Used where an organisation has no template of its own. */
export const BUILT_IN_TEMPLATE = `# Proposal for {{ company.name | default: contact.name }}

Prepared for {{ contact.name }} by {{ user.name }}, {{ organization.name }}.

## What we heard

{{ sections.executive_summary }}

## What we propose

{% for focus in focus_areas %}- {{ focus }}
{% endfor %}
{% if products.size > 0 %}## Prices

{% for product in products %}- {{ product.name }}: {% if product.price %}{{ product.price }} {{ product.currency }}{% if product.unit %} per {{ product.unit }}{% endif %}{% else %}on request{% endif %}
{% endfor %}
{% endif %}{{ sections.value_case }}
`;

/** An organisation writes its templates itself: what they may use up is bounded (characters, ms, units). */
const LIMITS = { parseLimit: 100_000, renderLimit: 500, memoryLimit: 2_000_000 } as const;
const MAX_BODY = 60_000;

/**
 * Renders a Liquid template over plain data: own properties only, no files, bounded time and memory.
 *
 * @returns the text and the variables that the template names and the data leave empty
 * @throws ValidationError `template_invalid` with Liquid's own words
 */
export async function renderTemplate(
  template: string,
  data: Readonly<Record<string, unknown>>,
): Promise<{ readonly text: string; readonly missing: readonly string[] }> {
  // Loaded here only: the module is large.
  const { Liquid } = await import("liquidjs");
  const liquid = new Liquid({
    ownPropertyOnly: true,
    strictFilters: true,
    // Nothing is ever read from a disk.
    fs: NO_FILES,
    relativeReference: false,
    ...LIMITS,
  });
  try {
    const parsed = liquid.parse(template);
    // In one go: the limit is of this template's time, not of what other runs of the isolate do meanwhile.
    const text = String(liquid.renderSync(parsed, data));
    const named = liquid.globalFullVariablesSync(parsed).filter((path) => !path.includes("["));
    const missing = named.filter((path) => isEmpty(lookUp(data, path)));
    return { text: text.slice(0, MAX_BODY), missing };
  } catch (error) {
    throw new ValidationError(
      "template_invalid",
      `Cannot fill in the template: ${(error as Error).message.split("\n")[0].slice(0, 300)}`,
    );
  }
}

const refuse = () => {
  throw new Error("A template cannot include another");
};
const NO_FILES = {
  readFile: refuse,
  readFileSync: refuse,
  exists: () => Promise.resolve(false),
  existsSync: () => false,
  resolve: (_root: string, file: string) => file,
};

function lookUp(data: Readonly<Record<string, unknown>>, path: string): unknown {
  return path.split(".").reduce<unknown>(
    (value, key) =>
      key === "size"
        ? value
        : typeof value === "object" && value !== null && Object.hasOwn(value, key)
        ? (value as Record<string, unknown>)[key]
        : undefined,
    data,
  );
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}
