import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildVariables, childEnvironment } from '../../src/environments/variables.ts';

const hostEnv = {
  PATH: '/bin',
  HOME: '/home/ada',
  LC_ALL: 'C.UTF-8',
  CUDA_VISIBLE_DEVICES: '0',
  SSL_CERT_FILE: '/certs.pem',
  https_proxy: 'http://proxy',
  SECRET_KEY: 'k',
  MY_SETTING: 'on',
  PYTHONPATH: '/evil',
  PYTHONHOME: '/evil',
  NODE_OPTIONS: '--require evil',
  LD_PRELOAD: 'evil.so',
  LD_LIBRARY_PATH: '/evil',
  PIP_INDEX_URL: 'https://user:pw@index/simple',
  PIP_TARGET: '/elsewhere',
  npm_config_registry: 'https://registry',
  npm_config_local_prefix: '/project',
  UV_PYTHON: '3.8',
  UV_LINK_MODE: 'copy',
};

test('a child gets what programs need and nothing else of its host', () => {
  assert.deepEqual(childEnvironment(hostEnv), {
    PATH: '/bin',
    HOME: '/home/ada',
    LC_ALL: 'C.UTF-8',
    CUDA_VISIBLE_DEVICES: '0',
    SSL_CERT_FILE: '/certs.pem',
    https_proxy: 'http://proxy',
  });
});

test('declared variables are passed, and the marks of a session are added', () => {
  const declared = ['MY_SETTING', 'NOT_SET'];
  const child = childEnvironment(hostEnv, { declared, session: 'wrk_1', hostId: 'host_1' });
  assert.equal(child['MY_SETTING'], 'on');
  assert.ok(!('NOT_SET' in child));
  assert.equal(child['CAPSTAN_SESSION'], 'wrk_1');
  assert.equal(child['CAPSTAN_HOST'], 'host_1');
});

test('what changes the code an interpreter loads does not pass even when it is declared', () => {
  const declared = ['PYTHONPATH', 'PYTHONHOME', 'NODE_OPTIONS', 'LD_PRELOAD'];
  const child = childEnvironment(hostEnv, { declared });
  assert.deepEqual(
    declared.filter((name) => name in child),
    [],
  );
});

test('a build gets the package managers’ settings, less those that would send packages elsewhere', () => {
  const build = buildVariables(hostEnv, '/tmp/build');
  assert.equal(build['PIP_INDEX_URL'], 'https://user:pw@index/simple');
  assert.equal(build['npm_config_registry'], 'https://registry');
  assert.equal(build['UV_LINK_MODE'], 'copy');
  assert.equal(build['TMPDIR'], '/tmp/build');
  for (const name of [
    'PIP_TARGET',
    'npm_config_local_prefix',
    'UV_PYTHON',
    'PYTHONPATH',
    'SECRET_KEY',
  ]) {
    assert.ok(!(name in build), name);
  }
});

test('uv learns the index that pip was told about, unless it has one of its own', () => {
  assert.equal(buildVariables(hostEnv, '/tmp')['UV_DEFAULT_INDEX'], 'https://user:pw@index/simple');
  const own = { ...hostEnv, UV_INDEX_URL: 'https://uv' };
  assert.ok(!('UV_DEFAULT_INDEX' in buildVariables(own, '/tmp')));
});

test('where libraries are looked for is passed only when it is declared', () => {
  const child = childEnvironment(hostEnv, { declared: ['LD_LIBRARY_PATH'] });
  assert.equal(child['LD_LIBRARY_PATH'], '/evil');
});

test('a manifest cannot bring in what changes the code an interpreter loads', () => {
  const extra = { MODE: 'quiet', LD_PRELOAD: 'evil.so' };
  assert.deepEqual(childEnvironment({}, { extra }), { MODE: 'quiet' });
});
