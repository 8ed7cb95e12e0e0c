import type { Context } from '../../context.ts';
import { oneLine } from '../../terminal/plain.ts';
import { shellWord } from '../../terminal/shell.ts';
import type { ScopeReport } from './scope.ts';

const mostShown = 20;

/** The verdict in words, and the files that it is about. */
export function scopeLines({ style }: Context, report: ScopeReport): string[] {
  const { verdict, files, outside, tolerated, shared } = report;
  const where = whereText(report);
  const also = [
    ...note(tolerated, 'outside, as tolerated'),
    ...note(shared, "everybody's, and not counted"),
  ];
  switch (verdict) {
    case 'in_scope':
      return [`${style.green('in scope')}: ${inScopeText(report)} in ${where}`, ...also];
    case 'scope_creep':
      return [
        `${style.red('scope creep')}: ${outside.length} of ${counted(files)} lie outside of ${where}`,
        ...list(outside),
        ...also,
      ];
    case 'wrong_target':
      return [
        `${style.red('wrong target')}: ${files === 1 ? 'the only file does not lie' : `none of ${counted(files)} lies`} in ${where}`,
        ...list(outside),
        ...also,
      ];
  }
}

function inScopeText({ files, tolerated, shared }: ScopeReport): string {
  if (files === 0) return 'nothing has changed, which lies';
  const inside = files - tolerated.length - shared.length;
  return `${counted(inside)} ${inside === 1 ? 'lies' : 'lie'}`;
}

/** What to type next. */
export function scopeSteps(
  { talkStyle }: Context,
  { verdict, within, outside }: ScopeReport,
): string[] {
  const [first] = outside;
  if (verdict === 'in_scope' || first === undefined) return [];
  const more = `capstan lease acquire --region ${shellWord(oneLine(first))} --holder NAME`;
  const next =
    within.kind === 'lease'
      ? `Undo what lies outside, or hold it too: \`${more}\`.`
      : `Undo what lies outside, or see who may: \`capstan lease list\`.`;
  return [talkStyle.dim(next)];
}

function whereText({ within: { kind, id, patterns } }: ScopeReport): string {
  const rest = patterns.length > 6 ? ` and ${patterns.length - 6} more` : '';
  const shown = `${oneLine(patterns.slice(0, 6).join(', '))}${rest}`;
  return id === null ? shown : `${kind} ${oneLine(id)} (${shown})`;
}

const counted = (count: number): string => `${count} ${count === 1 ? 'file' : 'files'}`;

function list(files: readonly string[]): string[] {
  const rest = files.length - mostShown;
  const shown = files.slice(0, mostShown).map((file) => `  ${oneLine(file)}`);
  return rest > 0 ? [...shown, `  … and ${rest} more; --json has all`] : shown;
}

const note = (files: readonly string[], what: string): string[] =>
  files.length === 0 ? [] : [`${what}:`, ...list(files)];
