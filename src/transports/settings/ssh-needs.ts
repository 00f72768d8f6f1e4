import type { Source } from '../../model.ts';
import { wordTable } from '../../word-table.ts';
import type { Resolved } from '../ssh-config/ssh-config.ts';

/** The keywords that ssh2 can't do; `unless`: values that ask for nothing. */
const FOREIGN = wordTable<{ name: string; unless: string[] }>({
  certificatefile: { name: 'CertificateFile', unless: ['none'] },
  proxycommand: { name: 'ProxyCommand', unless: ['none'] },
  bindaddress: { name: 'BindAddress', unless: [] },
  bindinterface: { name: 'BindInterface', unless: [] },
  canonicalizehostname: { name: 'CanonicalizeHostname', unless: ['no', 'none'] },
  knownhostscommand: { name: 'KnownHostsCommand', unless: ['none'] },
  pkcs11provider: { name: 'PKCS11Provider', unless: ['none'] },
  gssapiauthentication: { name: 'GSSAPIAuthentication', unless: ['no'] },
});

/**
 * Tells whether a setting is the distribution's: Debian and Fedora have GSSAPIAuthentication there for everybody, and
 * nobody asked for it.
 */
const isDistribution = ({ file }: Source, keyword: string) =>
  keyword === 'gssapiauthentication' && file.startsWith('/etc/ssh/');

/** Returns the settings of a host that only the system's ssh can do: `ProxyCommand (~/.ssh/config:12)`. */
export function foreignNeeds({ settings, undecided }: Resolved): string[] {
  const asked = Object.entries(FOREIGN).flatMap(([keyword, { name, unless }]) => {
    const setting = settings.get(keyword)?.[0];
    // biome-ignore lint/style/noNonNullAssertion: a setting without a value is not taken
    if (setting === undefined || unless.includes(setting.value[0]!.toLowerCase())) return [];
    if (isDistribution(setting.place, keyword)) return [];
    return [`${name} (${place(setting.place)})`];
  });
  const hashed = [...settings.values()]
    .flat()
    .filter(({ keyword, value }) => keyword !== 'controlpath' && value.some(isHashed))
    .map((setting) => `${setting.value.join(' ')} (${place(setting.place)})`);
  return [...asked, ...hashed, ...undecided.map((each) => `Match ${each.criterion} (${place(each.place)})`)];
}

/**
 * Tells whether a text has %C, which is made of other parts in OpenSSH 9.7 than before, or %j, which is new there: only
 * ssh itself knows their values.
 */
export const isHashed = (text: string) => /%[Cj]/.test(text.replaceAll('%%', ''));

const place = ({ file, line }: Source) => `${file}:${line}`;
