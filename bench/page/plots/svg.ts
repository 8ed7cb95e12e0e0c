/** Text that stands in an element or an attribute. */
export const escaped = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');

type Attributes = { readonly [name: string]: string | number | undefined };

/** One element; what it holds is markup already. */
export function element(
  name: string,
  attributes: Attributes,
  ...inside: readonly string[]
): string {
  const given = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(
      ([key, value]) =>
        ` ${key}="${typeof value === 'number' ? rounded(value) : escaped(String(value))}"`,
    );
  return inside.length === 0
    ? `<${name}${given.join('')}/>`
    : `<${name}${given.join('')}>${inside.join('')}</${name}>`;
}

export const words = (attributes: Attributes, text: string): string =>
  element('text', attributes, escaped(text));

/** A tenth of a pixel is fine enough, and keeps what is committed small. */
const rounded = (value: number): string => String(Math.round(value * 10) / 10);
