import type { InstanceView } from '../http/surface.ts';
import { type Context, tableColumns } from './context.ts';
import { oneLine } from './terminal/plain.ts';
import { table } from './terminal/table.ts';

/** A row per instance, for people. */
export function instanceTable({ io, style }: Context, views: readonly InstanceView[]): string[] {
  const paintOf = (view: InstanceView) => {
    if (!view.enabled || view.refused !== null) return style.yellow;
    return view.state === 'stopped' ? style.dim : style.green;
  };
  const rows = views.map((view) => [
    view.instance,
    view.capability === view.instance ? '' : view.capability,
    view.kind,
    { text: stateIn(view), paint: paintOf(view) },
    view.pid === null ? '' : String(view.pid),
    `${view.callsInFlight} of ${view.slots}`,
    view.configHash === null ? '' : view.configHash.replace('sha256:', '').slice(0, 8),
  ]);
  const heads = ['INSTANCE', 'CAPABILITY', 'KIND', 'STATE', 'PID', 'CALLS', 'CONFIG'];
  return table(heads, rows, { columns: tableColumns(io), style });
}

const stateIn = ({ state, enabled, refused, drift }: InstanceView): string =>
  [
    state,
    ...(enabled ? [] : ['disabled']),
    ...(refused === null ? [] : ['not started again yet']),
    ...(drift.length === 0 ? [] : ['drifted']),
  ].join(', ');

/** What there is to know about them beyond a row. */
export const noticesOf = (views: readonly InstanceView[]): string[] =>
  views.flatMap(({ instance, notices, refused }) => [
    ...notices,
    ...(refused === null
      ? []
      : [`${instance} is not tried again before ${refused.until}: ${oneLine(refused.reason)}`]),
  ]);
