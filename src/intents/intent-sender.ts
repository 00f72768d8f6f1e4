/** Somebody who sends what an intent speaks of. */
import type { Client } from '../network/paths/clients.ts';
import type { Start } from '../network/reach/follow-all.ts';
import type { Doubt } from '../network/walk/flow.ts';

export interface IntentSender {
  client: Client;
  start: Start;
  /** The reasons why it is not sure that anybody sends so: they matter where a packet of it breaks the intent. */
  doubts: Doubt[];
}

export interface IntentSenders {
  senders: IntentSender[];
  /** Those that are named and can't send there, with the reason. */
  without: string[];
  /** The reasons why there may be others. */
  unknown: string[];
}
