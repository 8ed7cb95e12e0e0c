import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseManifest, readManifest, writeManifest } from '../../src/capabilities/manifest.ts';
import { canonicalHash } from '../../src/capabilities/python-json.ts';
import { temporaryFolder, writeFiles } from '../environments/workbench.ts';

/** As a Python program writes it: floats with `.0`, members Capstan does not know, non-ASCII escaped. */
const foreign = `{
  "format_version": "2.0",
  "install": {
    "python_path": "/opt/envs/whisper/bin/python",
    "conda_env": "whisper",
    "db_path": "/data/whisper.db",
    "env_vars": { "OMP_NUM_THREADS": "4" },
    "installed_at": "2026-01-02T03:04:05",
    "installer_version": "cjm-ctl 0.0.58",
    "package_source": "git+https://example.org/whisper"
  },
  "code": {
    "name": "whisper",
    "version": "1.0.0",
    "description": "Transkribiert \\u00dcberraschendes",
    "module": "whisper.capability",
    "class": "Whisper",
    "config_schema": { "type": "object", "properties": { "beam": { "type": "number", "default": 1.0, "maximum": 1e16 } } },
    "resources": { "requires_gpu": true, "platforms": [], "accelerators": [] },
    "x_unknown": [123456789012345678901234567890]
  },
  "drift_tracking": { "config_schema_hash": null, "structural_surface_hash": null, "x_more": 0.10 },
  "overrides": { "note": "kept" },
  "x_other_tool": { "a": 1e-7 }
}`;

test('a manifest of another program is read, and its numbers keep their spelling', () => {
  const manifest = parseManifest(foreign, 'whisper.json');
  assert.equal(manifest.code.name, 'whisper');
  assert.equal(manifest.install.env_vars['OMP_NUM_THREADS'], '4');
  assert.equal(manifest.capstan, null);
  assert.deepEqual(manifest.code.config_schema?.['properties'], {
    beam: { type: 'number', default: 1, maximum: 1e16 },
  });
});

test('rewriting it loses no member and changes no number', async (t) => {
  const folder = temporaryFolder(t);
  await writeFiles(folder, { 'whisper.json': foreign });
  const file = join(folder, 'whisper.json');
  const before = await readManifest(file);
  await writeManifest(file, before.document);
  const after = await readManifest(file);
  assert.equal(canonicalHash(after.document), canonicalHash(before.document));
  const text = readFileSync(file, 'utf8');
  for (const spelling of ['1.0,', '1e16', '0.10', '1e-7', '123456789012345678901234567890']) {
    assert.ok(text.includes(spelling), spelling);
  }
  assert.deepEqual(readdirSync(folder), ['whisper.json']);
});

const without = (
  edit: (manifest: { [section: string]: { [member: string]: unknown } }) => void,
) => {
  const manifest: { [section: string]: { [member: string]: unknown } } = JSON.parse(foreign);
  edit(manifest);
  return JSON.stringify(manifest);
};

test('another or missing format is refused, naming what was found', () => {
  assert.throws(() => parseManifest(foreign.replace('"2.0"', '"3.0"'), 'm.json'), {
    code: 'MANIFEST_INVALID',
    message: /m\.json cannot be used: format_version must be "2\.0"; it says "3\.0"/,
  });
  assert.throws(() => parseManifest('{}', 'm.json'), { message: /it has none/ });
  assert.throws(() => parseManifest('[]', 'm.json'), { message: /not an object/ });
  assert.throws(() => parseManifest('{"format', 'm.json'), { message: /not JSON/ });
});

test('missing sections, blank members and wrong types are all named', () => {
  const broken = without((manifest) => {
    delete manifest['drift_tracking'];
    const { install, code } = manifest;
    if (install !== undefined) install['python_path'] = '  ';
    if (code !== undefined) code['class'] = 7;
  });
  assert.throws(
    () => parseManifest(broken, 'm.json'),
    (error: Error) => {
      assert.match(error.message, /install\.python_path: must not be blank/);
      assert.match(error.message, /code\.class: .*expected string/);
      assert.match(error.message, /drift_tracking: .*expected object/);
      return true;
    },
  );
});
