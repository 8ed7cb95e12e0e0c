import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validateManifest } from '../../../src/capabilities/validate/index.ts';

const empty = 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a';
const whole = () => ({
  format_version: '2.0' as unknown,
  install: { python_path: '/env/bin/python', env_vars: {} } as Record<string, unknown>,
  code: {
    name: 'tool',
    version: '1.0',
    description: 'A tool.',
    module: 'tool',
    class: 'Tool',
  } as Record<string, unknown>,
  drift_tracking: { config_schema_hash: empty, structural_surface_hash: null } as Record<
    string,
    unknown
  >,
  overrides: {},
});

const check = (document: unknown) =>
  validateManifest(JSON.stringify(document), 'm.json').map(
    ({ severity, code, message }) => `${severity} ${code}: ${message}`,
  );

test('a whole manifest of the 2.0 layout is valid', () => {
  assert.deepEqual(check(whole()), []);
});

test('a format version other than "2.0", or none, is refused with an error that names the value', () => {
  assert.deepEqual(check({ ...whole(), format_version: '1.0' }), [
    'error manifest-format: format_version must be "2.0"; it says "1.0"',
  ]);
  const { format_version: _, ...rest } = whole();
  assert.match(check(rest)[0] ?? '', /it has none/);
});

for (const name of ['install', 'code', 'drift_tracking'] as const) {
  test(`the missing section ${name} of a manifest is an error`, () => {
    const { [name]: _, ...rest } = whole();
    assert.deepEqual(check(rest), [`error manifest-missing: the section ${name} is missing`]);
    assert.match(
      check({ ...whole(), [name]: 3 })[0] ?? '',
      new RegExp(`${name} must be an object`),
    );
  });
}

for (const member of ['name', 'version', 'description', 'module', 'class']) {
  test(`code.${member} of a manifest must be there and not blank`, () => {
    const document = whole();
    delete document.code[member];
    assert.deepEqual(check(document), [`error manifest-missing: code.${member} is missing`]);
    document.code[member] = '  ';
    assert.deepEqual(check(document), [`error manifest-blank: code.${member} is blank`]);
    document.code[member] = 3;
    assert.match(check(document)[0] ?? '', /must be a string, not 3/);
  });
}

test('install.python_path of a manifest must be there, and wrong types are errors at their place', () => {
  const document = whole();
  document.install = { env_vars: { A: 1 }, conda_env: null };
  document.code['resources'] = { requires_gpu: 'yes', platforms: 'linux-x64' };
  document.drift_tracking = { config_schema_hash: 'md5:1', structural_surface_hash: null };
  assert.deepEqual(check(document), [
    'error manifest-missing: install.python_path is missing',
    'error manifest-type: install.conda_env must be a string, not null',
    'error manifest-type: install.env_vars must be an object of strings, not {"A":1}',
    'error manifest-type: code.resources.requires_gpu must be true or false, not "yes"',
    'error manifest-type: code.resources.platforms must be a list of strings, not "linux-x64"',
    'error manifest-type: drift_tracking.config_schema_hash must be "sha256:" and 64 hex digits, or null, not "md5:1"',
  ]);
  const text = JSON.stringify(whole(), null, 2).replace('"1.0"', '7');
  const [finding] = validateManifest(text, 'm.json');
  assert.deepEqual([finding?.line, finding?.column], [9, 16]);
});

test('a worker_env default with an unknown ${…} is an error', () => {
  const document = whole();
  document.code['worker_env'] = [
    { name: 'A', default: '${CJM_MODELS_DIR}/a' },
    { name: 'B', default: '${NOPE}' },
  ];
  const [wrong, ...more] = check(document);
  assert.match(wrong ?? '', /^error manifest-template: the default: \$\{NOPE\}/);
  assert.deepEqual(more, []);
});

test('V4: a one-value enum is a warning', () => {
  const document = whole();
  document.code['config_schema'] = {
    properties: { mode: { enum: ['a'] }, kind: { enum: ['a', 'b'] } },
  };
  document.drift_tracking['config_schema_hash'] = null;
  assert.deepEqual(check(document), ['warning V4: mode can be nothing but "a"']);
});

for (const member of ['min_gpu_vram_mb', 'recommended_gpu_vram_mb', 'min_system_ram_mb']) {
  test(`V12: ${member} is a warning`, () => {
    const document = whole();
    document.code['resources'] = { [member]: 4096 };
    assert.match(check(document)[0] ?? '', new RegExp(`^warning V12: ${member}`));
  });
}

test('a hash that is not of what stands beside it is a warning', () => {
  const document = whole();
  document.code['config_schema'] = { properties: {} };
  assert.match(check(document)[0] ?? '', /^warning manifest-hash: config_schema_hash/);
});

test('an adapter’s manifest is told apart by its unit before anything else and checked as one', () => {
  const adapter = {
    unit: 'adapter',
    name: 'a.B',
    version: '1',
    task_name: 'hear',
    module: 'a',
    class: 'B',
    required_tool_protocol: 'p.P',
    protocol_members: { methods: [{ name: 'm', signature: '()', params: [] }], properties: [] },
  };
  assert.deepEqual(check(adapter), []);
  assert.deepEqual(check({ ...adapter, task_name: '' }), [
    'error manifest-blank: task_name is blank',
  ]);
  const methods = [{ params: ['a', 1] }];
  assert.deepEqual(check({ ...adapter, protocol_members: { methods } }), [
    'error manifest-missing: protocol_members.methods[0].name is missing',
    'error manifest-type: protocol_members.methods[0].params must be a list of strings, not ["a",1]',
  ]);
});

test('what is no JSON, or no object, is told with its place', () => {
  const [cut] = validateManifest('{\n  "format_version": "2.0",\n}', 'm.json');
  assert.equal(cut?.code, 'json');
  assert.equal(cut.line, 3);
  assert.match(check([1])[0] ?? '', /must be an object/);
});
