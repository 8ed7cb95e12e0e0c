import { declaredVram, usesGpu } from '../kernel/admission/index.ts';
import type { Look } from './look.ts';
import type { BrokerPorts, WorkerView } from './ports.ts';
import { amountsOf, type Seat } from './seat.ts';

interface Place {
  /** Null until its worker is there. */
  pid: number | null;
  gpu: number | null;
  /** What it was granted last, by resource. */
  amounts: { readonly [resource: string]: number };
}

/** On which GPU the worker of each instance was started: there it stays for as long as it lives. */
export class Places {
  readonly #ports: Pick<BrokerPorts, 'needOf' | 'measure'>;
  readonly #places = new Map<string, Place>();

  constructor(ports: Pick<BrokerPorts, 'needOf' | 'measure'>) {
    this.#ports = ports;
  }

  spawned(instance: string, pid: number, seat: Seat | undefined): void {
    const before = this.#places.get(instance);
    const planned = before?.pid === null ? before.gpu : null;
    const amounts = seat === undefined ? {} : amountsOf(seat.claims);
    this.#places.set(instance, { pid, gpu: seat?.gpu ?? planned, amounts });
  }

  granted(seat: Seat): void {
    const place = this.#places.get(seat.instance);
    if (place !== undefined) place.amounts = amountsOf(seat.claims);
  }

  /** Where a worker that is up is, and what it was granted last. */
  of({ instance, pid }: WorkerView): Place | null {
    const place = this.#places.get(instance);
    return place?.pid === pid ? place : null;
  }

  forgetGone(look: Look): void {
    for (const [instance, { pid }] of this.#places) {
      if (pid !== null && look.workerOf(instance)?.pid !== pid) this.#places.delete(instance);
    }
  }

  /** Variables that tell a worker which GPU it is given; none where it has to do with none. */
  async variablesFor(
    instance: string,
    seat: Seat | undefined,
  ): Promise<{ [name: string]: string }> {
    const gpu = seat === undefined ? await this.#placeByHand(instance) : seat.gpu;
    return gpu === null ? {} : variablesOf(gpu);
  }

  /** One that is started by hand has no seat: it goes where most is free. */
  async #placeByHand(instance: string): Promise<number | null> {
    const need = { ...this.#ports.needOf(instance), device: null };
    if (!usesGpu(need)) return null;
    const declared = declaredVram(need)?.device ?? null;
    const { snapshot } = await this.#ports.measure([], 0);
    const [best] = snapshot.gpus
      .filter(({ isUnified, index }) => !isUnified && (declared === null || index === declared))
      .toSorted((a, b) => b.total - b.used - (a.total - a.used));
    if (best === undefined) return null;
    this.#places.set(instance, { pid: null, gpu: best.index, amounts: {} });
    return best.index;
  }
}

/** NVIDIA's order is that of `nvidia-smi` only when it is asked for. */
const variablesOf = (gpu: number): { [name: string]: string } => ({
  CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
  CUDA_VISIBLE_DEVICES: String(gpu),
  HIP_VISIBLE_DEVICES: String(gpu),
  CAPSTAN_GPU: String(gpu),
});
