import { command, defineCollector, t } from '../define.ts';

const probes = {
  user: command('id', 'id -u && id -un'),
  /** What sudo or doas said when it refused; see `shellCommand`. */
  refusal: command('become', 'printf "%s\\n" "$TWLINT_REFUSED"'),
};

export default defineCollector({
  id: 'privilege',
  doc: 'With whose rights the host was looked at.',
  scope: 'host',
  samples: 1,
  probes,
  type: t.object({
    user: t.string('The user that the questions were asked as'),
    root: t.bool('Whether that is root'),
    refused: t.string('What sudo or doas said when it refused; empty when it did not, or was not asked'),
  }),
  parse({ user, refusal }) {
    // 1000\nalice\n
    const [uid, name] = user!.trim().split('\n');
    const refused = refusal!.trim().split('\n')[0]!;
    const value = { user: name ?? uid!, root: uid === '0', refused };
    return refused === '' ? { value } : { value, partial: `looked without root: ${refused}` };
  },
});
