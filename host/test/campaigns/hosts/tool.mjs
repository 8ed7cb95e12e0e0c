// A tool that writes down every execution before it does anything else, and leaves as much mess as it can:
// children in sessions of their own that ignore every signal, files, failures, deafness to cancels.
import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { error, frames, json, serve } from '../../fixtures/workers/serve.mjs';

const deaf = "trap '' TERM HUP INT; while :; do sleep 5; done";
const failures = new Map();
const running = new Map();

const start = await serve({
  '/cancel': (response, { call, reason }) => {
    running.get(call)?.(reason);
    json(response, 200, { status: 'cancelled' });
  },
  '/execute': (response, { kwargs: { action, ...inputs }, envelope }, { headers }) => {
    const { kind = 'pure', ms = 0, fails = 0 } = inputs;
    appendFileSync(process.env.EFFECTS_LOG, `\n${envelope.job_id} ${kind}\n`);
    const call = headers['capstan-call'];
    const send = frames(response);
    const end = (frame) => {
      clearTimeout(timer);
      running.delete(call);
      response.end(`${JSON.stringify(frame)}\n`);
    };
    send({ event: 'progress', progress: 0, message: 'begun' });
    if (action === 'tree') leaveTree();
    const timer = setTimeout(
      () => {
        if (failsNow(envelope.job_id, fails)) return end({ event: 'error', error: flaky() });
        end({ event: 'result', value: action === 'file' ? file(call) : (inputs.label ?? null) });
      },
      action === 'deaf' ? Math.max(ms, 300) : ms,
    );
    if (action === 'deaf') return;
    running.set(call, (reason) =>
      end({
        event: 'error',
        error: error({ category: 'cancelled', code: 'CANCELLED', message: reason }),
      }),
    );
  },
});

function leaveTree() {
  const options = { detached: true, stdio: 'ignore' };
  spawn('setsid', ['sh', '-c', deaf], options).unref();
  spawn('sh', ['-c', `(sh -c "${deaf}" &) ; exit 0`], options).unref();
}

function failsNow(jobId, most) {
  const before = failures.get(jobId) ?? 0;
  failures.set(jobId, before + 1);
  return before < most;
}

const flaky = () =>
  error({
    category: 'transient',
    code: 'FLAKY',
    message: 'it may work next time',
    retriable: true,
  });

function file(call) {
  const folder = `${start.dirs.calls}/${call}`;
  mkdirSync(folder, { recursive: true });
  const path = `${folder}/out.txt`;
  writeFileSync(path, `made by ${call}`);
  return { file: { __wire__: 'capstan.file', data: { path, mediaType: 'text/plain' } } };
}
