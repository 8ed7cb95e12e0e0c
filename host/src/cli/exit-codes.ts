/** The exit codes of `capstan`, as help and docs/cli.md list them. */
export const exitCodes = {
  0: 'ok',
  1: 'the run, or the thing asked for, failed',
  2: 'wrong usage, or an invalid declaration, composition or input',
  3: 'not found: a workspace, file, capability, run or job',
  4: 'refused: consent is needed, or the rules do not allow it',
  5: 'the state of things does not allow it, or somebody else holds it',
  70: 'internal error, a bug in Capstan',
  75: 'busy, try again later',
  78: 'a store or the configuration cannot be used',
  124: 'a deadline passed',
  130: 'interrupted (Ctrl-C) or cancelled',
  143: 'ended by SIGTERM',
} as const;

export type ExitCode = keyof typeof exitCodes;
