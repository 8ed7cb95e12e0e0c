import { directOutputs } from './direct-outputs.ts';
import { processIo, whenWritten } from './process-io.ts';
import { doors } from './runtime.ts';

/** `capstan` as a process: what scripts run many times a minute goes the short way, all else through the parser. */
export async function start(argv: string[]): Promise<void> {
  if (argv[0] === 'lease') {
    const { quickly } = await import('./commands/lease/quick.ts');
    const outputs = directOutputs();
    const code = await quickly(argv, processIo(outputs), doors);
    if (code !== null) {
      process.exitCode = code;
      if (outputs === null) await whenWritten();
      process.exit(code);
    }
  }
  const { main } = await import('./main.ts');
  await main(argv);
}
