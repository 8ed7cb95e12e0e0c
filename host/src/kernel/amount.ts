/** What an amount of a resource counts. A core is counted in thousandths. */
export type Unit = 'bytes' | 'cores' | 'pieces';

export type ParsedAmount =
  /** A whole number above 0 in the base unit: bytes, thousandths of a core, or pieces. */
  { kind: 'amount'; amount: number } | { kind: 'refused'; reason: string; hint: string };

/** Memory and disks are counted in bytes, `cpu` in cores, and everything else in pieces. */
export function unitOf(resource: string): Unit {
  if (resource === 'cpu') return 'cores';
  const isBytes =
    resource === 'ram' || /^gpu(:[^/]*)?\/vram$/.test(resource) || resource.startsWith('disk:');
  return isBytes ? 'bytes' : 'pieces';
}

const factors: { readonly [unit in Unit]: { readonly [suffix: string]: number } } = {
  bytes: {
    '': 1,
    b: 1,
    ...multiples({ k: 1e3, m: 1e6, g: 1e9, t: 1e12 }, ['', 'b']),
    ...multiples({ k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 }, ['i', 'ib']),
  },
  cores: { '': 1000, core: 1000, cores: 1000, m: 1, millicores: 1 },
  pieces: { '': 1, piece: 1, pieces: 1 },
};

const examples: { readonly [unit in Unit]: string } = {
  bytes: 'Write it with its unit: 8GiB, 512MiB or 1.5GB.',
  cores: 'Write a number of cores: 2 or 0.5.',
  pieces: 'Write a whole number from 1.',
};

/** A bare number of bytes this small was meant as something else. */
const fewBytes = 2 ** 20;

/**
 * An amount of this resource as people write it: `8GiB`, `512 MB`, `8Gi`, `2 cores`, `0.5`, `3`. A number alone is
 * bytes, cores or pieces; one that can only have been meant as gigabytes is refused.
 */
export function parseAmount(written: string | number, resource: string): ParsedAmount {
  const unit = unitOf(resource);
  const text = typeof written === 'number' ? String(written) : written.trim();
  const refuse = (reason: string): ParsedAmount => ({
    kind: 'refused',
    reason,
    hint: examples[unit],
  });
  const quoted = JSON.stringify(text);
  const [, digits = '', suffix = ''] =
    /^([+-]?(?:\d+\.?\d*|\.\d+)(?:e\+?\d+)?) ?([a-z]*)$/i.exec(text) ?? [];
  if (digits === '') return refuse(`${quoted} is no amount of ${resource}`);
  const factor = factors[unit][suffix.toLowerCase()];
  if (factor === undefined)
    return refuse(`${JSON.stringify(suffix)} is no unit ${resource} is counted in`);
  const amount = Math.round(Number(digits) * factor);
  if (Number(digits) < 0) return refuse(`${quoted} of ${resource} is less than nothing`);
  if (amount === 0) return refuse(`${quoted} of ${resource} is nothing`);
  if (!Number.isSafeInteger(amount))
    return refuse(`${quoted} of ${resource} is more than can be counted`);
  if (unit === 'pieces' && amount !== Number(digits)) {
    return refuse(`${quoted} is no whole number, and ${resource} is counted in pieces`);
  }
  if (unit === 'bytes' && suffix === '' && amount < fewBytes) {
    return refuse(`${quoted} of ${resource} would be ${text} bytes`);
  }
  return { kind: 'amount', amount };
}

/**
 * As people write it: `8 GiB`, `21.3 GiB`, `0.5 cores`, `3`. Rounded to what fits a line; `parseAmount` reads it again,
 * as nearly.
 */
export function amountText(amount: number, resource: string): string {
  const unit = unitOf(resource);
  if (unit === 'bytes') return bytesText(amount);
  if (unit === 'pieces') return String(amount);
  const cores = Number((amount / 1000).toPrecision(3));
  return `${cores} ${cores === 1 ? 'core' : 'cores'}`;
}

/** In binary units, as memory is counted: `512 MiB`, `21.3 GiB`. */
export function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = Math.abs(bytes);
  let at = 0;
  while (value >= 1023.95 && at < units.length - 1) {
    value /= 1024;
    at += 1;
  }
  const digits = value >= 99.95 ? Math.round(value) : Number(value.toFixed(1));
  return `${bytes < 0 ? '-' : ''}${digits} ${units[at]}`;
}

function multiples(
  prefixes: { readonly [prefix: string]: number },
  endings: readonly string[],
): { [suffix: string]: number } {
  return Object.fromEntries(
    Object.entries(prefixes).flatMap(([prefix, factor]) =>
      endings.map((ending) => [`${prefix}${ending}`, factor]),
    ),
  );
}
