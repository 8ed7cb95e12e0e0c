import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { HostError, messageOf } from '../../../errors.ts';
import type { Context } from '../../context.ts';
import type { JobRequest } from '../../host-client/index.ts';
import type { JsonObject } from '../../runtime.ts';
import { oneLine } from '../../terminal/plain.ts';
import { callIn } from './options.ts';

/** A request, and the line of the file it stands in. */
export interface Line {
  number: number;
  request: JobRequest;
}

const members = [
  'call',
  'capability',
  'action',
  'task',
  'method',
  'input',
  'priority',
  'actor',
  'runId',
  'idempotencyKey',
  'deadlineMs',
  'withinMs',
  'delayMs',
  'retry',
  'control',
  'cwd',
];

/** All lines, or an error that names every one that is wrong. Throws FILE_NOT_FOUND, INPUT_INVALID. */
export async function requestsIn(
  context: Context,
  file: string,
  usual: Omit<JobRequest, 'capability'>,
): Promise<Line[]> {
  const text = file === '-' ? await context.io.stdin.text() : await read(context, file);
  const lines: Line[] = [];
  const problems: string[] = [];
  for (const [i, line] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    if (line.trim() === '') continue;
    try {
      lines.push({ number: i + 1, request: { ...usual, ...requestIn(line) } });
    } catch (error) {
      // oxlint-disable-next-line no-await-in-loop -- only where something is wrong
      const why = error instanceof UnknownMember ? await suggested(context, error) : error;
      problems.push(`line ${i + 1}: ${oneLine(messageOf(why)).slice(0, 300)}`);
    }
  }
  const where = file === '-' ? 'stdin' : file;
  if (problems.length > 0) throw refused(where, problems);
  if (lines.length === 0) {
    throw new HostError('INPUT_INVALID', `There is no request in ${where}.`, {
      hint: `A line is a request: {"call": "hello.greet", "input": {"who": "World"}}`,
    });
  }
  return lines;
}

const mostShown = 20;

function refused(where: string, problems: readonly string[]): HostError {
  const shown = problems.slice(0, mostShown);
  const more = problems.length - shown.length;
  return new HostError(
    'INPUT_INVALID',
    [
      `Nothing of ${where} was submitted:`,
      ...shown,
      ...(more > 0 ? [`and ${more} more`] : []),
    ].join('\n'),
    {
      hint: `A line is a request: {"call": "hello.greet", "input": {"who": "World"}}`,
      details: { problems },
    },
  );
}

async function read({ io }: Context, file: string): Promise<string> {
  try {
    return await readFile(resolve(io.cwd, file), 'utf8');
  } catch (cause) {
    throw new HostError('FILE_NOT_FOUND', `The file of requests ${file} cannot be read.`, {
      cause,
    });
  }
}

class UnknownMember extends Error {
  readonly member: string;

  constructor(member: string) {
    super(`a request has no "${member}"`);
    this.member = member;
  }
}

async function suggested({ doors }: Context, { member, message }: UnknownMember): Promise<Error> {
  const { didYouMean } = await doors.declared();
  return new Error(`${message}: ${didYouMean(member, members) ?? ''}`);
}

function requestIn(line: string): JobRequest {
  const value = JSON.parse(line) as unknown;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error('it is no JSON object');
  }
  const { call, ...rest } = value as JsonObject;
  for (const name of Object.keys(value)) {
    if (!members.includes(name)) throw new UnknownMember(name);
  }
  if (call === undefined && typeof rest['capability'] !== 'string') {
    throw new Error('it lacks "call": "capability.action"');
  }
  if (call !== undefined && typeof call !== 'string') throw new Error('"call" is no text');
  return { ...(rest as unknown as JobRequest), ...(call === undefined ? {} : callIn(call)) };
}

/** The host counts requests; whoever wrote the file counts its lines. */
export function withLineNumbers(error: unknown, where: string, lines: readonly Line[]): unknown {
  if (!(error instanceof HostError)) return error;
  const { code, message, hint, details } = error;
  const placed = message.replaceAll(
    /\bjobs\[(\d+)\]/g,
    (all, index: string) => placeOf(lines[Number(index)]) ?? all,
  );
  const told =
    placed === message ? `${placeOf(lineAbout(details, lines)) ?? where}: ${message}` : placed;
  return new HostError(code, told, {
    ...(hint === undefined ? {} : { hint }),
    details,
    cause: error.cause,
  });
}

const placeOf = (line: Line | undefined): string | null =>
  line === undefined ? null : `line ${line.number}`;

/** The first line that asks for what an error says is not there. */
function lineAbout(details: HostError['details'], lines: readonly Line[]): Line | undefined {
  const named = (['capability', 'action', 'task', 'method', 'idempotencyKey'] as const).filter(
    (name) => typeof details[name] === 'string' && details[name] !== '',
  );
  if (named.length === 0) return undefined;
  return lines.find(({ request }) => named.every((name) => request[name] === details[name]));
}
