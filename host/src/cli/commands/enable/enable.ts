import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { withHost } from '../../host-client/index.ts';
import { shellWord } from '../../terminal/shell.ts';

export interface EnableOptions {
  actor: string;
}

export async function setEnabled(
  context: Context,
  instance: string,
  isEnabled: boolean,
  { actor }: EnableOptions,
): Promise<ExitCode> {
  await withHost(context, { dispatch: false }, (host) =>
    host.setEnabled(instance, isEnabled, actor),
  );
  if (context.json) context.printJson({ instance, enabled: isEnabled });
  else {
    context.print(`${instance} is ${isEnabled ? 'enabled' : 'disabled'}`);
    if (!isEnabled) {
      context.say(
        context.talkStyle.dim(
          `What waits for it waits on. \`capstan enable ${shellWord(instance)}\` lets it go on.`,
        ),
      );
    }
  }
  return 0;
}
