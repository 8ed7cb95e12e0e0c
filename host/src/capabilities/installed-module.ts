import { readFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { type BuiltEnvironment, childEnvironment, runTool } from '../environments/index.ts';
import { HostError } from '../errors.ts';
import { didYouMean } from './did-you-mean.ts';
import { archiveDistribution, importName, packageName, type Source } from './source.ts';

/** What of an installed package is the capability. */
export interface InstalledCode {
  module: string;
  /** Empty when the module has but one. */
  class: string;
}

type Package = Extract<Source, { kind: 'package' | 'archive' }>;

/**
 * The module of a package that was installed, in this order: what the package itself declares (an entry point of the
 * group `capstan.capabilities`, or the member `capstan` of a `package.json`), the module called like the package, its
 * only module. The environment is asked, because neither `name[extra]==1.2` nor `git+https://…` says what is inside.
 */
export function installedModule(
  capability: string,
  source: Package,
  isNode: boolean,
  built: BuiltEnvironment,
): Promise<InstalledCode> {
  return isNode ? nodeModule(source, built.folder) : pythonModule(capability, source, built);
}

const find = `
import json, re, sys
from importlib import metadata

name, address = sys.argv[1:3]

def normal(text):
    return re.sub(r"[-_.]+", "-", text or "").lower()

def address_of(one):
    try:
        return json.loads(one.read_text("direct_url.json") or "{}").get("url", "")
    except ValueError:
        return ""

all = list(metadata.distributions())
found = [one for one in all if normal(one.metadata["Name"]) == normal(name)]
found = found or [one for one in all if address and address_of(one).rstrip("/") == address.rstrip("/")]
found = found or [one for one in all if address_of(one)]
if len(found) != 1:
    print("null")
else:
    one = found[0]
    modules = set()
    for file in one.files or ():
        top = file.parts[0]
        if len(file.parts) == 1 and top.endswith(".py"):
            modules.add(top[:-3])
        elif len(file.parts) == 2 and file.parts[1] == "__init__.py":
            modules.add(top)
    entries = {e.name: e.value for e in one.entry_points if e.group == "capstan.capabilities"}
    print(json.dumps({"name": one.metadata["Name"], "entries": entries, "modules": sorted(modules)}))
`;

interface Distribution {
  name: string;
  entries: { [name: string]: string };
  modules: string[];
}

async function pythonModule(
  capability: string,
  source: Package,
  built: BuiltEnvironment,
): Promise<InstalledCode> {
  const { name, address } = pythonPackage(source);
  const end = await runTool({
    command: [built.record.interpreter, '-I', '-c', find, name, address],
    cwd: '/',
    env: childEnvironment({}),
  });
  const found = end.code === 0 ? (JSON.parse(end.stdout) as Distribution | null) : null;
  if (found === null) return { module: importName(name), class: '' };
  const declared = declaredEntry(capability, found);
  if (declared !== null) return declared;
  const usual = importName(found.name);
  const named = found.modules.find((module) => module.toLowerCase() === usual);
  const [only, ...more] = found.modules;
  return { module: named ?? (more.length === 0 ? only : undefined) ?? usual, class: '' };
}

/** `module:Class`, as entry points are written. Of several the one that is called like the capability. */
function declaredEntry(capability: string, { name, entries }: Distribution): InstalledCode | null {
  const names = Object.keys(entries);
  const [only] = names;
  if (only === undefined) return null;
  const chosen = names.length === 1 ? only : names.find((one) => one === capability);
  if (chosen === undefined) {
    throw new HostError(
      'DECLARATION_INVALID',
      `${capability}: the package ${name} declares several capabilities: ${names.join(', ')}.`,
      { hint: didYouMean(capability, names) ?? 'Name one with `module:` in capstan.yaml.' },
    );
  }
  const [module = '', className = ''] =
    (entries[chosen] ?? '').split('[')[0]?.trim().split(':') ?? [];
  return { module, class: className };
}

/** The distribution's name where the text says it; else the address that pip notes down beside it. */
export function pythonPackage(source: Package): { name: string; address: string } {
  if (source.kind === 'archive') {
    return { name: archiveDistribution(source.path), address: `file://${source.path}` };
  }
  const { spec } = source;
  const named = /^([A-Za-z0-9][\w.-]*)\s*(\[[^\]]*\])?\s*@\s*(\S+)/.exec(spec);
  const address = named?.[3] ?? spec;
  if (!/^(git|hg|svn|bzr)\+|^\w+:\/\//.test(address))
    return { name: packageName(spec), address: '' };
  const egg = /[#&]egg=([^&[\s]+)/.exec(address)?.[1];
  const plain = address
    .replace(/^\w+\+/, '')
    .replace(/#.*$/, '')
    .replace(/(?<=\/[^@]*)@[^@/]*$/, '');
  const file = /\.(whl|tar\.gz|zip)$/.test(plain) ? archiveDistribution(plain) : '';
  return { name: named?.[1] ?? egg ?? file, address: plain };
}

async function nodeModule(source: Package, environment: string): Promise<InstalledCode> {
  const name =
    source.kind === 'archive'
      ? await installedName(environment, basename(source.path))
      : isRegistrySpec(source.spec)
        ? packageName(source.spec)
        : await installedName(environment, source.spec);
  const folder = join(environment, 'node_modules', name);
  const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => '{}');
  const { capstan }: { capstan?: unknown } = JSON.parse(text);
  const declared = typeof capstan === 'string' ? { module: capstan } : capstan;
  if (typeof declared !== 'object' || declared === null || !('module' in declared)) {
    return { module: name, class: '' };
  }
  const { module } = declared;
  const path = typeof module === 'string' ? join(folder, module) : folder;
  if (typeof module !== 'string' || relative(folder, path).startsWith('..')) {
    throw new HostError(
      'DECLARATION_INVALID',
      `The package ${name} declares as its capability what is no file of its own: ${JSON.stringify(module)}.`,
      {
        hint: 'The member `capstan.module` of its package.json must be a path inside of the package.',
      },
    );
  }
  const className = 'class' in declared && typeof declared.class === 'string' ? declared.class : '';
  return { module: path, class: className };
}

/** `name`, `@scope/name@1`; not an address, a repository, or another name for a package. */
const isRegistrySpec = (spec: string): boolean =>
  /^(@[^/@\s:]+\/)?[^/@\s:]+(@[^/:\s]+)?$/.test(spec);

/** npm knows the name of a tarball or a repository only after it has unpacked it. */
async function installedName(environment: string, spec: string): Promise<string> {
  const text = await readFile(join(environment, 'package.json'), 'utf8');
  const { dependencies = {} }: { dependencies?: { [name: string]: string } } = JSON.parse(text);
  const alias = /^((?:@[^/]+\/)?[^@/:]+)@npm:/.exec(spec)?.[1];
  const same = ([name, saved]: [string, string]) =>
    name === alias || saved.endsWith(spec) || repositoryOf(saved) === repositoryOf(spec);
  const found = Object.entries(dependencies).find(same);
  if (found !== undefined) return found[0];
  throw new HostError(
    'ENV_BUILD_FAILED',
    `npm installed ${spec} under no name that can be found.`,
    {
      hint: 'Name the package in capstan.yaml: `module: <package name>`.',
    },
  );
}

/** `git+ssh://git@github.com/a/b.git#v1` and `github:a/b` are both `a/b`. */
const repositoryOf = (spec: string): string =>
  /([^/:]+\/[^/:#]+?)(?:\.git)?(?:#.*)?$/.exec(spec)?.[1] ?? spec;
