/**
 * Reads `ansible_ssh_common_args` and the like, arguments of ssh. The options that define how to reach a host are
 * taken; those that would run a program here, or are not known, are refused.
 */
import { wordTable } from '../word-table.ts';
import { shellWords } from './shell-words.ts';

export interface SshArgs {
  /** The options as they may stand after -o: `ProxyJump=bastion`. */
  options: string[];
  /** Names of options about host keys, which have no effect. */
  unheard: string[];
  /** The arguments that can't be taken, with the reason. */
  refused: { what: string; why: string; hint: string }[];
}

/** Options that define how to reach a host. */
const TAKEN = new Set(
  `bindaddress bindinterface certificatefile connecttimeout gssapiauthentication hostname identitiesonly identityagent
  identityfile port proxyjump serveralivecountmax serveraliveinterval user`.split(/\s+/),
);

/** Options about host keys: an inventory defines where hosts are, never whom to trust. */
const HOST_KEYS = new Set(['globalknownhostsfile', 'stricthostkeychecking', 'userknownhostsfile']);
/** Options that do no harm and have no effect here. */
const PASSED_OVER = new Set(
  `addkeystoagent addressfamily batchmode checkhostip ciphers clearallforwardings compression connectionattempts
  controlmaster controlpath controlpersist escapechar exitonforwardfailure forwardagent forwardx11 forwardx11trusted
  gssapidelegatecredentials hashknownhosts hostkeyalgorithms ipqos kbdinteractiveauthentication kexalgorithms loglevel
  macs numberofpasswordprompts passwordauthentication permitlocalcommand preferredauthentications
  pubkeyacceptedalgorithms pubkeyacceptedkeytypes pubkeyauthentication rekeylimit requesttty requiredrsasize sendenv
  setenv tcpkeepalive updatehostkeys verifyhostkeydns visualhostkey`.split(/\s+/),
);

/** Letters that stand for an option with a value. */
const LETTERS = wordTable<string>({
  J: 'ProxyJump',
  b: 'BindAddress',
  B: 'BindInterface',
  i: 'IdentityFile',
  l: 'User',
  p: 'Port',
});
/** Letters without a value, and with one, that have no effect here. */
const BARE = /^-[46AaCKkNnqTtvXxY]+$/;
const VALUED = /^-[ceIm]/;

const FOR_SSH_CONFIG = 'put it into ~/.ssh/config, which is yours alone';

/** Reads such arguments. */
export function readSshArgs(text: string): SshArgs {
  const { words, broken } = shellWords(text);
  const read: SshArgs = { options: [], unheard: [], refused: [] };
  if (broken !== null) return { ...read, refused: [{ what: 'it', why: broken.message, hint: 'close it' }] };
  const rest = words.map((word) => word.text);
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (BARE.test(word)) continue;
    const letter = word.slice(1, 2);
    if (word.startsWith('-o')) takeOption(valueAfter(word, rest), read);
    else if (word.startsWith('-') && LETTERS[letter])
      takeValue(LETTERS[letter], valueAfter(word, rest), read);
    else if (VALUED.test(word)) valueAfter(word, rest);
    else refuse(read, word, 'twlint takes no such argument from an inventory');
  }
  return read;
}

/** Returns an option's value, which may stand apart: `-p22`, `-p 22`. */
const valueAfter = (word: string, rest: string[]) => (word.length > 2 ? word.slice(2) : (rest.shift() ?? ''));

function refuse({ refused }: SshArgs, what: string, why: string, hint = FOR_SSH_CONFIG): void {
  refused.push({ what, why, hint });
}

function takeOption(text: string, read: SshArgs): void {
  const [, name = '', value = ''] = /^\s*([^\s=]+)(?:\s*=\s*|\s+)(.*)$/s.exec(text) ?? [];
  const keyword = name.toLowerCase();
  if (keyword === 'proxycommand') takeProxyCommand(value, read);
  else if (TAKEN.has(keyword)) takeValue(name, value, read);
  else if (HOST_KEYS.has(keyword)) read.unheard.push(name);
  else if (!PASSED_OVER.has(keyword))
    refuse(read, `-o ${text}`, 'twlint takes no such option from an inventory');
}

/** ssh would replace `${NAME}`, and errors, logs and name servers would get to see its value. */
function takeValue(name: string, value: string, read: SshArgs): void {
  if (value.includes('$'))
    refuse(read, `${name} ${value}`, 'an inventory takes nothing from the environment');
  else read.options.push(`${name}=${value}`);
}

const HARMLESS_IN_JUMP = /^-[46AaCKkNnqTtvx]+$/;

/** Takes a command that only connects over a bastion as ProxyJump; an inventory can't make twlint run any other. */
function takeProxyCommand(command: string, read: SshArgs): void {
  if (command.trim().toLowerCase() === 'none') {
    read.options.push('ProxyJump=none');
    return;
  }
  const jump = jumpOf(shellWords(command).words.map((word) => word.text));
  if (jump === null)
    refuse(
      read,
      `ProxyCommand ${command}`,
      'a program that an inventory names is not run',
      `write twlint_proxy_jump: BASTION; or ${FOR_SSH_CONFIG}`,
    );
  else read.options.push(`ProxyJump=${jump}`);
}

/** `ssh -q -W %h:%p me@bastion` and `ssh bastion nc %h %p` are `me@bastion` and `bastion`; null for anything else. */
function jumpOf(words: readonly string[]): string | null {
  const [program, ...rest] = words;
  if (program !== 'ssh' && program !== '/usr/bin/ssh') return null;
  let [host, user, port, leads] = ['', '', '', false];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (HARMLESS_IN_JUMP.test(word)) continue;
    if (word.startsWith('-W')) leads = /^(?:%h|\[%h\]):%p$/.test(valueAfter(word, rest));
    else if (word.startsWith('-p')) port = valueAfter(word, rest);
    else if (word.startsWith('-l')) user = valueAfter(word, rest);
    // its options about host keys have no effect: the bastion's is checked as any other
    else if (/^-o/.test(word)) {
      if (
        !/^\s*(?:StrictHostKeyChecking|UserKnownHostsFile|LogLevel|ConnectTimeout|ForwardAgent)\b/i.test(
          valueAfter(word, rest),
        )
      )
        return null;
    } else if (word.startsWith('-')) return null;
    else if (host === '') host = word;
    else if (/^(?:nc|netcat)(?: -\S+)* %h %p$/.test([word, ...rest].join(' '))) {
      leads = true;
      rest.length = 0;
    } else return null;
  }
  if (!leads || host === '' || !/^[\w.@:[\]-]+$/.test(host + user)) return null;
  const name = user === '' ? host : `${user}@${host}`;
  return port === '' ? name : `${name}:${port}`;
}
