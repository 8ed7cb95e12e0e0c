import type { Promised } from './budgets.ts';

/** The budgets of the design, in its order and its words. */
export const promises: readonly Promised[] = [
  { what: 'a warm unary call through a Node worker, 100 B', of: /^calls\..*node/ },
  { what: 'the same through a Python worker', of: /^calls\..*python/ },
  { what: 'durable submit to completion, one trivial job', of: /^queue\.one-job\./ },
  { what: '1,000 trivial jobs, 8 in flight', of: /^queue\.(burst|drain)/ },
  { what: 'a chain of 100 nodes; 1 → 100 → 1', of: /^graphs\.(chain|fan)/ },
  { what: 'acquire and release of a lease, fsynced', of: /^leases\./ },
  { what: 'a decision against 1,000 live leases', of: /^(arbitrate|decide)\./ },
  { what: 'the host’s overhead in memory; an idle worker’s', of: /^memory\./ },
  { what: 'a worker’s cold start', of: /^start\./ },
  { what: 'a restart with 100,000 pending jobs', of: /^recovery\./ },
  { what: 'the event loop of the host is never blocked for long', of: /stall/ },
];
