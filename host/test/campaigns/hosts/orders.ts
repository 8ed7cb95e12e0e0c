import { defaults } from '../../../src/defaults.ts';

/** What a campaign tells the host it starts, in its first argument. */
export interface Orders {
  root: string;
  /** Where tools write down what they do. */
  effectsLog: string;
  seed: number;
  /** `load` works until it is killed; `finish` takes nothing new and ends when all is done. */
  mode: 'load' | 'finish';
  /** What the keys of this host's requests begin with. */
  prefix: string;
  /** Keys of earlier hosts, sent again. */
  again: string[];
  submitters: number;
  /** Between two requests of a submitter, at most. */
  paceMs: number;
  /** Requests of each submitter, after which it is content; without, it goes on for ever. */
  requests?: number;
  /** What there is more of than usual. */
  emphasis?: 'large values' | 'cancels' | 'files';
  /** Defaults of the host that are other ones here, to have in a moment what takes minutes. */
  settings?: { [name: string]: number };
  /** What is broken in this host, for a control. */
  flaw?: 'acknowledges first' | 'calls everything repeatable' | 'leaves an orphan';
}

/** Reads them, and puts the settings in force. */
export function ordersGiven(): Orders {
  const orders = JSON.parse(process.argv[2] ?? '{}') as Orders;
  Object.assign(defaults, orders.settings);
  return orders;
}

/** What a host says, one JSON array a line, at the very moment it happens. */
export type Word =
  | ['opening']
  /** It is open, and so many milliseconds old. */
  | ['ready', number]
  /** The first job is being executed, after so many milliseconds. */
  | ['first', number]
  | ['try', string]
  | ['ack', string, string | null]
  | ['rerun', string]
  | ['refused', string]
  | ['wedged']
  | ['clear']
  | ['content']
  | ['finished'];
