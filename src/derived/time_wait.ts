import counters from '../collectors/counters.ts';
import { t } from '../define.ts';
import { type Derivation, defineDerivedFact, entry } from '../define-derived.ts';

const GATHERED = 'TW';

export default defineDerivedFact({
  id: 'time_wait',
  doc: 'The connections that stay in TIME_WAIT with a namespace: those that it closed before its peer did.',
  scope: 'netns',
  entries: {
    a_minute: entry({
      type: t.int(
        'How many more in a minute: as between two samples (`--interval`), else on average since boot. They stay for ' +
          'that long, so there are as many of them at a time',
      ),
      from: { counters },
      derive({ counters: { value, lines } }): Derivation<number> {
        const { sampled, seconds, delta, total, uptime } = value;
        const [grown, time] = sampled ? [delta[GATHERED], seconds] : [total[GATHERED], uptime];
        if (grown === undefined) throw new Error(`there is no ${GATHERED}`);
        if (time <= 0) throw new Error('it is not known in which time the counters grew');
        return {
          value: Math.round((grown * 60) / Math.max(time, 1)),
          lines: [lines?.[GATHERED] ?? []].flat(),
          despite: 'all',
        };
      },
    }),
  },
});
