import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readManifest, readWorkspace } from '../../src/capabilities/index.ts';
import { type Ended, startCapstan } from '../cli/shell.ts';
import { isRunning, untilGone } from '../workers/fixtures.ts';
import { probeSource, published } from './reference.ts';

const declaration = `
capabilities:
  - name: media
    dialect: cjm
    environment:
      kind: venv
      ignoreRequiresPython: true
      requirements: [${published.substrate}, ${published.mediaAdapter}, imageio-ffmpeg==0.6.0]
    source: ${published.ffmpeg}
    config: { default_audio_bitrate: 128k }
  - name: probe
    dialect: cjm
    environment: { kind: uv, ignoreRequiresPython: true, requirements: [${published.substrate}] }
    source: ${probeSource}
    config: { greeting: good day }
`;

/** One workspace for all of them: building its two environments takes a while. */
const home = mkdtempSync(join(tmpdir(), 'capstan-published-'));
const root = join(home, 'workspace');
const tools = join(home, 'bin');
const env = {
  PATH: `${tools}:${process.env['PATH']}`,
  HOME: home,
  XDG_DATA_HOME: join(home, 'data'),
  XDG_RUNTIME_DIR: join(home, 'run'),
};
const start = (...argv: string[]) => startCapstan(argv, root, env);
const capstan = (...argv: string[]): Promise<Ended> => start(...argv).ended;
const manifestOf = (name: string) => readManifest(join(root, '.capstan/manifests', `${name}.json`));

let installed: Ended;
before(async () => {
  await mkdir(join(home, 'run'), { recursive: true, mode: 0o700 });
  await mkdir(root, { recursive: true });
  await mkdir(tools);
  await writeFile(join(root, 'capstan.yaml'), declaration);
  installed = await capstan('install', '--yes');
  const [ffmpeg] = globSync(
    join(
      home,
      'data/capstan/environments/*/lib/python*/site-packages/imageio_ffmpeg/binaries/ffmpeg-*',
    ),
  );
  if (ffmpeg !== undefined) symlinkSync(ffmpeg, join(tools, 'ffmpeg'));
});
after(() => rmSync(home, { recursive: true, force: true }));

/** A second of silence, as a WAV file of that many samples a second. */
function silence(rate: number): Buffer {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + rate * 2, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(rate * 2, 40);
  return Buffer.concat([header, Buffer.alloc(rate * 2)]);
}

test('published capabilities are installed with pip and described from inside their environments', async () => {
  assert.equal(installed.code, 0, installed.stderr);
  const media = await manifestOf('media');
  assert.equal(media.capstan?.dialect, 'cjm');
  assert.equal(media.capstan.module, 'cjm_capability_ffmpeg.capability');
  assert.equal(media.code.class, 'FFmpegProcessingCapability');
  assert.deepEqual(media.capstan.actions, {}, 'it has no execute: its tasks are all it offers');
  const [adapter] = media.capstan.adapters;
  assert.equal(adapter?.task_name, 'media_processing');
  assert.deepEqual(adapter.methods['convert']?.input['required'], ['input_path', 'output_format']);

  const probe = await manifestOf('probe');
  assert.ok('slow' in (probe.capstan?.actions ?? {}));
  assert.deepEqual(probe.capstan?.actions['read']?.input['properties'], {
    file: { $ref: 'capstan:file' },
    times: { type: 'integer', default: 1 },
  });
  assert.deepEqual(
    probe.code.worker_env?.map(({ name, secret }) => [name, secret]),
    [
      ['PROBE_TOKEN', true],
      ['PROBE_CACHE', false],
    ],
  );
});

