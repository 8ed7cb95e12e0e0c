/** A value that cannot cross the wire, and where in it the trouble is, e.g. `$.segments[3].start`. */
export class BadValue extends Error {
  override readonly name = 'BadValue';
  readonly place: string;
  readonly problem: string;

  constructor(place: string, problem: string, options?: ErrorOptions) {
    super(`${place} ${problem}`, options);
    this.place = place;
    this.problem = problem;
  }
}

/** Where in a value a walk is, and what it does with a file that a value saved itself to. */
export interface Path extends Array<string | number> {
  adopt?: (savedAt: string) => string;
}

/** `$.segments[3].start`, with odd keys quoted: `$["a b"]`. Lone surrogates are shown escaped. */
export function placeOf(path: readonly (string | number)[]): string {
  let place = '$';
  for (const part of path) {
    if (typeof part === 'number') place += `[${part}]`;
    else place += /^[A-Za-z_][\w-]*$/.test(part) ? `.${part}` : `[${JSON.stringify(part)}]`;
  }
  return place;
}
