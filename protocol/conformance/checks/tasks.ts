import assert from 'node:assert/strict';
import type { Check, Subject } from '../subject.ts';
import { type Worker, withWorker } from '../worker.ts';

const adaptersOf = ({ module }: Subject): string[] =>
  ['BrokenAdapter', 'ConformanceAdapter', 'DuplicateAdapter'].map((name) => `${module}:${name}`);

const perform = (worker: Worker, task: string, method: string, kwargs = {}) =>
  worker.ask('POST', '/task', { task, method, kwargs });

export const taskChecks: Check[] = [
  {
    name: 'performs tasks through the first adapter that works',
    run: (subject) =>
      withWorker(
        subject,
        async (worker) => {
          assert.equal((await perform(worker, 'conformance-task', 'double', { n: 21 })).json, 42);
          const version = await perform(worker, 'conformance-task', 'tool_version');
          assert.equal(version.json, '1.0.0');
          const { tasks } = (await worker.ask('GET', '/health')).json;
          if (tasks !== undefined) assert.deepEqual(tasks, ['conformance-task']);
          const left = worker.records.map(({ message }) => message).join('\n');
          assert.match(left, /BrokenAdapter/);
          assert.match(left, /DuplicateAdapter/);
        },
        { adapters: adaptersOf(subject) },
      ),
  },
  {
    name: 'answers 404 to an unknown task or method, and to a private name',
    run: (subject) =>
      withWorker(
        subject,
        async (worker) => {
          for (const [task, method] of [
            ['nothing', 'double'],
            ['broken-task', 'double'],
            ['conformance-task', 'triple'],
            ['conformance-task', '_hidden'],
            ['conformance-task', '__init__'],
            ['conformance-task', 'constructor'],
            ['conformance-task', ''],
          ] as const) {
            const { status, json } = await perform(worker, task, method);
            assert.equal(status, 404, `${task}.${method}`);
            assert.equal(json._job_error.code, 'TASK_NOT_FOUND');
          }
        },
        { adapters: adaptersOf(subject) },
      ),
  },
  {
    name: 'checks the inputs of a task',
    run: (subject) =>
      withWorker(
        subject,
        async (worker) => {
          const { status, json } = await perform(worker, 'conformance-task', 'double', { m: 1 });
          assert.equal(status, 500);
          assert.equal(json._job_error.category, 'input');
        },
        { adapters: adaptersOf(subject) },
      ),
  },
  {
    name: 'records an account of every task: which, whether it went well, how long, and whose fault it was',
    run: (subject) =>
      withWorker(
        subject,
        async (worker) => {
          const accountOf = async (method: string, kwargs = {}) => {
            const body = { task: 'conformance-task', method, kwargs };
            const headers = { accept: 'application/x-ndjson' };
            const { text } = await worker.ask('POST', '/task', body, { headers });
            const frames = text.trim().split('\n');
            const found = frames.map((line) => JSON.parse(line)).filter((one) => one.type);
            assert.deepEqual(
              found.map((one) => one.type),
              ['task_account'],
            );
            return found[0].payload;
          };
          const { duration_s: seconds, ...good } = await accountOf('double', { n: 1 });
          assert.deepEqual(good, { task: 'conformance-task', method: 'double', ok: true });
          assert.ok(seconds >= 0 && seconds < 5, String(seconds));
          const { duration_s: _, ...bad } = await accountOf('refuse');
          assert.deepEqual(bad, {
            task: 'conformance-task',
            method: 'refuse',
            ok: false,
            error_category: 'input',
          });
        },
        { adapters: adaptersOf(subject) },
      ),
  },
];
