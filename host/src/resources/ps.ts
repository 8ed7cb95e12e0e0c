import { type LiveProcess, pageBytes } from './processes.ts';
import { answerOf } from './program.ts';

const limitMs = 2_000;
const ticksPerS = 100;

/**
 * Every process, as `ps` tells it; for systems without `/proc` (macOS). It does not tell when a process began, nor the most
 * it ever held.
 */
export async function processesByPs(env: NodeJS.ProcessEnv): Promise<LiveProcess[]> {
  const columns = ['pid=', 'ppid=', 'pgid=', 'rss=', 'time=', 'stat='].join(',');
  const answer = await answerOf('/bin/ps', ['-A', '-o', columns], env, limitMs);
  return answer.kind === 'answered' ? parsePs(answer.stdout) : [];
}

/** Lines `4711 1 4711 20480 1:02.50 S`; memory in KiB. */
export function parsePs(stdout: string): LiveProcess[] {
  return stdout.split('\n').flatMap((line): LiveProcess[] => {
    const [pid, parentPid, group, rss, time = '', state = ''] = line.trim().split(/\s+/);
    if (pid === undefined || !/^\d+$/.test(pid) || state.startsWith('Z')) return [];
    return [
      {
        pid: Number(pid),
        parentPid: Number(parentPid),
        group: Number(group),
        startTicks: 0,
        cpuTicks: Math.round(secondsIn(time) * ticksPerS),
        reapedTicks: 0,
        rssPages: (Number(rss) * 1024) / pageBytes(),
      },
    ];
  });
}

/** `1:02.50`, `00:03:45`, `2-00:03:45`. */
function secondsIn(time: string): number {
  const [clock = '', days = '0'] = time.split('-').toReversed();
  const seconds = clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return Number(days) * 86_400 + seconds;
}
