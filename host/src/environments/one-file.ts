/**
 * Puts the modules of our Node SDK into one file. Node takes about half a millisecond to find and link each
 * module of a graph, so the SDK's forty small files would be half of a worker's start; as functions in one
 * file, run on first use, they cost three milliseconds together.
 *
 * This is no bundler for anybody's code. It knows the few forms of import and export that the SDK's sources
 * use, at the beginning of a line, as the formatter leaves them, and refuses every other. The conformance
 * suite runs against what it makes.
 */
export interface OneFile {
  /** The module that holds all others and exports `use(id)`. */
  text: string;
  /** Names that each module exports. */
  exportsOf: ReadonlyMap<string, readonly string[]>;
}

/** `modules` maps ids to JavaScript; `resolve` says which id a specifier in a module means, if any. */
export function asOneFile(
  modules: ReadonlyMap<string, string>,
  resolve: (specifier: string, from: string) => string | null,
): OneFile {
  const exportsOf = new Map<string, readonly string[]>();
  const parts: string[] = [];
  for (const [id, source] of modules) {
    const { body, names } = asFunctionBody(source, (specifier) => {
      const target = resolve(specifier, id);
      if (target === null && specifier.startsWith('.')) {
        throw new Error(`${id} imports ${specifier}, which is not there`);
      }
      return target;
    });
    exportsOf.set(id, names);
    parts.push(`${JSON.stringify(id)}: (exports) => {\n${body}\n},`);
  }
  return { text: inOneByte(loader.replace('/* modules */', () => parts.join('\n'))), exportsOf };
}

/**
 * A few characters beyond Latin-1, in messages, would have V8 keep all of the text in two bytes each: half a megabyte
 * in every worker. In a string, a template and a pattern the escape says the same, in a comment it does no harm.
 */
const inOneByte = (text: string): string =>
  text.replaceAll(/[^\0-\xff]/g, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(4, '0');
    return `\\u${code}`;
  });

/** Its own names begin with `$`, so that no module hides them. */
const loader = `const $modules = {
/* modules */
};
const $loaded = new Map();
function $use(id) {
  let exports = $loaded.get(id);
  if (exports === undefined) {
    exports = {};
    $loaded.set(id, exports);
    $modules[id](exports);
  }
  return exports;
}
const $later = async (id) => $use(id);
export { $use as use };
`;

type Target = (specifier: string) => string | null;

function asFunctionBody(source: string, targetOf: Target): { body: string; names: string[] } {
  const names: string[] = [];
  const body = source
    .replaceAll(/^export \{\};$/gm, '') // how a compiler marks a module that had only types
    .replaceAll(
      /^import\s*\{([^}]*)\}\s*from\s*['"]([^'"]+)['"];/gm,
      (_, list: string, specifier: string) =>
        `const {${renamed(list)}} = ${moduleOf(specifier, targetOf)};`,
    )
    .replaceAll(
      /^export\s*\{([^}]*)\}\s*from\s*['"]([^'"]+)['"];/gm,
      (_, list: string, specifier: string) => {
        const from = moduleOf(specifier, targetOf);
        return itemsOf(list)
          .map(([local, exported]) => {
            names.push(exported);
            return `exports.${exported} = ${from}.${local};`;
          })
          .join(' ');
      },
    )
    .replaceAll(
      /^export\s+((?:async\s+)?function\s*\*?|class|const)(\s+)(\w+)/gm,
      (_, keyword: string, space: string, name: string) => {
        names.push(name);
        return `${keyword}${space}${name}`;
      },
    )
    .replaceAll(
      /\bimport\(\s*['"](\.[^'"]+)['"]\s*\)/g,
      (_, specifier: string) => `$later(${JSON.stringify(targetOf(specifier))})`,
    );
  const left = /^(import|export)\b(?!\().*/m.exec(body);
  if (left !== null)
    throw new Error(`a form of import or export that is not known here: ${left[0]}`);
  const own = names.filter((name) => !body.includes(`exports.${name} =`));
  return { body: `${body}\n${own.map((name) => `exports.${name} = ${name};`).join(' ')}`, names };
}

/** The object that holds a module's exports: of our own, of Node, or of nobody we know. */
function moduleOf(specifier: string, targetOf: Target): string {
  const id = targetOf(specifier);
  if (id !== null) return `$use(${JSON.stringify(id)})`;
  if (specifier.startsWith('node:'))
    return `process.getBuiltinModule(${JSON.stringify(specifier)})`;
  throw new Error(`the SDK imports ${specifier}, which no environment has`);
}

const renamed = (list: string): string =>
  itemsOf(list)
    .map(([name, local]) => (name === local ? name : `${name}: ${local}`))
    .join(', ');

/** `a, b as c` as pairs. Types are blank already. */
function itemsOf(list: string): [name: string, local: string][] {
  return list
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
    .map((item) => {
      const [name = '', local = name] = item.split(/\s+as\s+/);
      return [name, local];
    });
}
