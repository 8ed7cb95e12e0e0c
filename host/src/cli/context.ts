import type { Io } from './io.ts';
import type { Doors } from './runtime.ts';
import { type Style, speaksUnicode, styleFor, wantsColor } from './terminal/style.ts';

/** The options every command has. */
export interface GlobalOptions {
  workspace?: string;
  json?: boolean;
  color: boolean;
  input: boolean;
}

/** What every command is handed: its surroundings, and how to answer. */
export interface Context {
  io: Io;
  /** One document on stdout, nothing for people on stderr. */
  json: boolean;
  /** Somebody is there to answer a question. */
  canAsk: boolean;
  unicode: boolean;
  /** Colours for stdout and for stderr: one may be a terminal and the other a pipe. */
  style: Style;
  talkStyle: Style;
  globals: GlobalOptions;
  doors: Doors;
  /** Data: a line, or several, on stdout. */
  print: (...lines: string[]) => void;
  /** The one document of `--json`. */
  printJson: (document: unknown) => void;
  /** Talk: for people, on stderr; silent with `--json`. */
  say: (...lines: string[]) => void;
}

export function contextFor(io: Io, globals: GlobalOptions, doors: Doors): Context {
  const json = globals.json === true;
  return {
    io,
    json,
    canAsk: globals.input && !json && io.stderr.isTTY && io.stdin.isTTY,
    unicode: speaksUnicode(io.env),
    style: styleFor(wantsColor(globals.color, io.env, io.stdout)),
    talkStyle: styleFor(wantsColor(globals.color, io.env, io.stderr)),
    globals,
    doors,
    print: (...lines) => {
      if (lines.length > 0) io.stdout.write(`${lines.join('\n')}\n`);
    },
    printJson: (document) => io.stdout.write(`${JSON.stringify(document, null, 2)}\n`),
    say: (...lines) => {
      if (!json && lines.length > 0) io.stderr.write(`${lines.join('\n')}\n`);
    },
  };
}

/** Columns a table may use: a terminal's width, or as many as it likes in a pipe. */
export const tableColumns = ({ stdout }: Io): number =>
  stdout.isTTY ? stdout.columns : Number.POSITIVE_INFINITY;
