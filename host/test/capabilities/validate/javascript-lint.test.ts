import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lintJavaScript } from '../../../src/capabilities/validate/index.ts';

const lint = (source: string, file = 'tool.ts') =>
  lintJavaScript(source, file).map(
    ({ line, column, severity, code }) => `${line}:${column} ${severity} ${code}`,
  );

test('TypeScript that Node cannot run by taking its types out is an error at its place', () => {
  const refused = {
    enum: 'enum Color { Red }',
    'parameter property': 'class A { constructor(private x: number) {} }',
    namespace: 'namespace N { export const x = 1; }',
  };
  for (const [what, source] of Object.entries(refused)) {
    const [finding] = lintJavaScript(`\n\n${source}\n`, 'tool.ts');
    assert.equal(finding?.code, 'ts-not-erasable');
    assert.equal(finding.severity, 'error');
    assert.equal(finding.line, 3);
    assert.match(finding.message, new RegExp(what));
  }
  assert.deepEqual(lint('interface A { b: string }\nexport const c = { d: 1 } as const;\n'), []);
  assert.deepEqual(lint('const x: = 3', 'tool.mts'), ['1:10 error ts-syntax']);
});

test('process.exit and handlers of the signals that end a worker are warned of', () => {
  const source = "process.exit(1);\nprocess.on('SIGTERM', () => {});\nprocess.on('message', f);\n";
  assert.deepEqual(lint(source, 'tool.js'), [
    '1:1 warning js-process-exit',
    '2:1 warning js-signal-handler',
  ]);
});

test('comments, texts and regular expressions are ignored, code inside a template is not', () => {
  const source = [
    '// process.exit(1)',
    '/* process.exit(1) */ const a = "process.exit(1)";',
    'const b = /process.exit\\(1\\)[/`]/.test(a) ? 4 / 2 / 1 : 0;',
    'const c = `process.exit(1) ${ { d: `${process.exit(2)}` } } process.exit(3)`;',
    'this.process.exit(1);',
    'process.exit;',
  ].join('\n');
  assert.deepEqual(lint(source, 'tool.js'), ['4:39 warning js-process-exit']);
});

test('a file that is cut off in the middle of anything is looked through to its end', () => {
  for (const source of ['`${', '"', '/*', '/', 'process.', 'process.exit', '`a ${ `b ${ c']) {
    assert.deepEqual(lint(source, 'tool.js'), []);
  }
});
