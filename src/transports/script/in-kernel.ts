/**
 * The sh functions that report whether a part of the kernel is there, without anything that would load it. Where
 * neither presence nor absence is proved that is reported, too: an empty list proves nothing.
 */
export const inKernel = `
# nothing_loads: proved that no module can be loaded any more, or ever: asking for one does nothing then
nothing_loads() {
  if [ -r /proc/sys/kernel/modules_disabled ]; then
    grep -qx 1 /proc/sys/kernel/modules_disabled
  else
    has_no_modules
  fi
}
# has_no_modules: the settings of the kernel are shown, and those of modules, which each kernel with modules has, are not
has_no_modules() {
  [ -r /proc/sys/kernel/ostype ] || return 1
  for path in /proc/modules /proc/sys/kernel/modules_disabled /proc/sys/kernel/modprobe; do
    there "$path"
    [ "$?" = 1 ] || return 1
  done
}
# in_kernel NAME SYMBOL: yes, no, ask (nobody says, and asking would load nothing) or unknown. SYMBOL is one of its
# functions. ip_rcv is in every kernel with IPv4: a list without it is not the whole.
in_kernel() {
  [ ! -d "/sys/module/$1" ] || { echo yes && return; }
  grep -q "^$1 " /proc/modules 2>/dev/null && echo yes && return
  case $(grep -wE "$2|ip_rcv" /proc/kallsyms 2>/dev/null) in
    *" $2"*) echo yes && return ;;
    *" ip_rcv"*) echo no && return ;;
  esac
  builtin=/lib/modules/$(uname -r)/modules.builtin
  if grep -q "/$1\\.ko" "$builtin" 2>/dev/null; then
    echo yes
  elif grep -q "/[a-z0-9_-]*\\.ko" "$builtin" 2>/dev/null && grep -q "^[a-z0-9_]* [0-9]" /proc/modules 2>/dev/null; then
    echo no
  elif nothing_loads; then
    echo ask
  else
    echo unknown
  fi
}
# need_nf_tables: asking nft where nf_tables is not there yet would load it
need_nf_tables() {
  case \${NF_TABLES:=$(in_kernel nf_tables nft_do_chain)} in
    yes | ask) ;;
    no) absent "nf_tables is not in use" ;;
    *) unsupported "whether nf_tables is in use can not be told: neither /proc/modules nor /proc/kallsyms says, and asking nft might load it" ;;
  esac
}
`;
