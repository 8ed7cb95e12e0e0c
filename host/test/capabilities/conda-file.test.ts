import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCondaFile } from '../../src/capabilities/conda-file.ts';
import { HostError } from '../../src/errors.ts';

test('an environment.yml gives channels, match specs and what pip installs', () => {
  const text = `
name: ignored
channels: [conda-forge, nodefaults, bioconda]
dependencies:
  - python=3.11
  - conda-forge::ffmpeg>=6
  - pip
  - pip:
      - humanize==4.9.0
      - -r more.txt
prefix: /somewhere/else
`;
  assert.deepEqual(parseCondaFile(text, 'environment.yml'), {
    channels: ['conda-forge', 'bioconda'],
    packages: ['python=3.11', 'conda-forge::ffmpeg>=6', 'pip'],
    pipLines: ['humanize==4.9.0', '-r more.txt'],
    notes: [],
  });
});

test('what an environment.yml says and nobody does is told', () => {
  const { notes } = parseCondaFile(
    'dependencies: [python]\nvariables: { A: b }\nplatforms: [linux-64]\n',
    'e.yml',
  );
  assert.equal(notes.length, 2);
  assert.match(notes[0] ?? '', /`variables`.*no activation script/);
  assert.match(notes[1] ?? '', /`platforms`.*not used/);
});

test('everything wrong in an environment.yml is told at once, each at its line', () => {
  const text = 'channels: conda-forge\ndependencies:\n  - 3\n  - poetry: [x]\n  - pip: humanize\n';
  assert.throws(
    () => parseCondaFile(text, 'e.yml'),
    (error) => {
      assert.ok(error instanceof HostError);
      assert.equal(error.code, 'DECLARATION_INVALID');
      assert.deepEqual(
        error.message.split('\n').map((line) => line.split(':').slice(0, 2).join(':')),
        ['e.yml:1', 'e.yml:3', 'e.yml:4', 'e.yml:5'],
      );
      return true;
    },
  );
});

test('an environment.yml without dependencies is refused, not taken for an empty environment', () => {
  for (const text of ['channels: [a]\n', 'dependencies:\n', '- a\n', '', 'just words\n']) {
    assert.throws(() => parseCondaFile(text, 'e.yml'), { code: 'DECLARATION_INVALID' });
  }
});
