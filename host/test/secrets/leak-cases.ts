import assert from 'node:assert/strict';
import {
  type LeakyShop,
  mustBeClean,
  mustHoldNothing,
  mustNotShowInProcesses,
  secret,
} from './leaky-shop.ts';

/** Every way to have a tool say its secret in every form. */
const says: readonly (readonly string[])[] = [
  ['run', 'leaky.tell'],
  ['stream', 'leaky.parts'],
  ['run', 'leaky.big'],
  ['run', 'leaky.fail'],
  ['run', 'leaky.die'],
];

/** The same for programs, and every command that shows afterwards what was said. */
const shows: readonly (readonly string[])[] = [
  ['run', 'leaky.tell', '--watch', '--json'],
  ['stream', 'leaky.parts', '--json'],
  ['run', 'leaky.fail', '--json'],
  ['run', 'leaky.die', '--json'],
  ['logs', '--limit', '1000'],
  ['logs', '--limit', '1000', '--json'],
  ['jobs', '--json'],
  ['journal', 'query', '--limit', '1000', '--json'],
  ['journal', 'export', '--output', 'exported.ndjson'],
  ['profiles', '--json'],
  ['instances', '--json'],
  ['show', 'leaky', '--json'],
  ['secret', 'list', '--json'],
  ['env', 'list', 'leaky'],
  ['doctor', '--json'],
];

export async function sayInEveryForm(shop: LeakyShop): Promise<void> {
  await mustAllBeClean(shop, says);
  assert.match(shop.said(), /\[secret API_KEY\]/);
}

export async function showInEveryWay(shop: LeakyShop): Promise<void> {
  await mustAllBeClean(shop, shows);
  const jobs = JSON.parse((await shop.run(['jobs', '--json'])).stdout) as {
    jobs: { id: string }[];
  };
  await mustAllBeClean(
    shop,
    jobs.jobs.slice(0, 4).map(({ id }) => ['job', id, '--json']),
  );
}

async function mustAllBeClean(
  { run }: LeakyShop,
  commands: readonly (readonly string[])[],
): Promise<void> {
  for (const command of commands) {
    // oxlint-disable-next-line no-await-in-loop -- two cores
    const { code, stdout, stderr } = await run(command);
    const said = stdout + stderr;
    mustBeClean(command.join(' '), said);
    assert.notEqual(code, 2, said);
    assert.notEqual(code, 70, said);
  }
}

/** Looks at every process while a worker that has the secret is at work. */
export async function lookAtProcesses(shop: LeakyShop): Promise<void> {
  const submitted = JSON.parse((await shop.run(['submit', 'leaky.wait', '--json'])).stdout) as {
    jobs: { id: string }[];
  };
  const id = submitted.jobs[0]?.id ?? '';
  try {
    await untilRunning(shop, id);
    const ours = await mustNotShowInProcesses(shop.home);
    assert.ok(ours >= 2, 'the host and the worker are among them');
  } finally {
    await shop.run(['cancel', id]);
    await shop.run(['wait', id]);
  }
}

async function untilRunning(shop: LeakyShop, id: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    // oxlint-disable-next-line no-await-in-loop -- asks again only when it was answered
    const { stdout } = await shop.run(['job', id, '--json']);
    if (stdout.includes('"running"')) return;
  }
  assert.fail(`${id} does not run`);
}

export async function nothingIsLeft(shop: LeakyShop): Promise<void> {
  mustBeClean('what commands said', shop.said());
  const files = await mustHoldNothing(shop.home);
  assert.ok(files > 10, 'there were files to look through');
}

/** That the search finds what is there. */
export function theSearchFinds(): void {
  assert.throws(() => mustBeClean('a text', `x${secret}`));
  assert.throws(() => mustBeClean('a text', Buffer.from(`ab${secret}`).toString('base64')));
  assert.throws(() => mustBeClean('a text', encodeURIComponent(secret)));
}
