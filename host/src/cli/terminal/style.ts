import type { Environment, Output } from '../io.ts';

export type Paint = (text: string) => string;
export interface Style {
  bold: Paint;
  dim: Paint;
  red: Paint;
  green: Paint;
  yellow: Paint;
  cyan: Paint;
}

const paint =
  (on: number, off: number): Paint =>
  (text) =>
    text === '' ? '' : `\u001b[${on}m${text}\u001b[${off}m`;
const same: Paint = (text) => text;

const coloured: Style = {
  bold: paint(1, 22),
  dim: paint(2, 22),
  red: paint(31, 39),
  green: paint(32, 39),
  yellow: paint(33, 39),
  cyan: paint(36, 39),
};
const bare: Style = { bold: same, dim: same, red: same, green: same, yellow: same, cyan: same };

export const styleFor = (color: boolean): Style => (color ? coloured : bare);

const isSet = (value: string | undefined): boolean => value !== undefined && value !== '';

/** Whether to colour: the flag, then FORCE_COLOR, NO_COLOR and TERM=dumb, then whether a person is looking. */
export function wantsColor(flag: boolean, env: Environment, output: Output): boolean {
  if (!flag) return false;
  const forced = env['FORCE_COLOR'];
  if (isSet(forced)) return forced !== '0' && forced !== 'false';
  if (isSet(env['NO_COLOR']) || env['TERM'] === 'dumb') return false;
  return output.isTTY;
}

/** Whether lines may be redrawn in place: only on a terminal that can, and never in CI. */
export function wantsMotion(env: Environment, output: Output): boolean {
  return output.isTTY && env['TERM'] !== 'dumb' && !isSet(env['CI']);
}

/** Whether the terminal shows more than ASCII, as far as its locale tells. */
export function speaksUnicode(env: Environment): boolean {
  if (env['TERM'] === 'linux') return false;
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return locale === '' || /utf-?8/i.test(locale);
}
