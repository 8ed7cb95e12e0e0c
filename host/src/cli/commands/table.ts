import type { Command } from 'commander';
import type { Act } from '../act.ts';
import { adaptersCommand } from './adapters/command.ts';
import { cacheCommand } from './cache/command.ts';
import { cancelCommand } from './cancel/command.ts';
import { checkCommand } from './check/command.ts';
import { configCommand } from './config/command.ts';
import { decideCommand } from './decide/command.ts';
import { doctorCommand } from './doctor/command.ts';
import { downCommand } from './down/command.ts';
import { disableCommand, enableCommand } from './enable/command.ts';
import { envCommand } from './env/command.ts';
import { estimateCommand } from './estimate/command.ts';
import { eventsCommand } from './events/command.ts';
import { importCommand } from './import/command.ts';
import { initCommand } from './init/command.ts';
import { installCommand } from './install/command.ts';
import { instancesCommand } from './instances/command.ts';
import { jobCommand } from './job/command.ts';
import { jobsCommand } from './jobs/command.ts';
import { journalCommand } from './journal/command.ts';
import { listCommand } from './list/command.ts';
import { loadCommand } from './load/command.ts';
import { logsCommand } from './logs/command.ts';
import { prefetchCommand } from './prefetch/command.ts';
import { profilesCommand } from './profiles/command.ts';
import { pruneCommand } from './prune/command.ts';
import { regenerateCommand } from './regenerate/command.ts';
import { removeCommand } from './remove/command.ts';
import { reloadCommand } from './reload/command.ts';
import { reorderCommand } from './reorder/command.ts';
import { resumeCommand } from './resume/command.ts';
import { retryCommand } from './retry/command.ts';
import { runCommand } from './run/command.ts';
import { secretCommand } from './secret/command.ts';
import { showCommand } from './show/command.ts';
import { statsCommand } from './stats/command.ts';
import { streamCommand } from './stream/command.ts';
import { submitCommand } from './submit/command.ts';
import { unloadCommand } from './unload/command.ts';
import { upCommand } from './up/command.ts';
import { validateCommand } from './validate/command.ts';
import { waitCommand } from './wait/command.ts';

interface Group {
  title: string;
  commands: readonly ((act: Act) => Command)[];
}

/** Every command, in the groups and the order in which `capstan --help` shows them. */
export const groups: readonly Group[] = [
  {
    title: 'Set up:',
    commands: [
      initCommand,
      importCommand,
      installCommand,
      estimateCommand,
      listCommand,
      showCommand,
      adaptersCommand,
      checkCommand,
      regenerateCommand,
      removeCommand,
      pruneCommand,
      cacheCommand,
      secretCommand,
      envCommand,
      validateCommand,
      doctorCommand,
    ],
  },
  {
    title: 'Do work:',
    commands: [
      runCommand,
      submitCommand,
      streamCommand,
      waitCommand,
      resumeCommand,
      retryCommand,
      upCommand,
      downCommand,
    ],
  },
  {
    title: 'Steer work:',
    commands: [
      loadCommand,
      unloadCommand,
      reloadCommand,
      prefetchCommand,
      configCommand,
      cancelCommand,
      decideCommand,
      reorderCommand,
      enableCommand,
      disableCommand,
    ],
  },
  {
    title: 'Look:',
    commands: [
      instancesCommand,
      jobsCommand,
      jobCommand,
      statsCommand,
      profilesCommand,
      eventsCommand,
      logsCommand,
      journalCommand,
    ],
  },
];
