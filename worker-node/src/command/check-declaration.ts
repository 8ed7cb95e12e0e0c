import { didYouMean } from '../did-you-mean.ts';
import { parseTemplate, wholeReference } from './template.ts';

/** What is wrong with a declaration, and where: keys and indexes from its root. */
export interface CommandProblem {
  path: (string | number)[];
  message: string;
  hint?: string;
}

type Path = CommandProblem['path'];
type Members = { [key: string]: unknown };

/** Every problem of a command declaration at once; none when a worker can serve it. */
export function checkCommandDeclaration(value: unknown): CommandProblem[] {
  const check = new Check();
  const root = check.members(value, [], {
    required: ['name', 'executable', 'actions'],
    optional: ['description', 'version'],
  });
  if (root === null) return check.problems;
  check.text(root['description'], ['description']);
  check.text(root['executable'], ['executable']);
  if (check.text(root['name'], ['name']) && !/^[A-Za-z0-9_-]{1,64}$/.test(root['name'] as string)) {
    check.report(['name'], 'a name has up to 64 letters, digits, "_" and "-"');
  }
  if (root['version'] !== undefined) checkVersion(check, root['version']);
  const actions = check.table(root['actions'], ['actions']);
  if (Object.keys(actions).length === 0)
    check.report(['actions'], 'there must be at least one action');
  for (const [name, action] of Object.entries(actions))
    checkAction(check, action, ['actions', name]);
  return check.problems;
}

function checkVersion(check: Check, value: unknown): void {
  const version = check.members(value, ['version'], {
    required: ['argv', 'pattern'],
    optional: [],
  });
  if (version === null) return;
  for (const [index, item] of check.list(version['argv'], ['version', 'argv']).entries()) {
    check.text(item, ['version', 'argv', index]);
  }
  check.pattern(version['pattern'], ['version', 'pattern'], [1]);
}

function checkAction(check: Check, value: unknown, path: Path): void {
  const action = check.members(value, path, {
    required: ['argv'],
    optional: [
      'description',
      'effects',
      'inputs',
      'outputs',
      'returns',
      'stdin',
      'progress',
      'exitCodes',
    ],
  });
  if (action === null) return;
  check.text(action['description'], [...path, 'description']);
  check.oneOf(action['effects'], [...path, 'effects'], ['pure', 'idempotent', 'unsafe']);
  const inputs = check.table(action['inputs'] ?? {}, [...path, 'inputs']);
  const outputs = check.table(action['outputs'] ?? {}, [...path, 'outputs']);
  for (const [name, schema] of Object.entries(inputs)) {
    if (!isMembers(schema))
      check.report([...path, 'inputs', name], 'an input is described by a mapping');
  }
  const names = new References(check, inputs, outputs);
  for (const [name, output] of Object.entries(outputs)) {
    checkOutput(check, names, output, [...path, 'outputs', name]);
  }
  if (action['returns'] !== undefined && !Object.hasOwn(outputs, String(action['returns']))) {
    const hint = didYouMean(String(action['returns']), Object.keys(outputs));
    check.report([...path, 'returns'], `there is no output ${String(action['returns'])}`, hint);
  }
  checkArguments(check, names, action['argv'], [...path, 'argv'], []);
  if (action['stdin'] !== undefined) names.template(action['stdin'], [...path, 'stdin'], []);
  if (action['progress'] !== undefined)
    checkProgress(check, action['progress'], [...path, 'progress']);
  if (action['exitCodes'] !== undefined)
    checkExitCodes(check, action['exitCodes'], [...path, 'exitCodes']);
}

function checkOutput(check: Check, names: References, value: unknown, path: Path): void {
  if (!isMembers(value)) return check.report(path, 'an output is described by a mapping');
  if (!check.oneOf(value['type'], [...path, 'type'], ['file', 'string', 'json'], true)) return;
  if (value['type'] === 'file') {
    check.members(value, path, {
      required: ['type'],
      optional: ['path', 'mediaType', 'description'],
    });
    check.text(value['mediaType'], [...path, 'mediaType']);
    if (value['path'] !== undefined)
      names.template(value['path'], [...path, 'path'], [], ['inputs']);
  } else {
    check.members(value, path, { required: ['type', 'from'], optional: ['description'] });
    check.oneOf(value['from'], [...path, 'from'], ['stdout', 'stderr']);
  }
}

function checkArguments(
  check: Check,
  names: References,
  value: unknown,
  path: Path,
  present: string[],
): void {
  for (const [index, argument] of check.list(value, path).entries()) {
    const at = [...path, index];
    if (typeof argument === 'number') continue;
    if (typeof argument === 'string') {
      names.template(argument, at, present);
      continue;
    }
    const group = check.members(argument, at, { required: ['when', 'argv'], optional: [] });
    if (group === null) continue;
    const input = names.condition(group['when'], [...at, 'when']);
    const known = input === null ? present : [...present, input];
    checkArguments(check, names, group['argv'], [...at, 'argv'], known);
  }
}

function checkProgress(check: Check, value: unknown, path: Path): void {
  const progress = check.members(value, path, {
    required: ['from', 'pattern'],
    optional: ['scale', 'total'],
  });
  if (progress === null) return;
  check.oneOf(progress['from'], [...path, 'from'], ['stdout', 'stderr']);
  const groups = check.pattern(progress['pattern'], [...path, 'pattern'], [1, 3]);
  if (groups === 3 && progress['total'] === undefined) {
    check.report(
      [...path, 'pattern'],
      'a time needs "total", a pattern that finds how long it all takes',
    );
  }
  if (progress['total'] !== undefined) check.pattern(progress['total'], [...path, 'total'], [1, 3]);
  const { scale } = progress;
  if (scale !== undefined && !(typeof scale === 'number' && scale > 0)) {
    check.report([...path, 'scale'], 'must be a number above 0, such as 100 for percentages');
  }
}

