import type { MachineSnapshot } from '../../../runtime.ts';
import { type Check, type Finding, ok, warning } from '../finding.ts';

/** What the machine has for jobs, who measures it, and what could not be measured. */
export const machine: Check = async ({ runtime, env, root }) => {
  const monitor = new runtime.Monitor({ env, disks: root === null ? [] : [root] });
  try {
    const seen = await monitor.snapshot();
    const text = (bytes: number): string => runtime.bytesText(bytes);
    return [memory(seen, text), ...gpus(seen, text), ...seen.problems.map(unmeasured)];
  } finally {
    monitor.close();
  }
};

type Text = (bytes: number) => string;

const memory = ({ cpu, memory: { total, available } }: MachineSnapshot, text: Text): Finding =>
  ok(
    'machine',
    `${cpu.cores} ${cpu.cores === 1 ? 'core' : 'cores'}, ${text(available)} of ${text(total)} memory available`,
  );

function gpus({ gpus: found, problems }: MachineSnapshot, text: Text): Finding[] {
  if (found.length === 0) {
    return problems.length > 0 ? [] : [ok('gpus', 'none found: neither of NVIDIA nor of AMD')];
  }
  return found.map(({ index, name, total, used, isUnified, processes, vendor }) => {
    const whose = isUnified ? "of the machine's memory" : '';
    const fake = vendor === 'fake' ? ', played by the file of CAPSTAN_FAKE_GPUS' : '';
    const who = processes === null ? ', who holds it cannot be told' : '';
    const much = `${text(used)} of ${text(total)} ${whose}`.trimEnd();
    return ok('gpus', `gpu:${index} ${name}: ${much} in use${who}${fake}`);
  });
}

const unmeasured = (problem: string): Finding =>
  warning(
    'gpus',
    problem,
    'Until this is measured, jobs that need it wait or are refused; docs/resources.md says what is asked.',
  );

/** The capability that is to measure instead, as far as can be told without starting it. */
export const monitor: Check = async ({ runtime, env, root }) => {
  if (root === null) return [];
  const declared = await runtime.readWorkspace(root).catch(() => null);
  if (declared === null || declared.monitor === null) return [];
  const name = declared.monitor;
  const { installed } = await runtime.loadInstalled(declared, env);
  const found = [...installed.values()].find(
    (one) => one.name === name || one.instances.some(({ id }) => id === name),
  );
  if (found === undefined) {
    const fix = `Run \`capstan install\`; until then the built-in monitor measures.`;
    return [warning('monitor', `${name} is not installed`, fix)];
  }
  const methods = found.manifest.code.structural_surface?.methods.map((method) => method.name);
  const canTell =
    found.tasks['system-monitor'] !== undefined ||
    methods === undefined ||
    methods.some((method) => ['get_system_status', 'getSystemStatus'].includes(method));
  if (canTell) return [ok('monitor', `${name} measures the machine for a host of this workspace`)];
  return [
    warning(
      'monitor',
      `${name} has no method get_system_status, so the built-in monitor measures`,
      'Name a capability that watches the machine, or take `monitor` out of capstan.yaml.',
    ),
  ];
};
