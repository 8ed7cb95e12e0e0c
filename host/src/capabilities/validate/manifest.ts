import { canonicalHash, isPythonObject, parsePythonJson } from '../python-json.ts';
import { templateProblem } from '../templates.ts';
import type { Finding } from './finding.ts';
import { isMapping, JsonDocument, type Path } from './json-place.ts';
import { type Kind, optional, required, section } from './shape.ts';

const regenerate = 'Run `capstan install --force` for this capability to write it anew.';

/** Checks the manifest of a capability (format 2.0) or of an adapter, told apart as any reader does. */
export function validateManifest(text: string, file: string): Finding[] {
  const document = new JsonDocument(text, file);
  const { value } = document;
  if (document.findings.length > 0) return document.findings;
  if (!isMapping(value)) {
    document.note('error', 'manifest-type', [], 'a manifest must be an object');
  } else if (value['unit'] === 'adapter') checkAdapter(document);
  else checkCapability(document, text);
  return document.findings;
}

function checkAdapter(document: JsonDocument): void {
  for (const member of ['name', 'task_name', 'module', 'class']) required(document, [member]);
  for (const member of ['version', 'required_tool_protocol', 'conda_env', 'generated_at']) {
    optional(document, [member], 'string');
  }
  if (!section(document, 'protocol_members')) return;
  optional(document, ['protocol_members', 'properties'], 'strings');
  const methods: Path = ['protocol_members', 'methods'];
  if (!optional(document, methods, 'array')) return;
  for (const index of indexesOf(document, methods)) {
    required(document, [...methods, index, 'name']);
    optional(document, [...methods, index, 'signature'], 'string');
    optional(document, [...methods, index, 'params'], 'strings');
  }
}

function checkCapability(document: JsonDocument, text: string): void {
  const version = document.at(['format_version']);
  if (version !== '2.0') {
    const found = version === undefined ? 'it has none' : `it says ${JSON.stringify(version)}`;
    const message = `format_version must be "2.0"; ${found}`;
    const hint = isMapping(document.at(['code']))
      ? regenerate
      : 'It seems to be of an older layout: `capstan import cjm` reads those.';
    return document.note('error', 'manifest-format', ['format_version'], message, hint);
  }
  if (section(document, 'install')) checkInstall(document);
  if (section(document, 'code')) checkCode(document);
  if (section(document, 'drift_tracking')) checkHashes(document, text);
  optional(document, ['overrides'], 'object');
}

const installStrings = [
  'conda_env',
  'db_path',
  'installed_at',
  'installer_version',
  'package_source',
];

function checkInstall(document: JsonDocument): void {
  required(document, ['install', 'python_path']);
  for (const member of installStrings) optional(document, ['install', member], 'string');
  optional(document, ['install', 'env_vars'], 'string map');
}

const resourceKinds: { readonly [member: string]: Kind } = {
  requires_gpu: 'boolean',
  platforms: 'strings',
  accelerators: 'strings',
};

/** The reference once scheduled by these; nobody reads them any more. */
const dropped = ['min_gpu_vram_mb', 'recommended_gpu_vram_mb', 'min_system_ram_mb'];

function checkCode(document: JsonDocument): void {
  for (const member of ['name', 'version', 'description', 'module', 'class']) {
    required(document, ['code', member]);
  }
  optional(document, ['code', 'regenerated_at'], 'string');
  optional(document, ['code', 'structural_surface'], 'object');
  if (optional(document, ['code', 'config_schema'], 'object')) checkSchema(document);
  if (optional(document, ['code', 'resources'], 'object')) {
    for (const [member, kind] of Object.entries(resourceKinds)) {
      optional(document, ['code', 'resources', member], kind);
    }
  }
  for (const path of [['code', 'resources'], ['code'], ['resources']]) {
    for (const member of dropped) {
      if (document.at([...path, member]) === undefined) continue;
      const message = `${member} is read by nobody: what a capability needs is measured`;
      document.note('warning', 'V12', [...path, member], message, 'Leave it out.');
    }
  }
  if (optional(document, ['code', 'worker_env'], 'array')) checkWorkerEnv(document);
}

/** A choice of one is no choice: its author meant `const`, or forgot the others. */
function checkSchema(document: JsonDocument): void {
  const properties: Path = ['code', 'config_schema', 'properties'];
  if (!optional(document, properties, 'object')) return;
  for (const name of Object.keys(document.at(properties) as object)) {
    const path: Path = [...properties, name, 'enum'];
    const values = document.at(path);
    if (!Array.isArray(values) || values.length !== 1) continue;
    const message = `${name} can be nothing but ${JSON.stringify(values[0])}`;
    const hint = 'Name the other values, or take the setting away.';
    document.note('warning', 'V4', path, message, hint);
  }
}

const variableKinds: { readonly [member: string]: Kind } = {
  secret: 'boolean',
  required: 'boolean',
  label: 'string',
  description: 'string',
  options: 'strings',
};

function checkWorkerEnv(document: JsonDocument): void {
  const list: Path = ['code', 'worker_env'];
  for (const index of indexesOf(document, list)) {
    const path: Path = [...list, index];
    if (!optional(document, path, 'object')) continue;
    required(document, [...path, 'name']);
    for (const [member, kind] of Object.entries(variableKinds)) {
      if (document.at([...path, member]) !== null) optional(document, [...path, member], kind);
    }
    const text = document.at([...path, 'default']);
    if (text === null || text === undefined) continue;
    if (typeof text !== 'string') {
      optional(document, [...path, 'default'], 'string');
      continue;
    }
    // A manifest that we wrote ourselves knows our placeholders; others know the reference's too.
    const ours = document.at(['capstan']);
    const dialect = isMapping(ours) && ours['dialect'] !== 'cjm' ? 'capstan' : 'cjm';
    const wrong = templateProblem(text, dialect);
    if (wrong !== null) {
      document.note('error', 'manifest-template', [...path, 'default'], `the default: ${wrong}`);
    }
  }
}

const indexesOf = (document: JsonDocument, path: Path): number[] =>
  (document.at(path) as unknown[]).map((_, index) => index);

/** The witnesses are of what stands beside them; a hash of something else would tell of drift for ever. */
function checkHashes(document: JsonDocument, text: string): void {
  const python = parsePythonJson(text);
  const code = isPythonObject(python) ? python['code'] : undefined;
  const witnessed = {
    config_schema_hash: 'config_schema',
    structural_surface_hash: 'structural_surface',
  };
  for (const [member, of] of Object.entries(witnessed)) {
    const path: Path = ['drift_tracking', member];
    if (!optional(document, path, 'hash') || document.at(path) === null) continue;
    const value = isPythonObject(code) ? (code[of] ?? null) : null;
    if (canonicalHash(value) === document.at(path)) continue;
    const message = `${member} is not the hash of code.${of} beside it`;
    document.note('warning', 'manifest-hash', path, message, regenerate);
  }
}
