/** Public fields of an object by name, with the type of what is in each. */
export type Fields = ReadonlyMap<string, string>;

/**
 * The fields an object has now. Those of a tool are taken when it was constructed: what it keeps in fields
 * while it works is not what it offers.
 */
export const fieldsOf = (instance: object): Fields =>
  new Map(
    Object.entries(instance)
      .filter(([name]) => !name.startsWith('_'))
      .map(([name, value]) => [name, Array.isArray(value) ? 'array' : typeof value]),
  );
