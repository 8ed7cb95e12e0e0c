import type { WaitReason } from '../kernel/index.ts';
import type { JournaledEvent } from '../stores/index.ts';

/** Why nothing of a capability is started now. */
export interface Hold extends WaitReason {
  /** After how long that changes by itself; absent where somebody has to change it. */
  forMs?: number;
}

/** Capabilities that may not start anything: disabled by somebody, or failing to start again and again. */
export class Holds {
  readonly #disabled = new Set<string>();
  readonly #refusalOf: (capability: string) => { reason: string; forMs: number } | null;

  constructor(refusalOf: (capability: string) => { reason: string; forMs: number } | null) {
    this.#refusalOf = refusalOf;
  }

  disable(capabilities: Iterable<string>): void {
    for (const each of capabilities) this.#disabled.add(each);
  }

  follow({ type, capability }: JournaledEvent): void {
    if (capability === undefined) return;
    if (type === 'instance_disabled') this.#disabled.add(capability);
    else if (type === 'instance_enabled') this.#disabled.delete(capability);
  }

  isDisabled(capability: string): boolean {
    return this.#disabled.has(capability);
  }

  of(capability: string): Hold | null {
    if (this.isDisabled(capability)) {
      return { kind: 'disabled', text: `\`${capability}\` is disabled` };
    }
    const refusal = this.#refusalOf(capability);
    if (refusal === null) return null;
    return { kind: 'start', text: refusal.reason, forMs: refusal.forMs };
  }
}
