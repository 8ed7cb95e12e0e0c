import type { Dispatcher } from 'undici';

/** Reads nothing more until what was read is taken; what cannot be taken is the end of the answer. Never rejects. */
export async function holdUp(
  controller: Dispatcher.DispatchController,
  taken: Promise<void>,
  onFailure: (error: unknown) => void,
): Promise<void> {
  controller.pause();
  try {
    await taken;
    controller.resume();
  } catch (error) {
    onFailure(error);
    controller.abort(error instanceof Error ? error : new Error(String(error)));
  }
}
