/** The fact `vrrp`: a host's VRRP instances beside those of the other hosts on the same segment. */
import { type Type, t } from '../define.ts';

const other = t.object({
  host: t.string("As the inventory calls it; the host's own name, where both are on it"),
  name: t.string('Of the instance'),
  interface: t.string(),
  virtual_router_id: t.int(),
  addresses: t.list(t.string()),
});

export const vrrpType = t.object(
  {
    instances: t.list(
      t.object({
        name: t.string(),
        interface: t.string(),
        virtual_router_id: t.int(),
        rivals: t.list(
          other,
          'Instances that take its adverts for their own, and are of another group: they have its id and family, hear the ' +
            'same group of multicast, and stand for none of its addresses, or are on the same interface',
        ),
        strangers: t.list(
          other,
          'Instances of other hosts that stand for one of its addresses, and have another id: none hears the other',
        ),
      }),
    ),
  },
  'The VRRP instances of a host beside those of the other hosts on the same segment.',
);

type Of<T> = T extends Type<infer U> ? U : never;
export type VrrpFact = Of<typeof vrrpType>;
export type OtherInstance = Of<typeof other>;
