import type { Command } from 'commander';
import type { Act } from '../act.ts';

type MakeCommand = (act: Act) => Command;

interface Group {
  title: string;
  /** By name. Each is read only when it is asked for: a script pays for the one command it runs. */
  commands: { readonly [name: string]: () => Promise<MakeCommand> };
}

/** Every command, in the groups and the order in which `capstan --help` shows them. */
export const groups: readonly Group[] = [
  {
    title: 'Set up:',
    commands: {
      init: async () => (await import('./init/command.ts')).initCommand,
      import: async () => (await import('./import/command.ts')).importCommand,
      install: async () => (await import('./install/command.ts')).installCommand,
      estimate: async () => (await import('./estimate/command.ts')).estimateCommand,
      list: async () => (await import('./list/command.ts')).listCommand,
      show: async () => (await import('./show/command.ts')).showCommand,
      adapters: async () => (await import('./adapters/command.ts')).adaptersCommand,
      check: async () => (await import('./check/command.ts')).checkCommand,
      regenerate: async () => (await import('./regenerate/command.ts')).regenerateCommand,
      remove: async () => (await import('./remove/command.ts')).removeCommand,
      prune: async () => (await import('./prune/command.ts')).pruneCommand,
      cache: async () => (await import('./cache/command.ts')).cacheCommand,
      secret: async () => (await import('./secret/command.ts')).secretCommand,
      env: async () => (await import('./env/command.ts')).envCommand,
      validate: async () => (await import('./validate/command.ts')).validateCommand,
      doctor: async () => (await import('./doctor/command.ts')).doctorCommand,
    },
  },
  {
    title: 'Do work:',
    commands: {
      run: async () => (await import('./run/command.ts')).runCommand,
      submit: async () => (await import('./submit/command.ts')).submitCommand,
      stream: async () => (await import('./stream/command.ts')).streamCommand,
      wait: async () => (await import('./wait/command.ts')).waitCommand,
      resume: async () => (await import('./resume/command.ts')).resumeCommand,
      retry: async () => (await import('./retry/command.ts')).retryCommand,
      up: async () => (await import('./up/command.ts')).upCommand,
      down: async () => (await import('./down/command.ts')).downCommand,
    },
  },
  {
    title: 'Steer work:',
    commands: {
      load: async () => (await import('./load/command.ts')).loadCommand,
      unload: async () => (await import('./unload/command.ts')).unloadCommand,
      reload: async () => (await import('./reload/command.ts')).reloadCommand,
      prefetch: async () => (await import('./prefetch/command.ts')).prefetchCommand,
      config: async () => (await import('./config/command.ts')).configCommand,
      cancel: async () => (await import('./cancel/command.ts')).cancelCommand,
      decide: async () => (await import('./decide/command.ts')).decideCommand,
      reorder: async () => (await import('./reorder/command.ts')).reorderCommand,
      enable: async () => (await import('./enable/command.ts')).enableCommand,
      disable: async () => (await import('./enable/command.ts')).disableCommand,
    },
  },
  {
    title: 'Share:',
    commands: {
      lease: async () => (await import('./lease/command.ts')).leaseCommand,
      arbitrate: async () => (await import('./arbitrate/command.ts')).arbitrateCommand,
      scope: async () => (await import('./scope/command.ts')).scopeCommand,
      liveness: async () => (await import('./liveness/command.ts')).livenessCommand,
    },
  },
  {
    title: 'Look:',
    commands: {
      instances: async () => (await import('./instances/command.ts')).instancesCommand,
      jobs: async () => (await import('./jobs/command.ts')).jobsCommand,
      job: async () => (await import('./job/command.ts')).jobCommand,
      stats: async () => (await import('./stats/command.ts')).statsCommand,
      resources: async () => (await import('./resources/command.ts')).resourcesCommand,
      top: async () => (await import('./top/command.ts')).topCommand,
      profiles: async () => (await import('./profiles/command.ts')).profilesCommand,
      events: async () => (await import('./events/command.ts')).eventsCommand,
      logs: async () => (await import('./logs/command.ts')).logsCommand,
      journal: async () => (await import('./journal/command.ts')).journalCommand,
      explain: async () => (await import('./explain/command.ts')).explainCommand,
    },
  },
];
