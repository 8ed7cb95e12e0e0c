import { HostError } from '../../../errors.ts';
import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { withHost } from '../../host-client/index.ts';
import { instanceTable, noticesOf } from '../../instance-table.ts';

export async function instances(context: Context, name: string | undefined): Promise<ExitCode> {
  const all = await withHost(context, { dispatch: false }, (host) => host.instances());
  const views = all.filter(
    ({ instance, capability }) => name === undefined || instance === name || capability === name,
  );
  if (name !== undefined && views.length === 0) {
    const { didYouMean } = await context.doors.declared();
    const hint = didYouMean(
      name,
      all.map(({ instance }) => instance),
    );
    const message = `There is no instance or capability "${name}".`;
    throw new HostError('INSTANCE_NOT_FOUND', message, hint === undefined ? {} : { hint });
  }
  if (context.json) context.printJson({ instances: views });
  else if (views.length === 0) context.say('capstan.yaml declares no capabilities yet.');
  else {
    context.print(...instanceTable(context, views));
    const { yellow } = context.talkStyle;
    context.say(...noticesOf(views).map((text) => `${yellow('note')}: ${text}`));
  }
  return 0;
}
