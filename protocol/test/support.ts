import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';

const packageRoot = join(import.meta.dirname, '..');

/** Fixtures are data of many shapes, so their cases are read loosely; the assertions are what checks them. */
// oxlint-disable-next-line typescript/no-explicit-any
export function cases(name: string): any[] {
  return JSON.parse(readFileSync(join(packageRoot, 'fixtures', `${name}.json`), 'utf8')).cases;
}

const namesIn = (folder: string): string[] =>
  globSync(join(packageRoot, folder, '*.json'))
    .map((file) => basename(file, '.json'))
    .toSorted();

export const fixtureNames = (): string[] => namesIn('fixtures');

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, validateFormats: false });
for (const name of namesIn('schemas')) {
  ajv.addSchema(JSON.parse(readFileSync(join(packageRoot, 'schemas', `${name}.json`), 'utf8')));
}

/** Whether a value satisfies the published schema of that name. */
export function isValid(schema: string, value: unknown): boolean {
  const validate = ajv.getSchema(`capstan:${schema}`);
  if (validate === undefined) throw new Error(`no schema is named ${schema}`);
  return validate(value) === true;
}

const specials: { readonly [name: string]: () => unknown } = {
  nan: () => Number.NaN,
  infinity: () => Number.POSITIVE_INFINITY,
  minus_infinity: () => Number.NEGATIVE_INFINITY,
  big_integer: () => 2 ** 53 + 2,
  lone_surrogate: () => '\ud800',
  deep: () => Array.from({ length: 1000 }).reduce((inner) => [inner], 1),
};

/** A fixture's value with every `{"$special": name}` replaced by what JSON cannot write. */
export function special(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(special);
  if ('$special' in value) {
    const make = specials[String(value.$special)];
    if (make === undefined) throw new Error(`unknown special ${String(value.$special)}`);
    return make();
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, special(item)]));
}
