import type { Context } from '../../context.ts';
import type { InstallEvent } from '../../runtime.ts';
import { LiveArea } from '../../terminal/live.ts';
import { oneLine } from '../../terminal/plain.ts';
import { wantsColor, wantsMotion } from '../../terminal/style.ts';
import { renderStages, type Stage as Shown } from './stages.ts';

/** How an installation is shown while it goes on. */
export interface Progress {
  event(event: InstallEvent): void;
  close(): void;
}

export function progressFor(context: Context, isPlanning: boolean): Progress {
  if (context.json || isPlanning) return { event: () => {}, close: () => {} };
  return wantsMotion(context.io.env, context.io.stderr) ? live(context) : lines(context);
}

/** A line per stage of each capability; the package manager's own lines are left to its error, if any. */
function lines(context: Context): Progress {
  const told = new Map<string, string>();
  return {
    event: ({ capability, stage, message }) => {
      if (quiet.has(stage) || told.get(capability) === stage) return;
      told.set(capability, stage);
      context.say(`${capability}: ${inWords[stage] ?? oneLine(message)}`);
    },
    close: () => context.say(''),
  };
}

type Stage = InstallEvent['stage'];

/** Over in no time, or told by the plan. */
const quiet: ReadonlySet<Stage> = new Set(['plan', 'snapshot']);
const inWords: { readonly [stage in Stage]?: string } = {
  build: 'building its environment',
  failed: 'failed',
};

function live({ io, globals, unicode }: Context): Progress {
  const area = new LiveArea(io.stderr);
  const stages = new Map<string, Shown>();
  const draw = (): void =>
    area.paint(
      renderStages([...stages.values()], {
        columns: io.stderr.columns - 1,
        color: wantsColor(globals.color, io.env, io.stderr),
        unicode,
        nowMs: io.nowMs(),
      }),
    );
  const stopTimer = io.every(100, draw);
  return {
    event: ({ capability, stage, message }) => {
      if (stage === 'plan') return;
      const sinceMs = stages.get(capability)?.sinceMs ?? io.nowMs();
      const untilMs = stage === 'done' || stage === 'failed' ? io.nowMs() : null;
      stages.set(capability, { capability, stage, message: oneLine(message), sinceMs, untilMs });
    },
    close: () => {
      stopTimer();
      draw();
      area.finish();
    },
  };
}