test('our manifests are read by cjm-substrate, and its witnesses of them are ours', async () => {
  const { install } = await manifestOf('probe');
  const program = `
import sys
from cjm_substrate.core import manifest_format as m
for file in sys.argv[1:]:
    read = m.load_manifest(file)
    assert read.install.python_path and read.code.module.endswith(".capability"), read
    config = m.compute_config_schema_hash(read.code.config_schema)
    surface = m.compute_structural_surface_hash(read.code.structural_surface)
    assert config == read.drift_tracking.config_schema_hash, (config, read.drift_tracking)
    assert surface == read.drift_tracking.structural_surface_hash, (surface, read.drift_tracking)
`;
  const files = ['media', 'probe'].map((name) => join(root, '.capstan/manifests', `${name}.json`));
  const { status, stderr } = spawnSync(install.python_path, ['-I', '-c', program, ...files], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
});

test('a manifest that cjm-substrate writes is read here, and asks for the same package', async () => {
  const { install } = await manifestOf('probe');
  const folder = join(home, 'written', 'manifests');
  await mkdir(folder, { recursive: true });
  const program = `
import sys
from cjm_substrate.core import manifest_format as m
install = m.InstallSection(python_path=sys.executable, conda_env="e", package_source="cjm-capability-x>=1")
code = m.CodeSection(name="cjm-capability-x", version="1.0", description="X", module="cjm_capability_x.capability",
                     class_name="X", config_schema={"type": "object", "properties": {"rate": {"default": 1.0}}})
drift = m.DriftTracking(config_schema_hash=m.compute_config_schema_hash(code.config_schema))
m.write_manifest(sys.argv[1], m.ManifestV2(install=install, code=code, drift_tracking=drift))
`;
  const file = join(folder, 'cjm-capability-x.json');
  const wrote = spawnSync(install.python_path, ['-I', '-c', program, file], { encoding: 'utf8' });
  assert.equal(wrote.status, 0, wrote.stderr);
  const { code, stdout, stderr } = await capstan('import', 'cjm', join(home, 'written'));
  assert.equal(code, 0, stderr);
  assert.match(
    stdout,
    /name: cjm-capability-x\n {4}dialect: cjm[\s\S]*source: cjm-capability-x>=1/,
  );
});

test('uv leaves packages that ask for another Python to pip, and says so', async () => {
  const plan = await capstan('install', 'probe', '--force', '--dry-run');
  assert.match(
    plan.stdout + plan.stderr,
    /uv cannot leave out what packages say about their Python/,
  );
});

test('a published capability converts a real recording with the real ffmpeg, and remembers that it has', async () => {
  await writeFile(join(root, 'talk.wav'), silence(44_100));
  const inputs = ['input_path=talk.wav', 'output_format=wav', 'sample_rate:=16000', 'channels:=1'];
  const given = inputs.flatMap((input) => ['--input', input]);
  const convert = () => capstan('run', 'media.media_processing.convert', '--json', ...given);
  const first = await convert();
  assert.equal(first.code, 0, first.stdout + first.stderr);
  const path = /"output_path": "([^"]+)"/.exec(first.stdout)?.[1] ?? '';
  assert.ok(path.startsWith(join(root, '.capstan/data/media')), path);
  const made = readFileSync(path);
  assert.equal(made.toString('latin1', 0, 4), 'RIFF');
  assert.equal(made.readUInt32LE(24), 16_000);

  await convert();
  const { stdout } = await capstan('journal', 'query', '--json');
  for (const type of ['task_account', 'result_saved', 'cache_hit']) {
    assert.match(stdout, new RegExp(`"${type}"`), type);
  }
  assert.doesNotMatch(stdout, /capability_drifted/);
});

test('published capabilities pipe into each other in a composition', async () => {
  await writeFile(
    join(root, 'chain.yaml'),
    `
name: chain
inputs:
  audio: { type: file }
nodes:
  wav:
    use: media
    task: media_processing
    method: convert
    with: { input_path: "\${{ inputs.audio }}", output_format: wav, sample_rate: 16000 }
  flac:
    use: media
    task: media_processing
    method: convert
    with: { input_path: "\${{ nodes.wav.output.data.output_path }}", output_format: flac }
  last: { use: probe, action: echo, with: { value: "\${{ nodes.flac.output.data.output_path }}" } }
outputs:
  path: \${{ nodes.last.output.value }}
`,
  );
  const { code, stdout, stderr } = await capstan(
    'run',
    'chain.yaml',
    '--json',
    '--input',
    'audio=talk.wav',
  );
  assert.equal(code, 0, stdout + stderr);
  const path = /"path": "([^"]+\.flac)"/.exec(stdout)?.[1] ?? '';
  assert.equal(readFileSync(path).toString('latin1', 0, 4), 'fLaC');
});

test('the life of a published worker is in the journal: spawned, ready, adapter bound, configured, ended', async () => {
  const { stdout } = await capstan('journal', 'query', '--json', '--capability', 'media');
  const { events } = JSON.parse(stdout) as {
    events: { type: string; session: string | null; payload: { [member: string]: unknown } }[];
  };
  const [spawned] = events.filter(({ type }) => type === 'worker_spawned');
  const own = events.filter(({ session }) => session === spawned?.session).map(({ type }) => type);
  for (const type of ['worker_ready', 'adapter_bound', 'config_applied', 'worker_died']) {
    assert.ok(own.includes(type), `${type} is not among ${own.join(', ')}`);
  }
  assert.ok(Array.isArray(spawned?.payload['env']), 'names of variables, no values');
  assert.ok(!JSON.stringify(spawned).includes(tools));
});

