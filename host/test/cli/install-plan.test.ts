import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describePlan, outlinePlan } from '../../src/cli/commands/install/plan-text.ts';
import type { CapabilityReport } from '../../src/cli/runtime.ts';
import { styleFor } from '../../src/cli/terminal/style.ts';

const style = styleFor(false);
type Plan = NonNullable<CapabilityReport['plan']>;

function planned(name: string, plan: Partial<Plan> = {}): CapabilityReport {
  const facts = {
    kind: 'uv',
    key: 'uv-1',
    folder: '/environments/uv-1',
    isBuilt: false,
    packages: [],
    locked: 0,
    steps: [],
    notes: [],
    consent: null,
    ...plan,
  };
  return { name, state: 'planned', plan: facts as unknown as Plan, manifest: null, error: null };
}

const locked = planned('speech', {
  packages: ["vad==2 ; python_version < '3.13'", "vad==2 ; python_version >= '3.13'", 'numpy<2'],
  locked: 36,
});

test('a plan names what was asked for, and of a lock only how much it pins', () => {
  const text = describePlan({ capabilities: [locked] }, false, style).join('\n');
  assert.match(text, /fetches vad==2, numpy<2 \(36 locked packages\)$/);
});

test('an environment that several share is planned once, and so is a tool that is fetched first', () => {
  const consent: Plan['consent'] = {
    id: 'install-uv',
    message: 'uv is not installed.',
    command: ['python3', '-m', 'pip', 'install', 'uv'],
    folder: '/tools/uv',
    download: '17 MB',
    otherwise: 'pip builds it.',
  };
  const capabilities = [planned('a', { consent }), planned('b', { consent })];
  assert.deepEqual(describePlan({ capabilities }, false, style), [
    'a  uv  to be built',
    '  folder  /environments/uv-1',
    'b  uv  shares the environment of a',
    'first  if you agree',
    '  runs    python3 -m pip install uv',
    '  else    pip builds it.',
  ]);
});

test('who has agreed already gets a line for each capability there is something to do for', () => {
  const done: CapabilityReport = { ...planned('done'), state: 'unchanged' };
  const there = planned('there', { isBuilt: true, kind: 'venv' });
  const capabilities = [locked, done, there];
  assert.deepEqual(outlinePlan({ capabilities }, false, style), [
    '  speech  uv       vad==2, numpy<2 (36 locked packages)',
    '  there   venv     its environment is there',
  ]);
  assert.match(outlinePlan({ capabilities: [there] }, true, style).join(), /nothing to fetch/);
});