function checkExitCodes(check: Check, value: unknown, path: Path): void {
  for (const [code, meaning] of Object.entries(check.table(value, path))) {
    const at = [...path, code];
    if (!/^[1-9]\d{0,2}$/.test(code) || Number(code) > 255) {
      check.report(at, 'an exit code is a number from 1 to 255; 0 always means success');
    }
    const members = check.members(meaning, at, {
      required: ['category', 'message'],
      optional: ['hint'],
    });
    if (members === null) continue;
    const categories = ['input', 'transient', 'resource', 'fatal'];
    check.oneOf(members['category'], [...at, 'category'], categories, true);
    check.text(members['message'], [...at, 'message']);
  }
}

/** What templates of one action may refer to. */
class References {
  readonly #check: Check;
  readonly #inputs: Members;
  readonly #outputs: Members;

  constructor(check: Check, inputs: Members, outputs: Members) {
    this.#check = check;
    this.#inputs = inputs;
    this.#outputs = outputs;
  }

  /** `present` are the optional inputs known to have a value here. */
  template(value: unknown, path: Path, present: string[], roots = ['inputs', 'outputs']): void {
    if (!this.#check.text(value, path, true)) return;
    const pieces = parseTemplate(value as string);
    const isWhole = wholeReference(pieces) !== null;
    for (const piece of pieces) {
      if (piece.kind === 'reference') this.#reference(piece.path, path, present, roots, isWhole);
    }
  }

  /** The input a `when` asks for. */
  condition(value: unknown, path: Path): string | null {
    const [root, name = '', ...rest] = typeof value === 'string' ? value.split('.') : [];
    if (root !== 'inputs' || rest.length > 0 || !Object.hasOwn(this.#inputs, name)) {
      const hint = didYouMean(name, Object.keys(this.#inputs));
      this.#check.report(path, '"when" names an input, such as inputs.rate', hint);
      return null;
    }
    return name;
  }

  #reference(
    reference: string[],
    path: Path,
    present: string[],
    roots: string[],
    isWhole: boolean,
  ): void {
    const [root = '', name = '', part, ...rest] = reference;
    const table = { inputs: this.#inputs, outputs: this.#outputs }[root];
    const text = reference.join('.');
    if (table === undefined || !roots.includes(root)) {
      return this.#check.report(path, `"${text}" must begin with ${roots.join(' or ')}`);
    }
    if (!Object.hasOwn(table, name)) {
      return this.#check.report(path, `there is no ${text}`, didYouMean(name, Object.keys(table)));
    }
    const declared = isMembers(table[name]) ? table[name] : {};
    const parts = declared['type'] === 'file' ? ['path', 'name', 'stem', 'extension'] : [];
    if (part !== undefined && (!parts.includes(part) || rest.length > 0)) {
      this.#check.report(path, `"${text}" has no such part`, didYouMean(part, parts));
    }
    if (root === 'outputs' && declared['type'] !== 'file') {
      this.#check.report(path, `${text} is what the tool prints; only files have a place to name`);
    }
    if (declared['type'] === 'array' && !isWhole) {
      this.#check.report(path, `${text} is a list and must be an argument of its own`);
    }
    if (declared['optional'] === true && !present.includes(name)) {
      const hint = `{ when: inputs.${name}, argv: [...] }`;
      this.#check.report(path, `${text} may be left out; use it inside of ${hint}`);
    }
  }
}

/** Collects problems while looking at plain data. */
class Check {
  readonly problems: CommandProblem[] = [];

  report(path: Path, message: string, hint?: string): void {
    this.problems.push({ path, message, ...(hint === undefined ? {} : { hint }) });
  }

  members(
    value: unknown,
    path: Path,
    keys: { required: string[]; optional: string[] },
  ): Members | null {
    if (!isMembers(value)) {
      this.report(path, `must be a mapping with ${keys.required.join(', ')}`);
      return null;
    }
    const known = [...keys.required, ...keys.optional];
    for (const key of keys.required) {
      if (value[key] === undefined) this.report(path, `"${key}" is missing`);
    }
    for (const key of Object.keys(value)) {
      if (!known.includes(key))
        this.report([...path, key], `"${key}" is unknown`, didYouMean(key, known));
    }
    return value;
  }

  table(value: unknown, path: Path): Members {
    if (isMembers(value)) return value;
    if (value !== undefined) this.report(path, 'must be a mapping');
    return {};
  }

  list(value: unknown, path: Path): unknown[] {
    if (Array.isArray(value)) return value;
    if (value !== undefined) this.report(path, 'must be a list');
    return [];
  }

  text(value: unknown, path: Path, isRequired = false): boolean {
    if (value === undefined && !isRequired) return false;
    if (typeof value === 'string') return true;
    this.report(path, 'must be text');
    return false;
  }

  oneOf(value: unknown, path: Path, allowed: string[], isRequired = false): boolean {
    if (value === undefined && !isRequired) return true;
    if (allowed.includes(value as string)) return true;
    this.report(path, `must be one of ${allowed.join(', ')}`);
    return false;
  }

  /** The number of groups of a pattern that is a regular expression with one of these numbers of them. */
  pattern(value: unknown, path: Path, groups: number[]): number | null {
    if (!this.text(value, path)) return null;
    try {
      const found = (new RegExp(`${value as string}|`).exec('') ?? []).length - 1;
      if (!groups.includes(found)) {
        this.report(path, `has ${found} groups in parentheses; it needs ${groups.join(' or ')}`);
      }
      return found;
    } catch (error) {
      this.report(path, (error as Error).message);
      return null;
    }
  }
}

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
