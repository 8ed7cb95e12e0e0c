import { type Context, tableColumns } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type Canvas, deviceTable } from '../../machine/devices.ts';
import { leaseTable, waiterTable } from '../../machine/leases.ts';
import { Observation } from '../../machine/observation.ts';
import { residentTable } from '../../machine/residents.ts';
import type { MachineReport } from '../../runtime.ts';
import { oneLine } from '../../terminal/plain.ts';

export async function resources(context: Context): Promise<ExitCode> {
  const observation = new Observation(context);
  try {
    const report = await observation.look();
    if (context.json) context.printJson(report);
    else {
      context.print(...linesOf(context, report));
      context.say(...notesOf(context, report, observation.root));
    }
  } finally {
    observation.close();
  }
  return 0;
}

function linesOf({ io, style, unicode }: Context, report: MachineReport): string[] {
  const { devices, residents } = report;
  const canvas: Canvas = { columns: tableColumns(io), style, unicode };
  const leases = report.leases.filter(({ ledger }) => ledger === 'machine');
  const waiters = report.waiters.filter(({ ledger }) => ledger === 'machine');
  const nowMs = Date.parse(report.at);
  return [
    ...deviceTable(devices, canvas),
    ...(residents.length === 0 ? [] : ['', ...residentTable(residents, canvas)]),
    ...(leases.length === 0 ? [] : ['', ...leaseTable(leases, nowMs, canvas)]),
    ...(waiters.length === 0 ? [] : ['', ...waiterTable(waiters, canvas)]),
  ];
}

function notesOf({ talkStyle }: Context, report: MachineReport, root: string | null): string[] {
  const { hostPid, residents, leases, unread, problems } = report;
  const notes: string[] = [];
  if (root !== null && hostPid === null)
    notes.push('No host is up here, so nothing of it is ours.');
  if (hostPid !== null && residents.length === 0) notes.push('No worker of this workspace is up.');
  // What cannot be read may hold anything.
  if (!unread.includes('machine') && !leases.some(({ ledger }) => ledger === 'machine')) {
    notes.push('Nobody holds a part of this machine.');
  }
  const ofWorkspace = leases.filter(({ ledger }) => ledger === 'workspace').length;
  if (ofWorkspace > 0) {
    const count = ofWorkspace === 1 ? '1 lease' : `${ofWorkspace} leases`;
    notes.push(`The workspace has ${count} of its own: \`capstan lease list\`.`);
  }
  const told = notes.length === 0 ? [] : ['', ...notes.map((note) => talkStyle.dim(note))];
  return [
    ...told,
    ...problems.map((problem) => `${talkStyle.yellow('note')}: ${oneLine(problem)}`),
  ];
}
