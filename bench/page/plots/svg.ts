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

/** Light and dark are the reader's choice; the picture brings its own ground, so that it shows on any page. */
export const style = `
svg { font: 12px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; color-scheme: light dark;
  --ground: #ffffff; --ink: #1f2328; --quiet: #59636e; --line: #c8d1da; --faint: #e4e8ec; --band: #f5f7f9;
  --c0: #0969da; --c1: #6e7781; --c2: #bc4c00; --c3: #d4a72c; --c4: #7d4a1f;
  --c5: #a475f9; --c6: #1a7f37; --c7: #bf3989; --c8: #0f8b8d; }
@media (prefers-color-scheme: dark) { svg {
  --ground: #0d1117; --ink: #e6edf3; --quiet: #9198a1; --line: #444c56; --faint: #262c34; --band: #151b23;
  --c0: #58a6ff; --c1: #9198a1; --c2: #f0883e; --c3: #e3b341; --c4: #c69572;
  --c5: #bc8cff; --c6: #3fb950; --c7: #f778ba; --c8: #56d4dd; } }
.ground { fill: var(--ground); stroke: var(--line); } text { fill: var(--ink); }
.title { font-size: 15px; font-weight: 600; } .quiet { fill: var(--quiet); } .small { font-size: 11px; }
.line { stroke: var(--line); } .faint { stroke: var(--faint); } .mark { stroke: var(--ink); stroke-dasharray: 3 3; }
.band { fill: var(--band); } .round { fill-opacity: .35; } .left { text-anchor: end; } .middle { text-anchor: middle; }
.s0 { fill: var(--c0); } .s1 { fill: var(--c1); } .s2 { fill: var(--c2); } .s3 { fill: var(--c3); }
.s4 { fill: var(--c4); } .s5 { fill: var(--c5); } .s6 { fill: var(--c6); } .s7 { fill: var(--c7); } .s8 { fill: var(--c8); }
`.trim();
