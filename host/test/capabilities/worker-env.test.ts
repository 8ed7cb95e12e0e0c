import assert from 'node:assert/strict';
import { test } from 'node:test';
import { templateProblem } from '../../src/capabilities/templates.ts';
import {
  type EnvVarSpec,
  envVarSpecs,
  mustHaveAll,
  resolveWorkerVariables,
  spawnEnvironment,
  variableProblems,
  type VariablesWanted,
  variableStatuses,
} from '../../src/capabilities/worker-env.ts';
import { HostError } from '../../src/errors.ts';

const paths = {
  modelsDir: '/models',
  dataDir: '/ws/.capstan/data',
  capabilityDataDir: '/ws/.capstan/data/speech',
};

const declare = (...specs: (Partial<EnvVarSpec> & { name: string })[]): EnvVarSpec[] =>
  envVarSpecs(specs.map((spec) => ({ ...spec })));

/** A store of exactly these, by capability. */
const storeOf = (values: { [capability: string]: { [name: string]: string } }) => ({
  names: (capability: string) => Promise.resolve(Object.keys(values[capability] ?? {})),
  get: (capability: string, name: string) => Promise.resolve(values[capability]?.[name] ?? null),
  warnings: () => Promise.resolve(['the store is a test']),
});

const resolve = (
  specs: EnvVarSpec[],
  more: Partial<VariablesWanted> = {},
  values: Parameters<typeof storeOf>[0] = {},
) =>
  resolveWorkerVariables({
    capability: 'speech',
    instance: 'speech',
    specs,
    overrides: {},
    paths,
    secretStore: storeOf(values),
    ...more,
  });

test('a declaration has a name, secret, required, label, description, default and options', () => {
  const [spec] = envVarSpecs([
    {
      name: 'DEVICE',
      secret: false,
      required: true,
      label: 'Device',
      description: 'Where it computes.',
      default: 'cpu',
      options: ['cpu', 'cuda'],
      future: 1,
    },
  ]);
  assert.deepEqual(spec, {
    name: 'DEVICE',
    secret: false,
    required: true,
    label: 'Device',
    description: 'Where it computes.',
    default: 'cpu',
    options: ['cpu', 'cuda'],
    exported: true,
  });
});

test('what a declaration leaves out is no secret, not required, without default and options', () => {
  assert.deepEqual(envVarSpecs([{ name: 'A' }, { label: 'no name' }, { name: '9x' }]), [
    {
      name: 'A',
      secret: false,
      required: false,
      label: '',
      description: '',
      default: null,
      options: [],
      exported: true,
    },
  ]);
});

test('a secret comes from the store by capability and name, and is omitted when unset', async () => {
  const specs = declare({ name: 'KEY', secret: true }, { name: 'OTHER', secret: true });
  const found = await resolve(specs, {}, { speech: { KEY: 'k-1234' }, vad: { OTHER: 'o-1234' } });
  assert.deepEqual(found.secrets, { KEY: 'k-1234' });
  assert.deepEqual(found.env, {}, 'a secret is never in the environment of the spawn');
  assert.deepEqual(found.missing, []);
  assert.equal(found.redactor.text('k-1234'), '[secret KEY]');
});

test('a secret that is set but not declared does not reach the worker', async () => {
  const found = await resolve(
    declare({ name: 'KEY', secret: true }),
    {},
    { speech: { STRAY: 'x-99' } },
  );
  assert.deepEqual(found.secrets, {});
});

test('a visible variable is its override, else its default', async () => {
  const specs = declare(
    { name: 'A', default: 'one' },
    { name: 'B', default: 'two' },
    { name: 'C' },
  );
  const found = await resolve(specs, { overrides: { B: 'mine', C: '' } });
  assert.deepEqual(found.env, { A: 'one', B: 'mine', C: '' });
  assert.deepEqual(found.warnings, []);
});

test('placeholders of a default are expanded, those of an override are not', async () => {
  const specs = declare(
    { name: 'MODELS', default: '${CAPSTAN_MODELS_DIR}/big' },
    { name: 'CACHE', default: '${CAPSTAN_CAPABILITY_DATA_DIR}/${CAPABILITY_NAME}.db' },
    { name: 'ALL', default: '${CAPSTAN_DATA_DIR}' },
    { name: 'MINE', default: 'x' },
  );
  const found = await resolve(specs, { overrides: { MINE: '${CAPABILITY_NAME}' } });
  assert.deepEqual(found.env, {
    MODELS: '/models/big',
    CACHE: '/ws/.capstan/data/speech/speech.db',
    ALL: '/ws/.capstan/data',
    MINE: '${CAPABILITY_NAME}',
  });
});

