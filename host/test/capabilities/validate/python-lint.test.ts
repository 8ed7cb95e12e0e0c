import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lintPython } from '../../../src/capabilities/validate/index.ts';

const lint = (source: string) =>
  lintPython(source, 'tool.py').map(
    ({ line, column, severity, code }) => `${line}:${column} ${severity} ${code}`,
  );

test('logging.basicConfig(force=True) in a capability’s source is an error, a plain call a warning', () => {
  assert.deepEqual(lint('import logging\nlogging.basicConfig(level=10, force=True)\n'), [
    '2:1 error py-basicconfig-force',
  ]);
  assert.deepEqual(lint('import logging\nlogging.basicConfig()\n'), ['2:1 warning py-basicconfig']);
  assert.deepEqual(lint('import logging\nlogging.basicConfig(force=False)\n'), [
    '2:1 warning py-basicconfig',
  ]);
});

test('it is found under another name, over several lines, and not inside a nested call', () => {
  assert.deepEqual(lint('import logging as log\nif x: log.basicConfig(\n  force = True,\n)\n'), [
    '2:7 error py-basicconfig-force',
  ]);
  assert.deepEqual(
    lint('from logging import (getLogger, basicConfig as setup)\nsetup(force=1)\n'),
    ['2:1 error py-basicconfig-force'],
  );
  assert.deepEqual(lint('import logging\nlogging.basicConfig(handlers=make(force=True))\n'), [
    '2:1 warning py-basicconfig',
  ]);
});

test('comments, texts and what is called alike are ignored', () => {
  const source = [
    'import logging',
    '# logging.basicConfig(force=True)',
    'a = "logging.basicConfig(force=True)"',
    "b = '''",
    'logging.basicConfig(force=True)',
    "'''",
    'c = r"\\"; d = "\\"logging.basicConfig(force=True)"',
    'self.logging.basicConfig(force=True)',
    'other.basicConfig(force=True)',
    'logging.basicConfig',
    'print("fine")',
  ].join('\n');
  assert.deepEqual(lint(source), []);
});

test('what only runs when the file is a script is left alone', () => {
  const source =
    'import logging\nif __name__ == "__main__":\n    logging.basicConfig(force=True)\n';
  assert.deepEqual(lint(source), []);
  assert.deepEqual(lint(`${source}logging.basicConfig()\n`), ['4:1 warning py-basicconfig']);
});

test('ending the process and replacing its signal handlers are warned of', () => {
  const source = 'import os, signal\ndef f():\n    os._exit(1)\n    signal.signal(15, f)\n';
  assert.deepEqual(lint(source), ['3:5 warning py-os-exit', '4:5 warning py-signal-handler']);
});

test('an action whose parameters or result have no type is warned of, each at its place', () => {
  const source = [
    'from capstan_worker import Capability, action',
    'class A(Capability):',
    '    @action',
    '    def bare(self, a, b: int = max(1, 2), *, c=[1, 2]) -> int: ...',
    '    @action(name="other")',
    '    @cached(1, 2)',
    '    async def result(self, a: "str"): ...',
    '    def helper(self, x): ...',
  ].join('\n');
  assert.deepEqual(lint(source), [
    '4:20 warning py-action-untyped',
    '4:46 warning py-action-untyped',
    '7:15 warning py-action-untyped',
  ]);
});

test('a file that is cut off in the middle of anything is looked through to its end', () => {
  for (const source of [
    '@action',
    'x = """never',
    'f(',
    'import',
    'from . import',
    'def',
    "'",
    '@a\ndef f(',
  ]) {
    assert.deepEqual(lint(`from capstan_worker import action\n${source}`), []);
  }
});
