import type { Subject } from './place.ts';
import { callNode, callPython } from './subjects/call.ts';
import { decision } from './subjects/decision.ts';
import { job } from './subjects/job.ts';
import { append, appendGrowth, queryGrowth } from './subjects/journal.ts';
import { lease, leaseGrowth } from './subjects/lease.ts';
import { startNode, startPython } from './subjects/start.ts';

/** A ratio of processor times, what it was when the bound was set, and what it may not exceed. */
export interface Bound {
  what: string;
  measure: Subject;
  /** Measured on `since`, and the bound: two to three times that, so that only a real regression is one. What grows with
   * what is there may at most double. */
  measured: number;
  since: string;
  atMost: number;
}

const since = '2026-11-22';

/** Everything the gate holds. Bounds are moved here, with what was measured and when, and with a reason in the commit. */
export const bounds: { readonly [name: string]: Bound } = {
  job: {
    what: 'a durable job, beside a round trip and a commit',
    measure: job,
    measured: 2.6,
    since,
    atMost: 7,
  },
  'call-node': {
    what: 'a warm call to a Node worker, beside a bare round trip',
    measure: callNode,
    measured: 1.2,
    since,
    atMost: 3.2,
  },
  'call-python': {
    what: 'a warm call to a Python worker, beside a bare round trip',
    measure: callPython,
    measured: 1.4,
    since,
    atMost: 4.2,
  },
  'start-node': {
    what: 'starting a Node worker, beside starting bare Node',
    measure: startNode,
    measured: 0.75,
    since,
    atMost: 2,
  },
  'start-python': {
    what: 'starting a Python worker, beside starting bare Python',
    measure: startPython,
    measured: 0.78,
    since,
    atMost: 2,
  },
  lease: {
    what: 'acquire and release, beside two bare commits',
    measure: lease,
    measured: 2.1,
    since,
    atMost: 6,
  },
  'lease-growth': {
    what: 'acquire and release after 10,000 events, beside the same after 1,000',
    measure: leaseGrowth,
    measured: 1.07,
    since,
    atMost: 2,
  },
  decision: {
    what: 'a decision among 1,000 leases, beside sixteen leases to JSON and back',
    measure: decision,
    measured: 1.8,
    since,
    atMost: 5,
  },
  append: {
    what: 'one row of the journal, beside a bare commit',
    measure: append,
    measured: 2.8,
    since,
    atMost: 7,
  },
  'append-growth': {
    what: 'one row appended to 40,000, beside one to 4,000',
    measure: appendGrowth,
    measured: 0.95,
    since,
    atMost: 2,
  },
  'query-growth': {
    what: 'three queries of 40,000 rows, beside those of 4,000',
    measure: queryGrowth,
    measured: 1.0,
    since,
    atMost: 2,
  },
};