test('placeholders are expanded in a single pass', async () => {
  const specs = declare({ name: 'A', default: '${CAPSTAN_MODELS_DIR}' });
  const odd = { ...paths, modelsDir: '/m/${CAPABILITY_NAME}/$&' };
  assert.deepEqual((await resolve(specs, { paths: odd })).env, { A: '/m/${CAPABILITY_NAME}/$&' });
});

test('an unknown placeholder is a warning and an omission at load', async () => {
  const found = await resolve(
    declare({ name: 'A', default: '${CAPSTAN_MODEL_DIR}/x' }, { name: 'B', default: 'b' }),
  );
  assert.deepEqual(found.env, { B: 'b' });
  assert.match(found.warnings.join(), /A .*left out.*did you mean \$\{CAPSTAN_MODELS_DIR\}\?/);
});

test('an unset placeholder is a warning and an omission at load', async () => {
  const specs = declare({ name: 'A', default: '${CAPSTAN_MODELS_DIR}' });
  const found = await resolve(specs, { paths: { ...paths, modelsDir: null } });
  assert.deepEqual(found.env, {});
  assert.match(found.warnings.join(), /A .*\$\{CAPSTAN_MODELS_DIR\} is not set here/);
});

test('the vocabulary is fixed: the environment of the host is not in it', () => {
  assert.match(String(templateProblem('${HOME}/x')), /\$\{HOME\} stands for nothing/);
  assert.equal(templateProblem('$HOME and ${CAPABILITY_NAME} and $ {x}'), null);
});

test("a capability of the reference has the reference's placeholders, and others do not", async () => {
  const specs = declare(
    { name: 'A', default: '${CJM_MODELS_DIR}' },
    { name: 'B', default: '${CJM_CAPABILITY_DATA_DIR}/${CAPABILITY_NAME}' },
    { name: 'C', default: '${CAPABILITY_DATA_DIR}' },
  );
  assert.deepEqual((await resolve(specs, { dialect: 'cjm' })).env, {
    A: '/models',
    B: '/ws/.capstan/data/speech',
    C: '/ws/.capstan/data/speech',
  });
  assert.deepEqual((await resolve(specs)).env, {});
});

test('overrides of secret or undeclared names are ignored with a warning', async () => {
  const specs = declare({ name: 'KEY', secret: true }, { name: 'A' });
  const found = await resolve(specs, { overrides: { KEY: 'open-value', TYPO: '1', A: '2' } });
  assert.deepEqual(found.env, { A: '2' });
  assert.deepEqual(found.secrets, {});
  assert.equal(found.warnings.length, 2);
  assert.match(found.warnings.join(' '), /KEY is a secret.*TYPO is set, but not declared/s);
  assert.doesNotMatch(found.warnings.join(' '), /open-value/);
});

test('an override that is none of the options is ignored with a warning, and the default holds', async () => {
  const specs = declare({ name: 'DEVICE', default: 'cpu', options: ['cpu', 'cuda'] });
  assert.deepEqual((await resolve(specs, { overrides: { DEVICE: 'cuda' } })).env, {
    DEVICE: 'cuda',
  });
  const found = await resolve(specs, { overrides: { DEVICE: 'tpu' } });
  assert.deepEqual(found.env, { DEVICE: 'cpu' });
  assert.match(found.warnings.join(), /"tpu", is none of its options \(cpu, cuda\)/);
});

test('a variable that would change which code is run is not passed on', async () => {
  const specs = declare({ name: 'LD_PRELOAD', default: '/evil.so' }, { name: 'NODE_OPTIONS' });
  const found = await resolve(specs, { overrides: { NODE_OPTIONS: '--require x' } });
  assert.deepEqual(found.env, {});
  assert.equal(found.warnings.length, 2);
});