test('an input error of a published capability ends the job as one, with what it says', async () => {
  const { code, stdout } = await capstan('run', 'probe.fail', '--json', '--input', 'how=input');
  assert.notEqual(code, 0);
  assert.match(stdout, /"category": "input"/);
  assert.match(stdout, /no such page/);
});

test('what capstan.yaml sets reaches a published capability, and a wrong setting is refused before it starts', async (t) => {
  const { stdout } = await capstan('run', 'probe.echo', '--input', 'value=x');
  assert.match(stdout, /"greeting":\s*"good day"/);
  await writeFile(join(root, 'capstan.yaml'), declaration.replace('greeting:', 'grating:'));
  t.after(() => writeFile(join(root, 'capstan.yaml'), declaration));
  const wrong = await capstan('run', 'probe.echo');
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /did you mean "greeting"\?/);
});

test('a stream of a published capability is read from the command line', async () => {
  const { code, stdout, stderr } = await capstan('stream', 'probe.count', '--input', 'n:=3');
  assert.equal(code, 0, stderr);
  assert.deepEqual(
    stdout.match(/"number":\s*\d/g)?.map((text) => text.replace(/\s/g, '')),
    ['"number":0', '"number":1', '"number":2'],
  );
});

test('a file that a published capability declares as its result becomes an artifact', async () => {
  const { stdout } = await capstan('run', 'probe.write', '--json', '--input', 'text=made');
  const path = /"path": "([^"]+)"/.exec(stdout)?.[1] ?? '';
  assert.ok(path.startsWith(join(root, '.capstan/artifacts')), stdout);
  assert.equal(readFileSync(path, 'utf8'), 'made');
});

test('when its host is killed, nothing of a published worker is left', async (t) => {
  const running = start('run', 'probe.deaf');
  t.after(() => running.kill('SIGKILL'));
  await running.says(/running probe\.deaf/);
  const { stdout } = await capstan('journal', 'query', '--json', '--type', 'worker_spawned');
  const pids = Array.from(stdout.matchAll(/"pid":\s*(\d+)/g), ([, pid]) => Number(pid));
  assert.ok(pids.some(isRunning), `none of ${pids.join(', ')} runs`);
  running.kill('SIGKILL');
  await running.ended;
  await untilGone(pids, 10_000);
});

test('what cjm-ctl installed runs as it is, in the environment that it made', async () => {
  const project = join(home, 'project');
  const { install, code } = await manifestOf('probe');
  const manifest = {
    format_version: '2.0',
    install: {
      python_path: install.python_path,
      conda_env: 'probe-env',
      installer_version: 'cjm-ctl 0.0.74',
    },
    code: { ...code, name: 'capstan-cjm-probe' },
    drift_tracking: {},
    overrides: {},
  };
  const adapter = {
    unit: 'adapter',
    name: 'capstan_cjm_probe.adapter.ProbeAdapter',
    version: '1',
    task_name: 'probing',
    module: 'capstan_cjm_probe.adapter',
    class: 'ProbeAdapter',
    required_tool_protocol: 'capstan_cjm_probe.adapter.ProbeProtocol',
    protocol_members: { methods: [], properties: [] },
    conda_env: 'probe-env',
  };
  await mkdir(join(project, 'manifests'), { recursive: true });
  await writeFile(join(project, 'manifests/adapter-probing.json'), JSON.stringify(adapter));
  await mkdir(join(home, 'other'));
  await writeFile(join(project, 'manifests/capstan-cjm-probe.json'), JSON.stringify(manifest));
  const other = (...argv: string[]) => startCapstan(argv, join(home, 'other'), env).ended;
  const imported = await other('import', 'cjm', project, '--write', '--use-installed');
  assert.equal(imported.code, 0, imported.stderr);
  assert.equal((await readWorkspace(join(home, 'other'))).capabilities[0]?.dialect, 'cjm');
  const ran = await other('run', 'capstan-cjm-probe.echo', '--input', 'value=7');
  assert.equal(ran.code, 0, ran.stderr);
  assert.match(ran.stdout, /"value":\s*"7"/);
  const task = await other('run', 'capstan-cjm-probe.probing.probe', '--input', 'text=seven');
  assert.equal(task.code, 0, task.stderr);
  assert.match(task.stdout, /"text":\s*"seven"/);
});
