import type { RuleInfo } from '../../model.ts';
import type { WatchEvent } from '../../watch/host-state.ts';

/** Shows a watch while it goes on. */
export interface Showing {
  /** Aborted when the person at the terminal has seen enough. */
  quit: AbortSignal;
  show(events: readonly WatchEvent[]): void;
  end(): void;
}

export interface WatchAbout {
  /** As the user wrote it. */
  every: string;
  hosts: number;
  rules: readonly Pick<RuleInfo, 'id' | 'title'>[];
}