test('required ones without a value are named all at once, with what to type for each', async () => {
  const specs = declare(
    { name: 'KEY', secret: true, required: true, label: 'API key' },
    { name: 'REGION', required: true, description: 'Where it runs.' },
    { name: 'SET', required: true, default: 'x' },
    { name: 'FREE' },
  );
  const { missing } = await resolve(specs);
  assert.deepEqual(
    missing.map(({ name, satisfied }) => [name, satisfied]),
    [
      ['KEY', false],
      ['REGION', false],
    ],
  );
  assert.throws(
    () => mustHaveAll('speech', 'speech-large', missing),
    (error) => {
      assert.ok(error instanceof HostError);
      assert.equal(error.code, 'SECRET_MISSING');
      assert.match(
        error.message,
        /speech-large .*KEY \(a secret: API key\), REGION \(Where it runs\.\)/,
      );
      assert.equal(
        error.hint,
        'Run `capstan secret set speech KEY` and `capstan env set speech-large REGION=…`.',
      );
      return true;
    },
  );
  mustHaveAll('speech', 'speech', []);
});

test('status entries tell everything but the value', async () => {
  const specs = declare(
    {
      name: 'KEY',
      secret: true,
      required: true,
      label: 'API key',
      description: 'From the console.',
    },
    { name: 'A', default: 'value-of-a' },
    { name: 'B' },
    { name: 'HOST_KEY', secret: true },
  );
  const statuses = await variableStatuses({
    capability: 'speech',
    instance: 'speech',
    specs,
    overrides: { B: 'value-of-b' },
    inherited: { HOST_KEY: 'value-of-h' },
    paths,
    secretStore: storeOf({ speech: { KEY: 'value-of-key' } }),
  });
  assert.deepEqual(statuses[0], {
    name: 'KEY',
    secret: true,
    required: true,
    satisfied: true,
    label: 'API key',
    description: 'From the console.',
    source: 'secret',
  });
  assert.deepEqual(
    statuses.map(({ source }) => source),
    ['secret', 'default', 'override', 'environment'],
  );
  assert.doesNotMatch(JSON.stringify(statuses), /value-of/);
});

test('a secret that the environment of the host is told to pass on goes the way of a secret', async () => {
  const inherited = { PATH: '/bin', KEY: 'from-outside' };
  const found = await resolve(declare({ name: 'KEY', secret: true }), { inherited });
  assert.deepEqual(found.secrets, { KEY: 'from-outside' });
  assert.deepEqual(spawnEnvironment(inherited, found), { PATH: '/bin' });
  assert.equal(found.redactor.text('from-outside'), '[secret KEY]');
  const stored = await resolve(
    declare({ name: 'KEY', secret: true }),
    { inherited },
    { speech: { KEY: 'stored' } },
  );
  assert.deepEqual(stored.secrets, { KEY: 'stored' });
});

test('what is not as safe as it should be is said whenever a secret is used, and only then', async () => {
  const specs = declare({ name: 'KEY', secret: true });
  const used = await resolve(specs, {}, { speech: { KEY: 'k-1234' } });
  assert.deepEqual(used.warnings, ['the store is a test']);
  assert.deepEqual((await resolve(specs)).warnings, []);
});

test('a manifest is told each thing that is wrong with its variables', () => {
  assert.deepEqual(
    variableProblems([
      { name: 'OK', default: '${CAPABILITY_NAME}', options: ['a'] },
      { name: 'A', default: '${NOWHERE}' },
      { name: 'B', default: 'c', options: ['a', 'b'] },
      { name: 'C', secret: true, default: 'sk-1' },
      { name: 'A' },
      { name: 'PYTHONPATH' },
      { name: 'not a name' },
    ]).map((problem) => problem.split(':')[0]),
    ['A', 'B', 'C', 'A', 'PYTHONPATH', 'worker_env[6]'],
  );
  assert.deepEqual(variableProblems([{ name: 'A', default: '${CJM_MODELS_DIR}' }], 'cjm'), []);
});

test('of the environment a worker is spawned with, the later wins: what is passed on, then what is declared', () => {
  const inherited = { PATH: '/bin', REGION: 'from the manifest', KEEP: 'yes', KEY: 'secret' };
  const spawned = spawnEnvironment(inherited, { env: { REGION: 'declared' }, withheld: ['KEY'] });
  assert.deepEqual(spawned, { PATH: '/bin', REGION: 'declared', KEEP: 'yes' });
  assert.equal(inherited.KEY, 'secret', 'what was given is not changed');
});

test('the secrets that are exported are named for the worker, and those that are not are not', async () => {
  const specs = envVarSpecs([
    { name: 'A', secret: true },
    { name: 'B', secret: true, exported: false },
    { name: 'C', secret: true },
  ]);
  const found = await resolve(specs, {}, { speech: { A: 'aaaa', B: 'bbbb' } });
  assert.deepEqual(found.secrets, { A: 'aaaa', B: 'bbbb' });
  assert.deepEqual(found.exported, ['A']);
});
