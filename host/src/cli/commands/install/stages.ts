import type { InstallEvent } from '../../runtime.ts';
import { duration } from '../../terminal/quantities.ts';
import { styleFor } from '../../terminal/style.ts';
import { padEnd, padStart, truncate, widthOf } from '../../terminal/width.ts';
import { spin } from '../../tree/render.ts';

/** Where the installation of one capability has got to. */
export interface Stage {
  capability: string;
  stage: InstallEvent['stage'];
  message: string;
  sinceMs: number;
  untilMs: number | null;
}

interface Canvas {
  columns: number;
  color: boolean;
  unicode: boolean;
  nowMs: number;
}

/** One line per capability: how it stands, how long it took, and what its tools say right now. */
export function renderStages(stages: readonly Stage[], canvas: Canvas): string[] {
  const style = styleFor(canvas.color);
  const width = Math.min(24, Math.max(0, ...stages.map((one) => widthOf(one.capability))));
  return stages.map(({ capability, stage, message, sinceMs, untilMs }) => {
    const [glyph, ascii, paint] =
      stage === 'done'
        ? ['✔', '+', style.green]
        : stage === 'failed'
          ? ['✖', 'x', style.red]
          : [spin(canvas.nowMs), '>', style.cyan];
    const name = padEnd(truncate(capability, width), width);
    const start = ` ${name}  ${padStart(duration((untilMs ?? canvas.nowMs) - sinceMs), 7)}  `;
    const text = truncate(message, canvas.columns - 2 - widthOf(start));
    const said = stage === 'failed' ? style.red(text) : style.dim(text);
    return ` ${paint(canvas.unicode ? glyph : ascii)}${start}${said}`.trimEnd();
  });
}
