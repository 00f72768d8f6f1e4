import { t } from '../define.ts';

/** Facts that no collector asks for: they are known before anything is asked, or come of another fact. */
export const host = {
  id: 'host',
  scope: 'host' as const,
  type: t.object(
    {
      name: t.string("The inventory's name for it"),
      groups: t.list(t.string(), 'Every group it is in, without `all`'),
      vars: t.map(t.any(), "The inventory's variables that are not about connecting"),
      at_rest: t.bool('Whether it is an image: a root file system that does not run'),
    },
    'The host, as the inventory has it.',
  ),
};

export const netns = {
  id: 'netns',
  scope: 'netns' as const,
  type: t.object(
    {
      name: t.string('`init`, the name that `ip netns` has for it, or the container'),
      init: t.bool('Whether it is the one that the host itself is in'),
      processes: t.list(t.string(), 'Names of the processes in it'),
    },
    'The network namespace that is looked at.',
  ),
};
